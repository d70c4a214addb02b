"""SIGNAL_FRAMER: overlapping frames of a signal (TFLM signal/micro/kernels/framer.cc)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.opkit.custom_options import whole
from edgeq.opkit.frame_history import COUNT_LIMIT, pushed
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Shape, Values, unsupported
from edgeq.opkit.signal_vectors import frames


@dataclass(frozen=True)
class Attributes:
    frame_size: int
    frame_step: int
    prefill: bool  # whether the signal begins with zeros, so that the first frame is complete


TYPES = {("int16", "int16"): ("int16", "bool", "int16")}
NEWEST_VERSION = 1
STATE = (1,)
_MOST = 1 << 20  # samples of a frame


@dataclass(frozen=True)
class _Sizes:
    rows: int
    count: int  # frames of an inference
    size: int
    step: int
    needed: int  # steps until the first frame is complete
    kept: int  # samples of a row between inferences


def _sizes(node: Node) -> _Sizes:
    size, step = (whole(node, name, 1, _MOST) for name in ("frame_size", "frame_step"))
    rows, samples = frames(node)
    if samples % step or step > size:
        why = f"its input has rows of {samples} samples, in steps of {step} for frames of {size}"
        raise unsupported(node, why)
    steps = -(-size // step)
    if whole(node, "prefill", most=1):
        return _Sizes(rows, samples // step, size, step, 1, size - step)
    if steps > COUNT_LIMIT:
        raise unsupported(node, f"its first frame takes {steps} steps")
    return _Sizes(rows, samples // step, size, step, steps, (steps - 1) * step)


def internal_state(node: Node) -> tuple[tuple[Shape, str], ...]:
    """How many steps were taken, at most those that the first frame needs, then the latest samples
    of each row.
    """
    s = _sizes(node)
    return (((1 + s.rows * s.kept,), "int16"),)


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """[..., samples] -> [..., frames, frame_size], whether all frames are complete, and the
    variable's shape.
    """
    s = _sizes(node)
    shape = (*node.input(0).shape[:-1], s.count, s.size)
    return (shape, (), internal_state(node)[0][0])


def simulate(node: Node, *values: Values | None) -> tuple[Values, Values, Values]:
    """x int16 [1, ..., samples] and the variable -> the frames, whether all of them are complete,
    and the variable's new value.

    A frame that is not complete is 0; the reference leaves there what was in memory.
    """
    x, held = values[:2]
    assert x is not None
    assert held is not None
    s = _sizes(node)
    taken, history = int(held[0, 0]), held[0, 1:].reshape(s.rows, s.kept)
    steps = x.reshape(s.rows, s.count, s.step)
    y = np.zeros((s.rows, s.count, s.size), np.int16)
    complete = True
    for frame in range(s.count):
        both, history = pushed(history, steps[:, frame])
        taken = min(taken + 1, s.needed)
        if taken == s.needed:
            y[:, frame] = both[:, : s.size]
        else:
            complete = False
    state = np.concatenate([np.array([taken], np.int16), history.reshape(-1)])[None]
    return y.reshape(1, *node.outputs[0].shape), np.array([complete]), state


def kernel(node: Node) -> KernelCall:
    """`edgeq_signal_framer`."""
    s = _sizes(node)
    parameters = {
        "rows": s.rows,
        "frames": s.count,
        "size": s.size,
        "step": s.step,
        "needed": s.needed,
        "kept": s.kept,
    }
    return KernelCall("edgeq_signal_framer", parameters)
