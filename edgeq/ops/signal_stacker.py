"""SIGNAL_STACKER: the features of neighbouring frames side by side, every few frames (TFLM
signal/micro/kernels/stacker.cc).

The first frame stands for those before it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.opkit.custom_options import whole
from edgeq.opkit.frame_history import COUNT_LIMIT, pushed
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Shape, Values, unsupported
from edgeq.opkit.signal_vectors import vector


@dataclass(frozen=True)
class Attributes:
    num_channels: int
    stacker_left_context: int  # frames before the one that is looked at
    stacker_right_context: int  # and behind it
    stacker_step: int  # frames from one output to the next


TYPES = {("int16", "int16"): ("int16", "bool", "int16")}
NEWEST_VERSION = 1
STATE = (1,)


def _sizes(node: Node) -> tuple[int, int]:
    """Features of a frame, and frames of an output."""
    left, right = (
        whole(node, f"stacker_{side}_context", most=COUNT_LIMIT - 1) for side in ("left", "right")
    )
    channels, frames = whole(node, "num_channels", 1), left + right + 1
    whole(node, "stacker_step", 1, min(frames, COUNT_LIMIT))
    if vector(node) != channels:
        raise unsupported(node, f"its input has {vector(node)} elements, not {channels}")
    return channels, frames


def internal_state(node: Node) -> tuple[tuple[Shape, str], ...]:
    """1 more than the frames to come before the next output, 0 before the first frame; then the
    latest frames.
    """
    channels, frames = _sizes(node)
    return (((1 + (frames - 1) * channels,), "int16"),)


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """[channels] -> [frames * channels], whether that is an output, and the variable's shape."""
    channels, frames = _sizes(node)
    return ((frames * channels,), (), internal_state(node)[0][0])


def simulate(node: Node, *values: Values | None) -> tuple[Values, Values, Values]:
    """x int16 [1, channels] and the variable -> the frames, whether they are an output, and the
    variable's new value.

    Without an output the frames are 0; the reference leaves there what was in memory.
    """
    x, held = values[:2]
    assert x is not None
    assert held is not None
    _, frames = _sizes(node)
    said, wait, history = node.attributes, int(held[0, 0]), held[:, 1:]
    if wait == 0:
        wait, history = 1 + said.stacker_right_context, np.tile(x, frames - 1)
    both, history = pushed(history, x)
    complete = wait == 1
    wait = said.stacker_step if complete else wait - 1
    state = np.concatenate([np.array([[wait]], np.int16), history], axis=1)
    return both if complete else np.zeros_like(both), np.array([complete]), state


def kernel(node: Node) -> KernelCall:
    """`edgeq_signal_stacker`."""
    channels, frames = _sizes(node)
    parameters = {
        "channels": channels,
        "frames": frames,
        "right": node.attributes.stacker_right_context,
        "step": node.attributes.stacker_step,
    }
    return KernelCall("edgeq_signal_stacker", parameters)
