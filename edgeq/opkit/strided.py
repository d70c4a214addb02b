"""Moves of bytes in regular patterns, shared by TRANSPOSE, the slices and whatever else only moves
elements.

An element is so many bytes, whatever they mean, so one kernel serves every dtype. Axes that lie one
after another in memory are merged here, so that the loop nest in C is as shallow as the pattern
allows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from edgeq.graph import DTYPES, Tensor
from edgeq.opkit.kernel_call import KernelCall, Parameter, View
from edgeq.opkit.node import Node, unsupported

DATA = ("int8", "uint8", "int16", "int32", "int64", "float32", "bool")
"""The dtypes that operators without arithmetic move."""

AXES = 6  # EDGEQ_MAX_AXES of strided_copy.h


def moved_types(*others: str) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Type rules of an operator that keeps the dtype of its input 0; `others` are the dtypes of its
    other inputs.
    """
    return {(dtype, *others): (dtype,) for dtype in DATA}


ALIGNMENT = 4  # bytes: that of every tensor of the arena; wider elements need their own size
VIEWED = 4


def element_bytes(tensor: Tensor) -> int:
    """Bytes of one element."""
    return DTYPES[tensor.dtype].itemsize


def byte_strides(shape: Sequence[int], element: int) -> tuple[int, ...]:
    """Bytes from one element to the next along each axis of a dense tensor.

    >>> byte_strides((2, 3, 4), 2)
    (24, 8, 2)
    """
    strides, step = [], element
    for size in reversed(shape):
        strides.append(step)
        step *= size
    return tuple(reversed(strides))


class StridedCopy(NamedTuple):
    """Runs of `run` contiguous bytes, the first at byte `offset`, written one after another without
    gaps.

    axes: (number of runs, bytes of the input from one to the next), innermost first; strides may be
    negative.
    """

    run: int
    offset: int
    axes: tuple[tuple[int, int], ...]

    @property
    def forward(self) -> bool:
        """Whether every run lies behind the one before it in the input, with no byte read twice."""
        reach = self.run
        for count, stride in self.axes:
            if stride < reach:
                return False
            reach += (count - 1) * stride
        return True


def strided_copy(
    shape: Sequence[int], strides: Sequence[int], offset: int, element: int
) -> StridedCopy:
    """The pattern that reads an output of `shape`, `strides` bytes of the input apart along each
    axis; axes merged.

    >>> strided_copy((2, 3, 4), (24, 8, 2), 0, 2)  # dense
    StridedCopy(run=48, offset=0, axes=())
    >>> strided_copy((4, 3), (2, 8), 0, 2)  # a transposed matrix of int16
    StridedCopy(run=2, offset=0, axes=((3, 8), (4, 2)))
    """
    if 0 in shape:
        return StridedCopy(0, 0, ())
    merged = [(1, element)]
    for count, stride in zip(reversed(shape), reversed(strides), strict=True):
        inner, step = merged[-1]
        if count == 1:
            continue
        if stride == inner * step:
            merged[-1] = (inner * count, step)
        else:
            merged.append((count, stride))
    return StridedCopy(merged[0][0] * element, offset, tuple(merged[1:]))


def copy_call(
    node: Node, copy: StridedCopy, source: int = 0, kernel: str = ""
) -> KernelCall | View:
    """The kernel `edgeq_<kind>` for a pattern, or a view where it is a part of input `source` as it
    lies, aligned and no smaller than a `VIEWED`th of it: the whole of it lives as long as the view.
    kernel: that of another operator in its place, such as `transpose`.

    A forward pattern may run in place: its output starts at or before the first byte that it reads.
    """
    x, y = node.input(source), node.output
    aligned = copy.offset % max(ALIGNMENT, element_bytes(x)) == 0
    if not copy.axes and copy.run == y.nbytes and aligned and y.nbytes * VIEWED >= x.nbytes:
        return View(source, (copy.offset,))
    if len(copy.axes) > AXES:
        raise unsupported(
            node,
            f"its elements lie along {len(copy.axes)} unmergeable axes, at most {AXES} are known",
        )
    overlap = -copy.offset if copy.forward else None
    function = f"edgeq_{kernel or node.kind.lower()}"
    return KernelCall(function, copy_fields(copy), (source,), overlap=(overlap,), source=kernel)


def copy_fields(copy: StridedCopy) -> dict[str, Parameter | None]:
    """The C struct: counts, and the steps from the first run of one line to that of the next when
    an axis advances.
    """
    axes = copy.axes or ((1, 0),)
    back = [
        sum((count - 1) * stride for count, stride in axes[1:axis]) for axis in range(len(axes))
    ]
    return {
        "run": copy.run,
        "offset": copy.offset,
        "axes": len(axes),
        "count": np.array([count for count, _ in axes], np.int32),
        "step": np.array([stride - b for (_, stride), b in zip(axes, back, strict=True)], np.int32),
    }
