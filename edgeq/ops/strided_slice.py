"""STRIDED_SLICE: every stride-th element between begin and end along each axis (TFLite
strided_slice_logic.h).

begin and end may be computed where each of their entries is one element of an axis, counted from the
end where negative, or ignored by masks. One outside of the axis counts as the nearest inside.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from edgeq.fixedpoint import LIMITS
from edgeq.opkit.checks import check_same_quantization
from edgeq.opkit.kernel_call import KernelCall, View
from edgeq.opkit.moving_box import Entry, box_call, boxes
from edgeq.opkit.node import Node, Shape, Values, constant, unsupported
from edgeq.opkit.strided import byte_strides, copy_call, element_bytes, moved_types, strided_copy


@dataclass(frozen=True)
class Attributes:
    begin_mask: int = 0  # bit i: begin[i] is ignored, the axis starts at its first element (last, if going backwards)
    end_mask: int = 0
    ellipsis_mask: int = 0
    new_axis_mask: int = 0
    shrink_axis_mask: int = 0  # bit i: one element, and the axis is dropped
    offset: bool = False  # end counts from begin


TYPES = moved_types("int32", "int32", "int32")
OPTIONS = "StridedSliceOptions"
NEWEST_VERSION = 8


SAME_SCALE = True
VERSIONS = {("int8",): 2}


@dataclass(frozen=True)
class Taken:
    """The elements taken along one axis of the input, or along a new axis of size 1."""

    size: int
    start: int
    count: int
    stride: int
    dropped: bool
    new: bool


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The number of elements taken along each axis that is kept, by constant begin, end and strides
    with one entry per axis.
    """
    x = node.input(0)
    check_same_quantization(node, x, node.output)
    if _computed(node):
        return _shape_anywhere(node)
    begins, ends, strides = (constant(node, position).ravel() for position in (1, 2, 3))
    if not len(begins) == len(ends) == len(strides):
        raise unsupported(
            node,
            f"begin, end and strides have {len(begins)}, {len(ends)} and {len(strides)} entries",
        )
    if 0 in strides:
        raise unsupported(node, "a stride is 0")
    taken = list(axes(node))
    for axis in taken:
        if axis.dropped and (axis.stride < 0 or not 0 <= axis.start < axis.size):
            raise unsupported(
                node,
                f"it takes element {axis.start} of an axis of {axis.size}, by stride {axis.stride}",
            )
    return (tuple(axis.count for axis in taken if not axis.dropped),)


def axes(node: Node) -> Iterator[Taken]:
    """The elements taken along every axis, including new axes, which have size 1.

    Raises UnsupportedError unless begin, end and strides have one entry per axis.
    """
    shape = iter(node.input(0).shape)
    for entry in _entries(node):
        new = entry >= 0 and bool(node.attributes.new_axis_mask >> entry & 1)
        size = 1 if new else next(shape)
        yield Taken(1, 0, 1, 1, False, True) if new else _taken(node, entry, size)


def _entries(node: Node) -> Iterator[int]:
    """For each axis the index of its entry in begin, end and strides; -1 for an axis taken whole.

    An ellipsis stands for the axes that the other entries leave; without one, trailing axes are
    taken whole. A new axis at the position of the ellipsis is ignored (TFLite
    kernels/strided_slice.cc, BuildStridedSliceParams). Raises UnsupportedError for what runtimes
    disagree on: an ellipsis for no axis, and a new axis in place of a trailing one, for which TFLite
    leaves out an axis of the input and TensorFlow does not.
    """
    a, count, rank = node.attributes, node.input(1).size, len(node.input(0).shape)
    ellipsis = [i for i in range(count) if a.ellipsis_mask >> i & 1]
    named = sum(not (a.new_axis_mask | a.ellipsis_mask) >> i & 1 for i in range(count))
    if len(ellipsis) > 1 or named + len(ellipsis) > rank:
        raise unsupported(
            node, f"{count} entries, {len(ellipsis)} of them an ellipsis, do not fit {rank} axes"
        )
    if not ellipsis and (a.new_axis_mask >> count) % (1 << (rank - named)):
        raise unsupported(
            node, f"its masks have a new axis without an entry, of which it has {count}"
        )
    for i in range(count):
        yield from [-1] * (rank - named) if i in ellipsis else [i]
    if not ellipsis:
        yield from [-1] * (rank - named)


