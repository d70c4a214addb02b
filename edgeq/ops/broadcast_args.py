"""BROADCAST_ARGS: the shape to which two shapes broadcast (TFLite reference/broadcast_args.h).

Interpreters stop where the shapes do not broadcast, a firmware cannot: there the first shape's size
is the result. Of sizes of 64 bits 32 count, as in the reference.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.opkit.indices import INDEX_SUFFIX, INDEX_TYPES
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Shape, Values, unsupported


@dataclass(frozen=True)
class Attributes:
    pass


TYPES = {(index, index): (index,) for index in INDEX_TYPES}
NEWEST_VERSION = 1


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """As many sizes as the longer shape has. Raises UnsupportedError unless both are vectors."""
    a, b = node.input(0).shape, node.input(1).shape
    if not len(a) == len(b) == 1:
        raise unsupported(node, f"its shapes are tensors {list(a)} and {list(b)}, not vectors")
    return (max(a, b),)


def simulate(node: Node, *values: Values | None) -> Values:
    """a, b [samples, n] -> [samples, the larger n]."""
    a, b = (_of_length(node.output.shape[0], x) for x in values if x is not None)
    return np.where(a == 1, b, a).astype(node.output.dtype)


def _of_length(count: int, shape: Values) -> Values:
    """Shapes [samples, rank] with ones in front, so that each has `count` sizes, int32."""
    shape = shape.astype(np.int32)
    return np.pad(shape, ((0, 0), (count - shape.shape[1], 0)), constant_values=1)


def kernel(node: Node) -> KernelCall:
    """`edgeq_broadcast_args_s32` or `_s64`."""
    lengths = {"a_axes": node.input(0).size, "b_axes": node.input(1).size}
    function = f"edgeq_broadcast_args_{INDEX_SUFFIX[node.output.dtype]}"
    return KernelCall(function, lengths, (0, 1), overlap=(None, None))
