"""SIGNAL_FILTER_BANK_SPECTRAL_SUBTRACTION against TFLM and the compiled C, step by step."""

import numpy as np
import pytest
from ops.signals import assert_agrees, ramp, signal, uint32, with_options

from edgeq.errors import UnsupportedError
from edgeq.graph import Model
from edgeq.ops import bind
from edgeq.simulate.execute import execute

OPTIONS = {  # of TFLM's micro_speech
    "smoothing": 410,
    "one_minus_smoothing": 15974,
    "alternate_smoothing": 983,
    "alternate_one_minus_smoothing": 15401,
    "min_signal_remaining": 819,
    "smoothing_bits": 10,
    "spectral_subtraction_bits": 14,
    "clamping": False,
}


def subtraction(**options: int) -> Model:
    return signal(
        "SignalFilterBankSpectralSubtraction",
        [uint32("x", 9)],
        [uint32("y", 9), uint32("noise", 9)],
        num_channels=9,
        **OPTIONS | options,
    )


SEEDS = {"9 channels": subtraction()}
"""Models that differential testing starts from (tools/difftest.py)."""


def test_noise_follows_the_signal() -> None:
    x = np.full((300, 9), 1000, np.uint32)
    found = execute(subtraction().main, [x])
    assert found[2][0, :2].tolist() == [(1000 << 10) * 410 >> 14, (1000 << 10) * 983 >> 14]
    assert found[1][0, 0] == 1000 - (found[2][0, 0] >> 10) - 1
    assert found[1][-1, 0] == 1000 * 819 >> 14
    assert (found[2][-1] >> 10 <= 1000).all()


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"clamping": True},
        {"smoothing_bits": 0, "spectral_subtraction_bits": 0},
        {"smoothing_bits": 31, "spectral_subtraction_bits": 31},
        {"smoothing": -1, "one_minus_smoothing": -5, "min_signal_remaining": -7},
    ],
)
def test_every_step_of_a_sequence(options: dict[str, int]) -> None:
    assert_agrees(subtraction(**options), ramp(20, 9, dtype="uint32"))


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"num_channels": 8}, "it has 9 channels, not 8"),
        ({"smoothing_bits": 32}, "its smoothing_bits is 32"),
        ({"spectral_subtraction_bits": -1}, "its spectral_subtraction_bits is -1"),
        ({"smoothing": 1 << 40}, "its smoothing is"),
    ],
)
def test_refuses_other_options(options: dict[str, int], why: str) -> None:
    with pytest.raises(UnsupportedError, match=why):
        bind(with_options(subtraction(), **options).main)