def _taken(node: Node, entry: int, size: int) -> Taken:
    """The elements taken along one axis (TFLite's StridedSliceStartForAxis and
    StridedSliceEndForAxis); the count is that of TFLM's CheckOutputSize.
    """
    if entry < 0:
        return Taken(size, 0, size, 1, False, False)
    a = node.attributes
    begin, end, stride = (int(constant(node, position).ravel()[entry]) for position in (1, 2, 3))
    low, high = (0, size) if stride > 0 else (-1, size - 1)
    first, last = (low, high) if stride > 0 else (high, low)
    start = (
        first
        if a.begin_mask >> entry & 1
        else _clamp(begin + (size if begin < 0 else 0), low, high)
    )
    if a.shrink_axis_mask >> entry & 1:
        return Taken(size, start, 1, stride, True, False)
    end += start if a.offset else 0
    stop = last if a.end_mask >> entry & 1 else _clamp(end + (size if end < 0 else 0), low, high)
    return Taken(size, start, max(-((start - stop) // stride), 0), stride, False, False)


def _clamp(value: int, low: int, high: int) -> int:
    return max(low, min(value, high))


def _computed(node: Node) -> bool:
    """Whether the first elements are known at run time alone."""
    return node.input(1).buffer is None


def _shape_anywhere(node: Node) -> tuple[Shape, ...]:
    a, strides = node.attributes, constant(node, 3).ravel()
    if len(node.input(1).shape) != 1 or not node.input(1).size == node.input(2).size == len(
        strides
    ):
        raise unsupported(node, "begin, end and strides are not as long as each other")
    free = a.new_axis_mask | a.ellipsis_mask | a.shrink_axis_mask | (a.begin_mask & a.end_mask)
    if any(stride != 1 or not free >> k & 1 for k, stride in enumerate(strides.tolist())):
        raise unsupported(
            node,
            "its begin is computed, and it takes more than one element or all of an axis",
            "give slices a fixed size, such as tf.slice(x, [i, 0], [1, 8])",
        )
    return (tuple(axis.size for axis in _computed_axes(node) if not axis.dropped),)


@dataclass(frozen=True)
class ComputedAxis:
    """An axis of the input, or a new one of size 1, of a slice whose begin is computed.

    entry: its index in begin, -1 for an axis taken whole without one.
    dropped: whether one element is taken, and the axis dropped.
    """

    size: int
    entry: int
    new: bool
    dropped: bool


def _computed_axes(node: Node) -> Iterator[ComputedAxis]:
    a, shape = node.attributes, iter(node.input(0).shape)
    for entry in _entries(node):
        new = entry >= 0 and bool(a.new_axis_mask >> entry & 1)
        dropped = entry >= 0 and not new and bool(a.shrink_axis_mask >> entry & 1)
        yield ComputedAxis(1 if new else next(shape), entry, new, dropped)


def _places(node: Node) -> tuple[Shape, list[Entry]]:
    """The box that is taken, an entry for each axis of x, and where begin may put it."""
    box = list[int]()
    entries = [Entry(-1, 1) for _ in range(node.input(1).size)]
    for axis in _computed_axes(node):
        if axis.new:
            continue
        if axis.dropped and not node.attributes.begin_mask >> axis.entry & 1:
            entries[axis.entry] = Entry(len(box), axis.size, axis.size)
        box.append(1 if axis.dropped else axis.size)
    return tuple(box), entries


def index_limits(node: Node) -> dict[int, Shape]:
    """Every element of the axes of which one is taken; any number where masks ignore begin."""
    if not _computed(node):
        return {}
    return {1: tuple(e.places if e.axis >= 0 else LIMITS["int32"][1] for e in _places(node)[1])}


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, ...] -> [samples, *output shape]."""
    x, begin = values[:2]
    assert x is not None
    if _computed(node):
        assert begin is not None
        y = boxes(x, begin, *_places(node))
        return y.reshape(len(y), *node.output.shape)
    index = (slice(None), *(_index(axis) for axis in axes(node) if not axis.new))
    return x[index].reshape(x.shape[0], *node.output.shape)


def _index(axis: Taken) -> slice:
    stop = axis.start + axis.count * axis.stride
    return slice(axis.start, None if stop < 0 else stop, axis.stride) if axis.count else slice(0, 0)


def kernel(node: Node) -> KernelCall | View:
    """`edgeq_strided_slice` over merged axes; a view if everything is taken. `edgeq_slice_at_s32`
    from a computed place on.
    """
    if _computed(node):
        return box_call(node, *_places(node))
    x, taken = node.input(0), [axis for axis in axes(node) if not axis.new]
    steps = byte_strides(x.shape, element_bytes(x))
    offset = sum(axis.start * step for axis, step in zip(taken, steps, strict=True))
    strides = [axis.stride * step for axis, step in zip(taken, steps, strict=True)]
    return copy_call(
        node, strided_copy([axis.count for axis in taken], strides, offset, element_bytes(x))
    )
