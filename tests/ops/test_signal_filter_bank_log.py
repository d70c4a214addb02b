"""SIGNAL_FILTER_BANK_LOG against TFLM and the compiled C."""

from math import log

import numpy as np
import pytest
from ops.signals import assert_agrees, int16, ramp, signal, uint32, with_options

from edgeq.errors import UnsupportedError
from edgeq.graph import Model
from edgeq.ops import bind
from edgeq.simulate.execute import execute


def logarithm(scale: int = 1600, bits: int = 3) -> Model:
    return signal(
        "SignalFilterBankLog",
        [uint32("x", 9)],
        [int16("y", 9)],
        output_scale=scale,
        input_correction_bits=bits,
    )


SEEDS = {"9 channels": logarithm()}
"""Models that differential testing starts from (tools/difftest.py)."""


def test_logarithms_are_scaled() -> None:
    x = np.uint32([[0, 1, 2, 3, 10, 1000, 12345, 1 << 20, (1 << 29) - 1]])
    y = execute(logarithm().main, [x])[1][0]
    assert y[0] == 0
    expected = [min(1600 * log(8 * v), 32767) for v in x[0, 1:]]
    np.testing.assert_allclose(y[1:], expected, atol=1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scale", "bits"), [(1600, 3), (1600, 0), (64, 31), (-5, 1), (1 << 16, 0), (1 << 30, 2)]
)
def test_words_of_any_size(scale: int, bits: int) -> None:
    x = ramp(40, 9, dtype="uint32")[0]
    x[0] = np.arange(9)
    assert_agrees(logarithm(scale, bits), [x])


def test_refuses_a_shift_of_whole_words() -> None:
    with pytest.raises(UnsupportedError, match="its input_correction_bits is 32"):
        bind(with_options(logarithm(), input_correction_bits=32).main)
