"""ONE_HOT: one value where an index says, another elsewhere along a new axis (TFLite
kernels/one_hot.cc).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

from edgeq.opkit.indices import INDEX_SUFFIX, INDEX_TYPES
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Shape, Values, constant, unsupported
from edgeq.opkit.suffix import SUFFIX


@dataclass(frozen=True)
class Attributes:
    axis: int


OPTIONS = "OneHotOptions"
TYPES = {
    (index, "int32", d, d): (d,)
    for index in INDEX_TYPES
    for d in ("int8", "uint8", "int32", "int64", "float32", "bool")
}
NEWEST_VERSION = 1
SAME_SCALE = True


def _axis(node: Node) -> int:
    rank, said = len(node.input(0).shape), node.attributes.axis
    if not -1 <= said <= rank:
        raise unsupported(node, f"axis {said} of indices {list(node.input(0).shape)}")
    return rank if said == -1 else int(said)


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The indices' shape with an axis of constant input 1's size. Raises UnsupportedError unless
    that is one number from 0 on, and both values are one element.
    """
    depth, index = constant(node, 1).ravel(), node.input(0).shape
    if depth.size != 1 or depth[0] < 0:
        raise unsupported(node, f"depth {depth.tolist()} is not one number from 0 on")
    if node.input(2).size != 1 or node.input(3).size != 1:
        raise unsupported(node, "its two values are no scalars")
    axis = _axis(node)
    return ((*index[:axis], int(depth[0]), *index[axis:]),)


def index_limits(node: Node) -> dict[int, int]:
    """All places along the axis, and one beyond."""
    return {0: node.output.shape[_axis(node)] + 1}


def simulate(node: Node, *values: Values | None) -> Values:
    """indices [samples, ...], values on and off -> [samples, *output shape]. Indices count modulo
    2**32; one that is not along the axis gives off alone.
    """
    index, _, on, off = values
    assert index is not None
    assert on is not None
    assert off is not None
    axis, rank = _axis(node) + 1, len(node.output.shape)
    places = np.arange(node.output.shape[axis - 1], dtype=np.int32)
    places = places.reshape([-1 if k == axis else 1 for k in range(rank + 1)])
    hot = np.expand_dims(index.astype(np.int32), axis) == places
    on, off = (x.reshape(len(x), *(1,) * rank) for x in (on, off))
    return np.where(hot, on, off)


def kernel(node: Node) -> KernelCall:
    """`edgeq_one_hot_s32_s8` and so on, by the types of indices and values."""
    axis, index = _axis(node), node.input(0).shape
    sizes = {
        "outer": prod(index[:axis]),
        "depth": node.output.shape[axis],
        "inner": prod(index[axis:]),
    }
    types = f"{INDEX_SUFFIX[node.input(0).dtype]}_{SUFFIX[node.output.dtype]}"
    return KernelCall(f"edgeq_one_hot_{types}", sizes, (0, 2, 3), overlap=(None, None, None))
