"""SIGNAL_OVERLAP_ADD against TFLM and the compiled C, step by step."""

import numpy as np
import pytest
from ops.signals import assert_agrees, signal, with_options

from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Tensor
from edgeq.ops import bind
from edgeq.simulate.execute import execute


def overlap_add(step: int, dtype: str = "int16", shape: tuple[int, ...] = (2, 3, 5)) -> Model:
    y = (*shape[:-2], shape[-2] * step)
    number = {"int16": 7, "float32": 0}[dtype]
    ends = [Tensor("x", shape, dtype)], [Tensor("y", y, dtype)]
    return signal("SignalOverlapAdd", *ends, T=number, frame_step=step)


SEEDS = {dtype: overlap_add(2, dtype) for dtype in ("int16", "float32")}
"""Models that differential testing starts from (tools/difftest.py)."""


def test_frames_are_added_where_they_overlap() -> None:
    x = np.int16([[[1, 2, 3], [10, 20, 30]], [[100, 200, 300], [32767, 32767, -32768]]])
    found = execute(overlap_add(2, shape=(2, 3)).main, [x])
    assert found[1].tolist() == [[1, 2, 13, 20], [130, 200, 32767, 32767]]


@pytest.mark.slow
@pytest.mark.parametrize("step", [1, 2, 5])
@pytest.mark.parametrize("dtype", ["int16", "float32"])
def test_every_step_of_a_sequence(dtype: str, step: int) -> None:
    assert_agrees(overlap_add(step, dtype))


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (with_options(overlap_add(2), frame_step=6), "its frame_step is 6"),
        (with_options(overlap_add(2), T=0), "its option T is 0"),
        (overlap_add(2, shape=(2, 3, 1)), "its frame_step is 2"),
    ],
)
def test_refuses_other_steps(model: Model, why: str) -> None:
    with pytest.raises(UnsupportedError, match=why):
        bind(model.main)
