"""SIGNAL_FILTER_BANK_SQUARE_ROOT against TFLM and the compiled C."""

from math import isqrt

import numpy as np
import pytest
from ops.signals import assert_agrees, ramp, signal, uint32

from edgeq.graph import Tensor
from edgeq.simulate.execute import execute

MODEL = signal(
    "SignalFilterBankSquareRoot",
    [Tensor("x", (9,), "uint64"), Tensor("shift", (), "int32")],
    [uint32("y", 9)],
)
SEEDS = {"as it is": MODEL}
"""Models that differential testing starts from (tools/difftest.py)."""
EDGES = [0, 1, 2, 3, 6, 7, 2**32 - 1, 2**32, 2**64 - 1]


def test_roots_are_rounded_to_nearest() -> None:
    x = np.uint64([EDGES])
    y = execute(MODEL.main, [x, np.int32([0])])[2][0].tolist()
    nearest = [isqrt(v) + (v - isqrt(v) ** 2 > isqrt(v)) for v in EDGES]
    nearest[6], nearest[8] = 2**16 - 1, 2**32 - 1  # as far as words go
    assert y == nearest
    assert execute(MODEL.main, [x, np.int32([3])])[2][0].tolist() == [root >> 3 for root in y]


@pytest.mark.slow
def test_words_of_any_size() -> None:
    roots = np.random.default_rng(1).integers(0, 1 << 32, (40, 9), np.uint64)
    near = roots * roots + np.random.default_rng(2).integers(0, 2, (40, 9), np.uint64)
    x = np.concatenate([np.uint64([EDGES]), near, *ramp(40, 9, dtype="uint64")])
    assert_agrees(MODEL, [x, np.arange(len(x), dtype=np.int32) % 32])
