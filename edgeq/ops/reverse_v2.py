"""REVERSE_V2: the order of elements turned along axes (TFLite reference/reverse.h)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.opkit.kernel_call import KernelCall, View
from edgeq.opkit.node import Node, Shape, Values, constant, unsupported
from edgeq.opkit.strided import byte_strides, copy_call, element_bytes, moved_types, strided_copy


@dataclass(frozen=True)
class Attributes:
    pass


TYPES = moved_types("int32")
NEWEST_VERSION = 3
SAME_SCALE = True
VERSIONS = {("bool",): 2, ("int8",): 3}


def _turned(node: Node) -> frozenset[int]:
    """The axes of constant input 1, counted from 0."""
    given, rank = [int(axis) for axis in constant(node, 1).ravel()], len(node.input(0).shape)
    axes = frozenset(axis + rank * (axis < 0) for axis in given)
    if len(axes) < len(given) or not axes <= set(range(rank)):
        raise unsupported(node, f"axes {given} are not different axes of {rank}")
    return axes


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The input's shape. Integers stay as they are, whatever scale a file gives the output."""
    _turned(node)
    return (node.input(0).shape,)


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, ...] -> the same type and shape."""
    x = values[0]
    assert x is not None
    return np.flip(x, tuple(axis + 1 for axis in _turned(node)))


def kernel(node: Node) -> KernelCall | View:
    """`edgeq_reverse_v2` over merged axes; a view if only axes of size 1 are turned."""
    x, turned = node.input(0), _turned(node)
    steps = byte_strides(x.shape, element_bytes(x))
    offset = sum((x.shape[axis] - 1) * steps[axis] for axis in turned)
    strides = [-step if axis in turned else step for axis, step in enumerate(steps)]
    return copy_call(node, strided_copy(x.shape, strides, offset, element_bytes(x)))
