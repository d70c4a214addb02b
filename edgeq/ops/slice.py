"""SLICE: `size` elements from index `begin` along each axis (TFLite reference/slice.h).

begin may be computed where no size is -1. TFLM does not check it; here one at which the elements lie
outside counts as the nearest at which they do not.
"""

from __future__ import annotations

from dataclasses import dataclass

from edgeq.opkit.checks import check_same_quantization
from edgeq.opkit.kernel_call import KernelCall, View
from edgeq.opkit.moving_box import Entry, box_call, boxes
from edgeq.opkit.node import Node, Shape, Values, constant, unsupported
from edgeq.opkit.rows import RowKernel
from edgeq.opkit.strided import (
    byte_strides,
    copy_call,
    copy_fields,
    element_bytes,
    moved_types,
    strided_copy,
)
from edgeq.opkit.windows import Window


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
    sizes = [int(size) for size in constant(node, 2).ravel()]
    if _computed(node):
        return _shape_anywhere(node, sizes)
    begin = starts(node)
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


def _computed(node: Node) -> bool:
    """Whether the first element is known at run time alone."""
    return node.input(1).buffer is None


def _shape_anywhere(node: Node, sizes: list[int]) -> tuple[Shape, ...]:
    x = node.input(0).shape
    if not len(sizes) == len(x) or node.input(1).shape != (len(x),):
        raise unsupported(
            node, f"begin {list(node.input(1).shape)} and size {sizes} do not fit {list(x)}"
        )
    if any(not 0 <= size <= n for size, n in zip(sizes, x, strict=True)):
        raise unsupported(
            node,
            f"its begin is computed and its size {sizes} is not one within {list(x)}",
            "give slices a fixed size, such as tf.slice(x, [i, 0], [1, 8])",
        )
    return (tuple(sizes),)


def _entries(node: Node) -> list[Entry]:
    sizes = zip(node.input(0).shape, node.output.shape, strict=True)
    return [Entry(axis, n - size + 1) for axis, (n, size) in enumerate(sizes)]


def index_limits(node: Node) -> dict[int, Shape]:
    """Every place at which the elements lie within x."""
    return {1: tuple(entry.places for entry in _entries(node))} if _computed(node) else {}


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, ...] -> [samples, *output shape]."""
    x, begin = values[:2]
    assert x is not None
    if _computed(node):
        assert begin is not None
        return boxes(x, begin, node.output.shape, _entries(node))
    index = (
        slice(None),
        *(slice(b, b + s) for b, s in zip(starts(node), node.output.shape, strict=True)),
    )
    return x[index]


def kernel(node: Node) -> KernelCall | View:
    """`edgeq_slice` over merged axes; a view if everything is taken. `edgeq_slice_at_s32` or `_s64`
    from a computed place on.
    """
    if _computed(node):
        return box_call(node, node.output.shape, _entries(node))
    x = node.input(0)
    steps = byte_strides(x.shape, element_bytes(x))
    offset = sum(start * step for start, step in zip(starts(node), steps, strict=True))
    return copy_call(node, strided_copy(node.output.shape, steps, offset, element_bytes(x)))


def rows(node: Node) -> RowKernel | None:
    """`edgeq_slice` on a row of an image of which some columns are taken; None for other slices."""
    x, y = node.input(0), node.output
    if _computed(node) or len(x.shape) != 4 or x.shape[0] != 1 or 0 in y.shape:
        return None
    if (y.shape[1], y.shape[3]) != (x.shape[1], x.shape[3]) or y.shape == x.shape:
        return None
    pixel, first = x.shape[3] * element_bytes(x), starts(node)[2]
    row = strided_copy(
        (1, 1, *y.shape[2:]), (0, 0, pixel, element_bytes(x)), first * pixel, element_bytes(x)
    )
    columns = Window(x.shape[2], y.shape[2], 1, 1, 1, -first)
    return RowKernel(KernelCall("edgeq_slice", copy_fields(row)), columns=columns)
