"""FILL: a tensor of one value (TFLite reference/fill.h)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.opkit.checks import check_same_quantization
from edgeq.opkit.kernel_call import KernelCall, View
from edgeq.opkit.node import Node, Shape, Values, constant, unsupported
from edgeq.opkit.strided import DATA, copy_call, element_bytes, strided_copy


@dataclass(frozen=True)
class Attributes:
    pass


TYPES = {(index, d): (d,) for d in DATA for index in ("int32", "int64")}
NEWEST_VERSION = 4
SAME_SCALE = True
VERSIONS = {("int8",): 3, ("int16",): 3}


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The constant input 0. Raises UnsupportedError for negative sizes, and unless the value is a
    scalar of the output's scale and zero point.
    """
    check_same_quantization(node, node.input(1), node.output)
    shape = tuple(int(n) for n in constant(node, 0).ravel())
    if min(shape, default=0) < 0 or node.input(1).shape:
        raise unsupported(node, f"shape {list(shape)} of a value {list(node.input(1).shape)}")
    return (shape,)


def simulate(node: Node, *values: Values | None) -> Values:
    """value [samples] -> [samples, *output shape]."""
    value, shape = values[1], node.output.shape
    assert value is not None
    return np.broadcast_to(value.reshape(len(value), *(1 for _ in shape)), (len(value), *shape))


def kernel(node: Node) -> KernelCall | View:
    """`edgeq_broadcast_to`; a view where the output has one element."""
    shape = node.output.shape
    copy = strided_copy(shape, [0] * len(shape), 0, element_bytes(node.output))
    return copy_call(node, copy, source=1, kernel="broadcast_to")
