"""SIGNAL_FRAMER against TFLM and the compiled C, step by step."""

import numpy as np
import pytest
from ops.signals import assert_agrees, int16, signal, with_options

from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Tensor
from edgeq.ops import bind
from edgeq.simulate.execute import execute


def framer(shape: tuple[int, ...], size: int, step: int, prefill: bool) -> Model:
    frames = (*shape[:-1], shape[-1] // step, size)
    return signal(
        "SignalFramer",
        [int16("x", *shape)],
        [int16("y", *frames), Tensor("complete", (), "bool")],
        frame_size=size,
        frame_step=step,
        prefill=prefill,
    )


SEEDS = {
    "overlapping": framer((4,), 6, 2, True),
    "from the first sample": framer((2, 6), 5, 2, False),
}
"""Models that differential testing starts from (tools/difftest.py)."""


def frames_of(model: Model, *steps: list[int]) -> tuple[list[list[int]], list[bool]]:
    found = execute(model.main, [np.int16(steps)])
    return found[1].reshape(-1, found[1].shape[-1]).tolist(), found[2].tolist()


def test_frames_overlap() -> None:
    frames, complete = frames_of(framer((2,), 3, 2, True), [1, 2], [3, 4], [5, 6])
    assert frames == [[0, 1, 2], [2, 3, 4], [4, 5, 6]]
    assert complete == [True] * 3


def test_a_signal_that_begins_without_zeros() -> None:
    frames, complete = frames_of(framer((2,), 3, 2, False), [1, 2], [3, 4], [5, 6])
    assert frames == [[0, 0, 0], [1, 2, 3], [3, 4, 5]]
    assert complete == [False, True, True]


@pytest.mark.slow
@pytest.mark.parametrize("prefill", [True, False])
@pytest.mark.parametrize(
    ("shape", "size", "step"),
    [((4,), 6, 2), ((2, 6), 5, 2), ((3,), 3, 3), ((2, 2), 7, 2), ((2, 1, 12), 8, 3)],
)
def test_every_step_of_a_sequence(
    shape: tuple[int, ...], size: int, step: int, prefill: bool
) -> None:
    assert_agrees(framer(shape, size, step, prefill), valid=1, samples=7)


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (framer((5,), 6, 2, True), "rows of 5 samples, in steps of 2"),
        (framer((4,), 1, 2, True), "in steps of 2 for frames of 1"),
        (with_options(framer((4,), 6, 2, True), frame_step=0), "its frame_step is 0"),
        (with_options(framer((4,), 6, 2, True), prefill=2), "its prefill is 2"),
        (framer((1,), 40_000, 1, False), "its first frame takes 40000 steps"),
    ],
)
def test_refuses_what_tflm_refuses_or_does_wrongly(model: Model, why: str) -> None:
    """TFLM checks that steps fit into the input, not that they fit into frames."""
    with pytest.raises(UnsupportedError, match=why):
        bind(model.main)
