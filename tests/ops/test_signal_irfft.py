"""SIGNAL_IRFFT against TFLM and the compiled C."""

import numpy as np
import pytest
from ops.signals import assert_agrees, fourier, ramp, with_options

from edgeq.errors import UnsupportedError
from edgeq.graph import Model
from edgeq.ops import bind
from edgeq.simulate.execute import execute

LENGTHS = (4, 6, 8, 16, 50, 90, 480)


def irfft(length: int, dtype: str = "int16", numbers: int | None = None, rows: int = 2) -> Model:
    size = length + 2 if numbers is None else numbers
    return fourier("SignalIrfft", (rows, size), (rows, length), length, dtype)


# without int32: GCC multiplies 64 bits on a Cortex-M0 in a time that depends on the values
CASES = {"int16": irfft(30)}


def test_the_wave_of_a_spectrum() -> None:
    spectrum = np.zeros((33, 2), np.int16)
    spectrum[5], spectrum[0] = (20_000, 0), (16_000, 0)
    x = execute(irfft(64, rows=1).main, [spectrum.reshape(1, 1, 66)])[1].reshape(64)
    expected = np.fft.irfft(spectrum[:, 0] + 1j * spectrum[:, 1]).astype(float)
    np.testing.assert_allclose(x, expected, atol=8)


@pytest.mark.slow
@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("dtype", ["int16", "int32"])
def test_lengths_of_integers(dtype: str, length: int) -> None:
    assert_agrees(irfft(length, dtype), ramp(6, 2, length + 2, dtype=dtype))


@pytest.mark.slow
@pytest.mark.parametrize("length", LENGTHS)
def test_lengths_of_reals(length: int) -> None:
    assert_agrees(irfft(length, "float32"))


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (irfft(14), "not twice a product of 2, 3 and 5"),
        (irfft(8, numbers=8), "a spectrum of 8 samples has 10 numbers"),
        (with_options(irfft(8), T=0), "its option T is 0"),
    ],
)
def test_refuses_what_tflm_cannot_transform(model: Model, why: str) -> None:
    with pytest.raises(UnsupportedError, match=why):
        bind(model.main)
