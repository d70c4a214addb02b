"""SIGNAL_FFT_AUTO_SCALE against TFLM and the compiled C."""

import numpy as np
import pytest
from ops.signals import assert_agrees, int16, ramp, signal

from edgeq.graph import Tensor
from edgeq.opkit.node import Values
from edgeq.simulate.execute import execute

MODEL = signal("SignalFftAutoScale", [int16("x", 6)], [int16("y", 6), Tensor("bits", (), "int32")])
SEEDS = {"6 elements": MODEL}
"""Models that differential testing starts from (tools/difftest.py)."""
LOWEST = -32768


def rows(*given: list[int]) -> list[Values]:
    return [np.int16(given)]


def test_the_largest_element_fills_the_word() -> None:
    found = execute(MODEL.main, rows([1, -3, 0, 2, 0, 0], [0] * 6, [32767, 1, 1, 1, 1, 1]))
    assert found[2].tolist() == [13, 0, 0]
    assert found[1][0].tolist() == [1 << 13, -3 << 13, 0, 2 << 13, 0, 0]
    assert found[1][2].tolist() == [32767, 1, 1, 1, 1, 1]


def test_what_comes_after_the_lowest_number_counts_alone() -> None:
    """16 bits cannot negate it, so TFLM takes it for the least of all; then elements wrap."""
    found = execute(MODEL.main, rows([9, LOWEST, 1, 0, 0, 0], [9, 1, 1, 1, 1, LOWEST]))
    assert found[2].tolist() == [14, 0]
    assert found[1][0].tolist() == [16384, 0, 16384, 0, 0, 0]


@pytest.mark.slow
def test_every_size_of_samples() -> None:
    lowest = rows(
        [LOWEST, -5, 3, 3, 2, 1], [3, LOWEST, -7, -9, 0, 0], [1, 2, LOWEST, 5, LOWEST, -1]
    )
    found = assert_agrees(MODEL, [np.concatenate([*ramp(40, 6), *lowest])])
    assert len(np.unique(found[2])) > 3
