"""TRANSPOSE: axis i of the output is axis perm[i] of the input (TFLite reference/transpose.h)."""

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


TYPES = moved_types("int32")
NEWEST_VERSION = 7


SAME_SCALE = True
VERSIONS = {("int8",): 2, ("int16",): 5}


def permutation(node: Node) -> tuple[int, ...]:
    """The constant input 1, with negative axes counted from the end."""
    rank, perm = len(node.input(0).shape), constant(node, 1).ravel()
    axes = tuple(int(axis) + rank * int(axis < 0) for axis in perm)
    if sorted(axes) != list(range(rank)):
        raise unsupported(node, f"{perm.tolist()} is no permutation of {rank} axes")
    return axes


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """x [...] -> the sizes in the permutation's order."""
    x = node.input(0)
    check_same_quantization(node, x, node.output)
    return (tuple(x.shape[axis] for axis in permutation(node)),)


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, ...] -> [samples, *output shape]."""
    x = values[0]
    assert x is not None
    return np.transpose(x, (0, *(axis + 1 for axis in permutation(node))))


def kernel(node: Node) -> KernelCall | View:
    """`edgeq_transpose` over merged axes; a view if only axes of size 1 move."""
    x = node.input(0)
    strides = byte_strides(x.shape, element_bytes(x))
    moved = [strides[axis] for axis in permutation(node)]
    return copy_call(node, strided_copy(node.output.shape, moved, 0, element_bytes(x)))
