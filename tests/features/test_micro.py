"""The micro-frontend against pymicro-features, and what its parameters may be."""

from __future__ import annotations

import ctypes
import ctypes.util
import math
from hashlib import sha256

import numpy as np
import pytest
from features.signals import SOUNDS, sound

from edgeq.errors import EdgeqError
from edgeq.features import MicroFrontend, MicroParameters
from edgeq.features.log1p32 import log1p32
from edgeq.features.tables import bands, gains, window_function

SECONDS = 1


@pytest.fixture(scope="module")
def same_logarithm() -> None:
    """Skips where the C library's log1pf rounds otherwise than fdlibm's, as of glibc 2.41."""
    library = ctypes.CDLL(ctypes.util.find_library("m"))
    library.log1pf.argtypes, library.log1pf.restype = [ctypes.c_float], ctypes.c_float
    bins = np.arange(1, 257, dtype=np.float32) * np.float32(31.25) / np.float32(700)
    if any(log1p32(x) != np.float32(library.log1pf(float(x))) for x in bins):
        pytest.skip("log1pf of this C library rounds otherwise than fdlibm's")


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in ("speech", "full scale") else pytest.mark.slow)
        for name in SOUNDS
    ],
)
def test_equals_the_package(name: str, same_logarithm: None) -> None:
    from features.reference import reference_features

    samples = sound(name, SECONDS * 16_000)
    assert MicroFrontend().push(samples).tolist() == reference_features(samples).tolist()


def test_tables_are_those_with_which_an_hour_of_sound_had_equal_features() -> None:
    """Held by their digests, since pymicro-features is not there for every Python and machine."""
    parameters = MicroParameters()
    banks = bands(parameters)
    weights = np.concatenate([banks.weights, banks.unweights, banks.bins, banks.widths])
    tables = (window_function(480), weights, gains(parameters))
    assert [sha256(table.astype("<i2").tobytes()).hexdigest()[:16] for table in tables] == [
        "30870f54ac86078d",
        "856bf098d48a68a6",
        "c84d83b8b98ba1e1",
    ]


def test_chunks_of_any_length_give_the_same_features() -> None:
    samples, random = sound("speech", 4_000), np.random.default_rng(5)
    cuts = np.sort(random.integers(0, len(samples), 8))
    frontend = MicroFrontend()
    parts = [frontend.push(part) for part in np.split(samples, cuts)]
    assert np.concatenate(parts).tolist() == MicroFrontend().push(samples).tolist()


def test_blocks_of_frames_are_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    samples = sound("noise", 4_000)
    whole = MicroFrontend().push(samples)
    monkeypatch.setattr("edgeq.features.micro._BLOCK", 7)
    assert np.array_equal(MicroFrontend().push(samples), whole)
    assert whole.shape == ((4_000 - 480) // 160 + 1, 40)


def test_reset_forgets() -> None:
    samples, frontend = sound("noise", 4_000), MicroFrontend()
    first = frontend.push(samples)
    assert frontend.push(samples)[: len(first)].tolist() != first.tolist()
    frontend.reset()
    assert frontend.push(samples).tolist() == first.tolist()


@pytest.mark.parametrize("x", [1e-5, 0.4, 0.41421387, 0.4142140, 1.0, 3.0, 1.8284271, 15.9, 1e6])
def test_log1p_is_within_an_ulp(x: float) -> None:
    value = np.float32(x)
    exact = math.log1p(float(value))
    assert abs(float(log1p32(value)) - exact) <= float(np.spacing(np.float32(exact)))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"channels": 0}, "parameter channels — it is 0, not 1 to 512"),
        ({"window_ms": 2}, "it is 32 samples, not 33 to 16384"),
        ({"step_ms": 31}, "it is 496 samples, a window 480"),
        ({"upper_hz": 8000.0}, "125 to 8000 Hz of 16000 samples a second"),
        ({"smoothing_bits": 2}, "it is 2, 3 bits are the spectrum's"),
        ({"window_ms": 600, "pcan_gain_bits": 15}, "it is 15, fewer than 20"),
    ],
)
def test_refuses_parameters_that_integers_cannot_hold(change: dict[str, float], why: str) -> None:
    with pytest.raises(EdgeqError) as error:
        MicroParameters(**change)  # type: ignore[arg-type]
    assert why in str(error.value)


def test_features_without_noise_gain_and_logarithm_are_channels() -> None:
    plain = MicroParameters(min_signal_remaining=1.0, pcan=False, log=False)
    samples = sound("chirp", 4_000) // 64
    found = MicroFrontend(plain).push(samples)
    loudest = found.argmax(axis=1)
    assert found.max() < 0xFFFF
    assert loudest[0] < loudest[-1]
