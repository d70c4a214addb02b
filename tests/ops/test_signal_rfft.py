"""SIGNAL_RFFT against TFLM and the compiled C."""

import numpy as np
import pytest
from ops.signals import assert_agrees, fourier, ramp, with_options

from edgeq.errors import UnsupportedError
from edgeq.graph import Model
from edgeq.ops import bind
from edgeq.simulate.execute import execute

LENGTHS = (4, 6, 8, 16, 50, 90, 480)


def rfft(length: int, dtype: str = "int16", samples: int | None = None, rows: int = 2) -> Model:
    size = length if samples is None else samples
    return fourier("SignalRfft", (rows, size), (rows, length + 2), length, dtype)


# without int32: GCC multiplies 64 bits on a Cortex-M0 in a time that depends on the values
CASES = {"int16": rfft(30, samples=29)}


def test_the_spectrum_of_a_wave() -> None:
    """Integers are divided by the number of samples."""
    angles = 2 * np.pi * np.arange(64) / 64
    x = np.round(8000 * np.cos(5 * angles) + 6400).astype(np.int16)
    y = execute(rfft(64, rows=1).main, [x[None, None]])[1].reshape(33, 2)
    expected = np.fft.rfft(x) / 64
    np.testing.assert_allclose(y[:, 0], expected.real, atol=4)
    np.testing.assert_allclose(y[:, 1], expected.imag, atol=4)


@pytest.mark.slow
@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("dtype", ["int16", "int32"])
def test_lengths_of_integers(dtype: str, length: int) -> None:
    model = rfft(length, dtype, length - 1)
    assert_agrees(model, ramp(6, 2, length - 1, dtype=dtype))


@pytest.mark.slow
@pytest.mark.parametrize("length", LENGTHS)
def test_lengths_of_reals(length: int) -> None:
    assert_agrees(rfft(length, "float32", max(length // 2, 1)))


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (rfft(14), "not twice a product of 2, 3 and 5"),
        (rfft(9), "not twice a product of 2, 3 and 5"),
        (rfft(2), "its fft_length is 2"),
        (rfft(8, samples=9), "it transforms 8 samples, its input has 9"),
        (with_options(rfft(8), T=2), "its option T is 2"),
    ],
)
def test_refuses_what_tflm_cannot_transform(model: Model, why: str) -> None:
    with pytest.raises(UnsupportedError, match=why):
        bind(model.main)
