"""GATHER: slices along an axis, by index (TFLite reference/gather.h)."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import NamedTuple

import numpy as np

from edgeq.opkit.checks import check_same_quantization
from edgeq.opkit.indices import INDEX_SUFFIX, indexed_types, within
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Shape, Values, unsupported
from edgeq.opkit.strided import element_bytes


@dataclass(frozen=True)
class Attributes:
    axis: int = 0
    batch_dims: int = 0


OPTIONS = "GatherOptions"
TYPES = indexed_types()
NEWEST_VERSION = 7
SAME_SCALE = True
VERSIONS = {
    ("int8", "int32"): 2,
    ("int8", "int64"): 2,
    ("int16", "int32"): 4,
    ("int16", "int64"): 4,
}


class _Sizes(NamedTuple):
    """x is [batches, outer, length, inner], indices are [batches, indices]."""

    batches: int
    outer: int
    length: int
    inner: int
    indices: int


def _axes(node: Node) -> tuple[int, int]:
    """The gathered axis, and how many axes are batches; both counted from 0."""
    x, index, said = node.input(0).shape, node.input(1).shape, node.attributes
    axis = said.axis + len(x) * (said.axis < 0)
    batch = said.batch_dims + len(index) * (said.batch_dims < 0)
    if not (0 <= axis < len(x) and 0 <= batch <= min(axis, len(index))):
        raise unsupported(node, f"axis {said.axis} with {said.batch_dims} batch axes of {list(x)}")
    if x[:batch] != index[:batch]:
        raise unsupported(node, f"its batch axes {list(x)} and {list(index)} differ")
    return axis, batch


def _sizes(node: Node) -> _Sizes:
    x, index, (axis, batch) = node.input(0).shape, node.input(1).shape, _axes(node)
    return _Sizes(
        prod(x[:batch]), prod(x[batch:axis]), x[axis], prod(x[axis + 1 :]), prod(index[batch:])
    )


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """x's shape with the axis replaced by the indices' axes behind the batch."""
    check_same_quantization(node, node.input(0), node.output)
    x, index, (axis, batch) = node.input(0).shape, node.input(1).shape, _axes(node)
    return ((*x[:axis], *index[batch:], *x[axis + 1 :]),)


def index_limits(node: Node) -> dict[int, int]:
    """How many slices the axis has."""
    return {1: node.input(0).shape[_axes(node)[0]]}


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, ...], indices [samples, ...] -> [samples, *output shape]; an index out of range
    counts as the nearest.
    """
    x, index = values[0], values[1]
    assert x is not None
    assert index is not None
    s, samples = _sizes(node), max(len(x), len(index))
    slices = x.reshape(len(x), s.batches, s.outer, s.length, s.inner)
    chosen = within(index, s.length).reshape(len(index), s.batches, 1, s.indices, 1)
    slices = np.broadcast_to(slices, (samples, *slices.shape[1:]))
    chosen = np.broadcast_to(chosen, (samples, *chosen.shape[1:]))
    return np.take_along_axis(slices, chosen, 3).reshape(samples, *node.output.shape)


def kernel(node: Node) -> KernelCall:
    """`edgeq_gather_s32` or `_s64`, by the type of the indices."""
    s = _sizes(node)
    sizes = {
        "batches": s.batches,
        "outer": s.outer,
        "count": s.length,
        "indices": s.indices,
        "run": s.inner * element_bytes(node.input(0)),
    }
    function = f"edgeq_gather_{INDEX_SUFFIX[node.input(1).dtype]}"
    return KernelCall(function, sizes, (0, 1), overlap=(None, None))
