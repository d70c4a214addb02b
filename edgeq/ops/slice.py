"""SLICE: `size` elements from index `begin` along each axis (TFLite reference/slice.h)."""

from __future__ import annotations

from dataclasses import dataclass

from edgeq.opkit.checks import check_same_quantization
from edgeq.opkit.kernel_call import KernelCall, View
from edgeq.opkit.node import Node, Shape, Values, constant, unsupported
from edgeq.opkit.strided import byte_strides, copy_call, element_bytes, moved_types, strided_copy


@dataclass(frozen=True)
class Attributes:
    pass


TYPES = {**moved_types("int32", "int32"), **moved_types("int64", "int64")}
NEWEST_VERSION = 7


SAME_SCALE = True
VERSIONS = {("int8",): 2, ("int16",): 4}


def starts(node: Node) -> tuple[int, ...]:
    """The index of the first element along each axis, from the constant input 1."""
    return tuple(int(start) for start in constant(node, 1).ravel())


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The constant input 2 (size), one entry per axis; -1 takes the rest of its axis."""
    x = node.input(0)
    check_same_quantization(node, x, node.output)
    begin, sizes = starts(node), [int(size) for size in constant(node, 2).ravel()]
    if not len(begin) == len(sizes) == len(x.shape):
        raise unsupported(
            node,
            f"begin {list(begin)} and size {sizes} are not one for each axis of {list(x.shape)}",
        )
    shape = tuple(n - b if s == -1 else s for n, b, s in zip(x.shape, begin, sizes, strict=True))
    if any(b < 0 or s < 0 or b + s > n for n, b, s in zip(x.shape, begin, shape, strict=True)):
        raise unsupported(
            node, f"begin {list(begin)} and size {sizes} reach beyond the input {list(x.shape)}"
        )
    return (shape,)


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, ...] -> [samples, *output shape]."""
    x = values[0]
    assert x is not None
    index = (
        slice(None),
        *(slice(b, b + s) for b, s in zip(starts(node), node.output.shape, strict=True)),
    )
    return x[index]


def kernel(node: Node) -> KernelCall | View:
    """`edgeq_slice` over merged axes; a view if everything is taken."""
    x = node.input(0)
    steps = byte_strides(x.shape, element_bytes(x))
    offset = sum(start * step for start, step in zip(starts(node), steps, strict=True))
    return copy_call(node, strided_copy(node.output.shape, steps, offset, element_bytes(x)))
