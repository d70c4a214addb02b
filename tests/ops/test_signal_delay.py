"""SIGNAL_DELAY against TFLM and the compiled C, step by step."""

import numpy as np
import pytest
from ops.signals import assert_agrees, int16, signal, with_options

from edgeq.errors import UnsupportedError
from edgeq.graph import Model
from edgeq.ops import bind
from edgeq.simulate.execute import execute


def delay(length: int, *shape: int) -> Model:
    return signal("SignalDelay", [int16("x", *shape)], [int16("y", *shape)], delay_length=length)


SEEDS = {"by 3": delay(3, 2, 4)}
"""Models that differential testing starts from (tools/difftest.py)."""


def test_a_signal_comes_later() -> None:
    found = execute(delay(3, 2).main, [np.int16([[1, 2], [3, 4], [5, 6]])])
    assert found[1].tolist() == [[0, 0], [0, 1], [2, 3]]


@pytest.mark.slow
@pytest.mark.parametrize("length", [0, 1, 3, 4, 9])
def test_every_step_of_a_sequence(length: int) -> None:
    assert_agrees(delay(length, 2, 4))


@pytest.mark.parametrize("length", [-1, 1 << 30])
def test_refuses_other_lengths(length: int) -> None:
    with pytest.raises(UnsupportedError, match="its delay_length is"):
        bind(with_options(delay(1, 2, 4), delay_length=length).main)
