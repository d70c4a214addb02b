"""BROADCAST_TO: axes of one element repeated (TFLite reference/broadcast_to.h)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.opkit.checks import check_same_quantization
from edgeq.opkit.kernel_call import KernelCall, View
from edgeq.opkit.node import Node, Shape, Values, constant, unsupported
from edgeq.opkit.strided import byte_strides, copy_call, element_bytes, moved_types, strided_copy


@dataclass(frozen=True)
class Attributes:
    pass


TYPES = {**moved_types("int32"), **moved_types("int64")}
NEWEST_VERSION = 3
SAME_SCALE = True
VERSIONS = {("int8",): 3, ("int16",): 3}


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The constant input 1, to which the input's shape must broadcast; scale and zero point stay."""
    check_same_quantization(node, node.input(0), node.output)
    x, shape = node.input(0).shape, tuple(int(n) for n in constant(node, 1).ravel())
    new = len(shape) - len(x)
    if new < 0 or any(n not in (1, m) for n, m in zip(x, shape[max(new, 0) :], strict=False)):
        raise unsupported(node, f"its input {list(x)} does not broadcast to {list(shape)}")
    return (shape,)


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, ...] -> [samples, *output shape]."""
    x, shape = values[0], node.output.shape
    assert x is not None
    new = (1,) * (len(shape) + 1 - x.ndim)
    return np.broadcast_to(x.reshape(len(x), *new, *x.shape[1:]), (len(x), *shape))


def kernel(node: Node) -> KernelCall | View:
    """`edgeq_broadcast_to` over merged axes; a view where nothing is repeated."""
    x, shape = node.input(0), node.output.shape
    own = byte_strides(x.shape, element_bytes(x))
    new = len(shape) - len(x.shape)
    strides = [0] * new + [0 if n == 1 else step for n, step in zip(x.shape, own, strict=True)]
    return copy_call(node, strided_copy(shape, strides, 0, element_bytes(x)))
