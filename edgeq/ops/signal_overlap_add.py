"""SIGNAL_OVERLAP_ADD: a signal of overlapping frames, which are added (TFLM
signal/src/overlap_add.cc).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.fixedpoint import saturate
from edgeq.opkit.custom_options import whole
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Shape, Values, unsupported
from edgeq.opkit.suffix import SUFFIX


@dataclass(frozen=True)
class Attributes:
    T: int  # number of the input's type
    frame_step: int


TYPES = {(dtype, dtype): (dtype, dtype) for dtype in ("int16", "float32")}
NEWEST_VERSION = 1
STATE = (1,)
_NUMBERS = {"float32": 0, "int16": 7}  # TensorType of the schema


def _sizes(node: Node) -> tuple[int, int, int]:
    """Rows, frames of each, samples of a frame."""
    shape = node.input(0).shape
    if len(shape) < 2:
        raise unsupported(node, "its input has one row of samples, not frames")
    if _NUMBERS.get(node.input(0).dtype) != node.attributes.T:
        raise unsupported(node, f"its option T is {node.attributes.T}")
    whole(node, "frame_step", 1, shape[-1])
    return node.input(0).size // (shape[-1] * shape[-2]), shape[-2], shape[-1]


def internal_state(node: Node) -> tuple[tuple[Shape, str], ...]:
    """The sums [rows, frame] of what frames have told of samples to come."""
    rows, _, size = _sizes(node)
    return (((rows, size), node.input(0).dtype),)


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """[..., frames, frame] -> [..., frames * frame_step], and the variable's shape."""
    rows, frames, size = _sizes(node)
    shape = (*node.input(0).shape[:-2], frames * node.attributes.frame_step)
    return (shape, (rows, size))


def simulate(node: Node, *values: Values | None) -> tuple[Values, Values]:
    """x [1, ..., frames, frame] and the sums -> [1, ..., samples], and the new sums. Sums of int16
    saturate.
    """
    x, held = values[:2]
    assert x is not None
    assert held is not None
    (rows, frames, size), step = _sizes(node), node.attributes.frame_step
    sums, parts = held[0].copy(), x.reshape(rows, frames, size)
    y = np.zeros((rows, frames, step), x.dtype)
    for frame in range(frames):
        sums = _added(sums, parts[:, frame])
        y[:, frame] = sums[:, :step]
        sums = np.concatenate([sums[:, step:], np.zeros((rows, step), x.dtype)], axis=1)
    return y.reshape(1, *node.outputs[0].shape), sums[None]


def _added(sums: Values, x: Values) -> Values:
    if sums.dtype == np.float32:
        return np.asarray(sums + x)
    return saturate(sums.astype(np.int32) + x, "int16")


def kernel(node: Node) -> KernelCall:
    """`edgeq_signal_overlap_add_s16` or `_f32`."""
    rows, frames, size = _sizes(node)
    parameters = {
        "rows": rows,
        "frames": frames,
        "size": size,
        "step": node.attributes.frame_step,
    }
    name = f"edgeq_signal_overlap_add_{SUFFIX[node.input(0).dtype]}"
    return KernelCall(name, parameters, source="signal_overlap_add")
