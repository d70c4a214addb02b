"""TILE: the input repeated along each axis (TFLite kernels/tile.cc)."""

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
VERSIONS = {("int8",): 3}


def _multiples(node: Node) -> Shape:
    """How often each axis is repeated: constant input 1."""
    times = tuple(int(n) for n in constant(node, 1).ravel())
    if len(times) != len(node.input(0).shape) or any(n < 1 for n in times):
        raise unsupported(node, f"multiples {list(times)} of an input {list(node.input(0).shape)}")
    return times


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """Each size times its multiple; scale and zero point stay."""
    check_same_quantization(node, node.input(0), node.output)
    return (tuple(n * m for n, m in zip(node.input(0).shape, _multiples(node), strict=True)),)


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, ...] -> [samples, *output shape]."""
    x = values[0]
    assert x is not None
    return np.tile(x, (1, *_multiples(node)))


def kernel(node: Node) -> KernelCall | View:
    """`edgeq_tile` over merged axes: along each, the input repeats without advancing."""
    x, times = node.input(0), _multiples(node)
    steps = byte_strides(x.shape, element_bytes(x))
    shape = [size for pair in zip(times, x.shape, strict=True) for size in pair]
    strides = [step for own in steps for step in (0, own)]
    return copy_call(node, strided_copy(shape, strides, 0, element_bytes(x)))
