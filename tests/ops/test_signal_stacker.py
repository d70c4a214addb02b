"""SIGNAL_STACKER against TFLM and the compiled C, step by step."""

import numpy as np
import pytest
from ops.signals import assert_agrees, int16, signal, with_options

from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Tensor
from edgeq.ops import bind
from edgeq.simulate.execute import execute


def stacker(left: int, right: int, step: int, channels: int = 3) -> Model:
    return signal(
        "SignalStacker",
        [int16("x", channels)],
        [int16("y", channels * (left + right + 1)), Tensor("complete", (), "bool")],
        num_channels=channels,
        stacker_left_context=left,
        stacker_right_context=right,
        stacker_step=step,
    )


SEEDS = {"every second frame": stacker(2, 1, 2)}
"""Models that differential testing starts from (tools/difftest.py)."""


def test_the_first_frame_stands_for_those_before_it() -> None:
    found = execute(stacker(2, 1, 2, 1).main, [np.int16([[1], [2], [3], [4], [5], [6]])])
    assert found[2].tolist() == [False, True, False, True, False, True]
    assert found[1][found[2]].tolist() == [[1, 1, 1, 2], [1, 2, 3, 4], [3, 4, 5, 6]]
    assert not found[1][~found[2]].any()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("left", "right", "step"), [(3, 0, 2), (2, 2, 3), (0, 0, 1), (0, 3, 1), (4, 1, 6)]
)
def test_every_step_of_a_sequence(left: int, right: int, step: int) -> None:
    assert_agrees(stacker(left, right, step), valid=1, samples=16)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"stacker_step": 5}, "its stacker_step is 5"),
        ({"stacker_step": 0}, "its stacker_step is 0"),
        ({"num_channels": 2}, "its input has 3 elements, not 2"),
        ({"stacker_left_context": -1}, "its stacker_left_context is -1"),
    ],
)
def test_refuses_what_tflm_would_read_outside_for(options: dict[str, int], why: str) -> None:
    with pytest.raises(UnsupportedError, match=why):
        bind(with_options(stacker(2, 1, 1), **options).main)
