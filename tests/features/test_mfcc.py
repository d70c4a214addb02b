"""MFCC against tf.signal, streams of it, and what its parameters may be."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from features.signals import SOUNDS, sound
from features.test_clips import write_wav

from edgeq.cli import run
from edgeq.data import InputSpec, load_samples
from edgeq.errors import EdgeqError
from edgeq.features import FrontEnd, MfccFrontend, MfccParameters, front_end
from edgeq.features.mfcc_graph import cosine_matrix, hann_window, mel_matrix
from edgeq.opkit.node import Values

TONES = [(hertz, peak) for hertz in (100, 440, 1000, 3333) for peak in (1, 100, 32_767)]


def tone(hertz: int, peak: int) -> Values:
    """A second of it, rounded to int16."""
    return np.round(peak * np.sin(2 * np.pi * hertz * np.arange(16_000) / 16_000)).astype(np.int16)


def by_definition(samples: Values, p: MfccParameters) -> Values:
    """MFCC in float64 by NumPy's transform: [frames, coefficients]."""
    frames = np.lib.stride_tricks.sliding_window_view(samples, p.window)[:: p.step]
    windowed = frames * hann_window(p.window).astype(np.float64)
    magnitudes = np.abs(np.fft.rfft(windowed, p.transform))
    bands = np.log(magnitudes @ mel_matrix(p).T.astype(np.float64) + 1e-6)
    return np.asarray(bands @ cosine_matrix(p).T.astype(np.float64))


@pytest.mark.parametrize(
    "p",
    [
        MfccParameters(),
        MfccParameters(sample_rate=8_000, window_ms=25, step_ms=25, mel_bins=19, coefficients=19),
        MfccParameters(mel_bins=100, lower_hz=0.0, upper_hz=8_000.0),  # some bands hold no bin
    ],
)
def test_coefficients_are_those_of_the_definition(p: MfccParameters) -> None:
    samples = sound("speech", 4_000)
    found = MfccFrontend(p).push(samples)
    assert found.dtype == np.float32
    assert np.abs(found - by_definition(samples, p)).max() < 2e-4


def test_a_frame_of_noise_has_the_coefficients_that_tf_signal_gave() -> None:
    given = [6.6183, -3.7048, 0.4471, -0.2157, 0.914, 0.2988, 0.7074, -0.0309, -0.2386, 0.04]
    found = MfccFrontend().push(sound("noise", 480))
    assert np.abs(found - given).max() < 1e-4


def reference(samples: Values, p: MfccParameters) -> Values:
    """MFCC by tf.signal: [frames, coefficients]."""
    tensorflow = pytest.importorskip("tensorflow")
    signal = tensorflow.signal
    x = tensorflow.constant(samples / 32_768, "float32")
    spectrum = signal.stft(x, p.window, p.step, window_fn=signal.hann_window)
    bands = signal.linear_to_mel_weight_matrix(
        p.mel_bins, p.transform // 2 + 1, p.sample_rate, p.lower_hz, p.upper_hz
    )
    mel = tensorflow.tensordot(abs(spectrum), bands, 1)
    logs = tensorflow.math.log(mel + 1e-6)
    found = signal.mfccs_from_log_mel_spectrograms(logs)[..., : p.coefficients]
    return np.asarray(found.numpy())


@pytest.mark.slow
def test_tf_signal_differs_by_the_rounding_of_float32() -> None:
    """docs/audio.md states these bounds; sounds of pure tones have bands that are rounding alone."""
    p = MfccParameters()
    sounds = {name: sound(name, 16_000) for name in SOUNDS}
    full = {name: x for name, x in sounds.items() if name in FULL_BANDS}
    bare = [x for name, x in sounds.items() if name not in full] + [tone(*each) for each in TONES]
    for given, most, rms in ((list(full.values()), 2e-4, 3e-5), (bare, 0.05, 5e-3)):
        found = np.concatenate([MfccFrontend(p).push(x) for x in given])
        errors = found - np.concatenate([reference(x, p) for x in given])
        assert np.abs(errors).max() < most
        assert np.sqrt(np.mean(errors**2)) < rms


FULL_BANDS = ("noise", "silence", "full scale", "speech", "steps of loudness")


def test_chunks_of_any_length_give_the_same_features() -> None:
    samples, stream = sound("speech", 2_000), MfccFrontend()
    cuts = np.sort(np.random.default_rng(5).integers(0, len(samples), 4))
    parts = [stream.push(part) for part in np.split(samples, cuts)]
    whole = MfccFrontend().push(samples)
    assert whole.shape == ((2_000 - 480) // 320 + 1, 10)
    assert np.concatenate(parts).tobytes() == whole.tobytes()
    stream.reset()
    assert stream.push(samples).tobytes() == whole.tobytes()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"coefficients": 41}, "it is 41, there are 40 mel_bins"),
        ({"mel_bins": 0}, "parameter mel_bins — it is 0, not 1 to 512"),
        ({"step_ms": 31}, "it is 496 samples, a window 480"),
        ({"upper_hz": 8_001.0}, "20 to 8001 Hz of 16000 samples a second"),
    ],
)
def test_refuses_parameters_that_are_no_bands(change: dict[str, float], why: str) -> None:
    with pytest.raises(EdgeqError) as error:
        MfccParameters(**change)  # type: ignore[arg-type]
    assert why in str(error.value)


def test_the_archive_is_read_as_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_wav(tmp_path / "in/no/a.wav", 4_000)
    command = ["data", "features", str(tmp_path / "in"), "-o", str(tmp_path / "f.npz")]
    options = ["--kind", "mfcc", "--coefficients", "13", "--quiet"]
    assert run([*command, *options]) == 0
    samples = load_samples(str(tmp_path / "f.npz"), (InputSpec("input", (1, 12, 13, 1)),))
    p = MfccParameters(coefficients=13)
    expected = MfccFrontend(p).push(sound("noise", 4_000))
    assert np.asarray(samples.x[0]).tobytes() == expected.tobytes()
    assert front_end(samples.front_end, "it") == FrontEnd(p, 1.0)
    assert json.loads(samples.front_end)["kind"] == "mfcc"
    for options, why in (
        (["--kind", "mfe"], "--kind mfe — it is not known — choose micro or mfcc"),
        (["--kind", "mfcc", "--channels", "9"], "--channels — features of mfcc have no such"),
        (["--mel-bins", "9"], "--mel-bins — features of micro have no such parameter"),
    ):
        assert run([*command, *options]) == 2
        assert why in capsys.readouterr().err


def test_a_scale_in_metadata_is_refused() -> None:
    content = FrontEnd(MfccParameters(), 0.5).to_bytes()
    with pytest.raises(EdgeqError, match=r"its scale is 0\.5, features of mfcc have none but 1"):
        front_end(content, "it")
