"""What ARG_MAX and ARG_MIN share: types, shape and C calls (TFLite reference/arg_min_max.h)."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

from edgeq.graph import DTYPES
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Shape, Values, constant, unsupported
from edgeq.opkit.suffix import SUFFIX

TYPES = {
    (dtype, axis): ("int32|int64",)
    for dtype in ("int8", "uint8", "int16", "float32")
    for axis in ("int32", "int64")
}


@dataclass(frozen=True)
class Attributes:
    output_type: str = "FLOAT32"


def searched_axis(node: Node) -> int:
    """The axis of constant input 1, counted from 0. Raises UnsupportedError for one that the input
    lacks.
    """
    given, rank = constant(node, 1).ravel(), len(node.input(0).shape)
    if len(given) != 1 or not -rank <= given[0] < rank:
        raise unsupported(
            node, f"axes {given.tolist()} are not one axis of an input {list(node.input(0).shape)}"
        )
    return int(given[0]) % rank


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The input's shape without the axis."""
    shape, axis = node.input(0).shape, searched_axis(node)
    return ((*shape[:axis], *shape[axis + 1 :]),)


def first_largest(node: Node, x: Values) -> Values:
    """x [samples, *shape] -> int32 or int64 [samples, *output shape]: the index of the first of the
    largest elements; NaN is beaten by nothing and beats nothing.
    """
    axis = searched_axis(node) + 1
    if x.dtype != np.float32:
        return np.asarray(x.argmax(axis=axis)).astype(node.output.dtype)
    index = np.asarray(np.where(np.isnan(x), np.float32(-np.inf), x).argmax(axis=axis))
    return np.where(np.isnan(x.take(0, axis=axis)), 0, index).astype(node.output.dtype)


def arg_call(node: Node) -> KernelCall:
    """`edgeq_arg_max_s8`, `edgeq_arg_min_f32_s64` and so on."""
    x, axis = node.input(0), searched_axis(node)
    sizes = {
        "outer": prod(x.shape[:axis]),
        "count": x.shape[axis],
        "inner": prod(x.shape[axis + 1 :]),
    }
    wide = "_s64" if node.output.dtype == "int64" else ""
    source = "arg_extreme_f32" if x.dtype == "float32" else "arg_extreme"
    function = f"edgeq_{node.kind.lower()}_{SUFFIX[x.dtype]}{wide}"
    return KernelCall(function, sizes, overlap=(_overlap(node),), source=source)


def _overlap(node: Node) -> int | None:
    """Output j ends before the first element that a later one reads.

    None where C lets the compiler assume that input and output share nothing, as neither is of a
    character type.
    """
    x, y = node.input(0), node.output
    element, wide = DTYPES[x.dtype].itemsize, DTYPES[y.dtype].itemsize
    if element > 1:
        return None
    axis = searched_axis(node)
    inner, count = prod(x.shape[axis + 1 :]), x.shape[axis]
    later = np.arange(1, y.size)
    starts = later // inner * inner * count + later % inner
    return int(np.max(later * wide - starts * element, initial=wide - max(x.nbytes, wide)))
