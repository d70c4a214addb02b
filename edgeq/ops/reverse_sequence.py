"""REVERSE_SEQUENCE: the first elements along an axis turned, as many as a length for each slice says
(TFLite reference_ops.h, ReverseSequence).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

from edgeq.opkit.indices import INDEX_SUFFIX, INDEX_TYPES
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Shape, Values, unsupported
from edgeq.opkit.strided import byte_strides, element_bytes


@dataclass(frozen=True)
class Attributes:
    seq_dim: int
    batch_dim: int = 0


OPTIONS = "ReverseSequenceOptions"
TYPES = {
    (data, index): (data,)
    for data in ("uint8", "int16", "int32", "int64", "float32")
    for index in INDEX_TYPES
}
NEWEST_VERSION = 1
SAME_SCALE = True


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The input's shape. Raises UnsupportedError unless there is a length for each slice of another
    axis than the one that is turned.
    """
    x, lengths, said = node.input(0).shape, node.input(1).shape, node.attributes
    if not (0 <= said.seq_dim < len(x) and 0 <= said.batch_dim < len(x)):
        raise unsupported(node, f"axes {said.seq_dim} and {said.batch_dim} of {list(x)}")
    if said.seq_dim == said.batch_dim or lengths != (x[said.batch_dim],):
        why = f"{list(lengths)} lengths for axis {said.batch_dim}, along axis {said.seq_dim} of"
        raise unsupported(node, f"{why} {list(x)}")
    return (x,)


def index_limits(node: Node) -> dict[int, int]:
    """All lengths up to the size of the axis."""
    return {1: node.input(0).shape[node.attributes.seq_dim] + 1}


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, ...], lengths [samples, n] -> x's type and shape. A length beyond the axis counts
    as its size: TFLite refuses the first one, and reads what lies outside for the others.
    """
    x, lengths = values[0], values[1]
    assert x is not None
    assert lengths is not None
    along, slices = node.attributes.seq_dim + 1, node.attributes.batch_dim + 1
    count, samples = x.shape[along], max(len(x), len(lengths))
    shape = [1] * x.ndim
    shape[0], shape[slices] = lengths.shape
    some = np.clip(lengths.astype(np.int64), 0, count).reshape(shape)
    step = np.arange(count).reshape([count if axis == along else 1 for axis in range(x.ndim)])
    at = np.where(step < some, some - 1 - step, step)
    whole = np.broadcast_to(x, (samples, *x.shape[1:]))
    return np.take_along_axis(whole, np.broadcast_to(at, whole.shape), along)


def kernel(node: Node) -> KernelCall:
    """`edgeq_reverse_sequence_s32` or `_s64`, by the type of the lengths."""
    x, said = node.input(0), node.attributes
    first, second = sorted((said.seq_dim, said.batch_dim))
    strides = byte_strides(x.shape, element_bytes(x))
    sizes = {
        "outer": prod(x.shape[:first]),
        "outer_step": x.shape[first] * strides[first],
        "middle": prod(x.shape[first + 1 : second]),
        "middle_step": x.shape[second] * strides[second],
        "slices": x.shape[said.batch_dim],
        "slice_step": strides[said.batch_dim],
        "count": x.shape[said.seq_dim],
        "step": strides[said.seq_dim],
        "run": strides[second],
    }
    function = f"edgeq_reverse_sequence_{INDEX_SUFFIX[node.input(1).dtype]}"
    return KernelCall(function, sizes, (0, 1), overlap=(None, None))
