"""GATHER_ND: slices by indices of several axes (TFLite reference/gather.h, GatherNd)."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

from edgeq.opkit.checks import check_same_quantization
from edgeq.opkit.indices import INDEX_SUFFIX, indexed_types, within
from edgeq.opkit.kernel_call import KernelCall, Parameter
from edgeq.opkit.node import Node, Shape, Values, unsupported
from edgeq.opkit.strided import byte_strides, element_bytes


@dataclass(frozen=True)
class Attributes:
    pass


TYPES = indexed_types()
NEWEST_VERSION = 5
SAME_SCALE = True
VERSIONS = {("int16",): 3}


def _indexed(node: Node) -> Shape:
    """The sizes of the axes that are indexed, the first ones of x."""
    x, index = node.input(0).shape, node.input(1).shape
    if not index or not 0 < index[-1] <= len(x):
        raise unsupported(node, f"its indices {list(index)} do not fit its input {list(x)}")
    return x[: index[-1]]


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """x [...], indices [..., axes] -> [..., x's further axes]."""
    check_same_quantization(node, node.input(0), node.output)
    return ((*node.input(1).shape[:-1], *node.input(0).shape[len(_indexed(node)) :]),)


def index_limits(node: Node) -> dict[int, Shape]:
    """The sizes of the axes that are indexed."""
    return {1: _indexed(node)}


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, ...], indices [samples, ..., axes] -> [samples, *output shape]; an index out of
    range counts as the nearest.
    """
    x, index = values[0], values[1]
    assert x is not None
    assert index is not None
    sizes, samples = _indexed(node), max(len(x), len(index))
    chosen = within(index, sizes).reshape(len(index), -1, len(sizes))
    place = np.asarray(np.ravel_multi_index(tuple(np.moveaxis(chosen, -1, 0)), sizes))
    slices = x.reshape(len(x), prod(sizes), -1)
    slices = np.broadcast_to(slices, (samples, *slices.shape[1:]))
    place = np.broadcast_to(place.reshape(len(index), -1, 1), (samples, chosen.shape[1], 1))
    return np.take_along_axis(slices, place, 1).reshape(samples, *node.output.shape)


def kernel(node: Node) -> KernelCall:
    """`edgeq_gather_nd_s32` or `_s64`, by the type of the indices."""
    x, sizes = node.input(0), _indexed(node)
    steps = byte_strides(x.shape, element_bytes(x))[: len(sizes)]
    fields: dict[str, Parameter | None] = {
        "slices": prod(node.input(1).shape[:-1]),
        "run": element_bytes(x) * prod(x.shape[len(sizes) :]),
        "axes": len(sizes),
        "size": np.array(sizes, np.int32),
        "step": np.array(steps, np.int32),
    }
    function = f"edgeq_gather_nd_{INDEX_SUFFIX[node.input(1).dtype]}"
    return KernelCall(function, fields, (0, 1), overlap=(None, None))
