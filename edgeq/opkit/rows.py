"""Kernels that compute a few rows of their output at a time, as fused pipelines of layers need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

from edgeq.graph import Tensor
from edgeq.opkit.kernel_call import KernelCall, View
from edgeq.opkit.node import Node
from edgeq.opkit.windows import Window


class Span(NamedTuple):
    """Rows from `first` up to but not with `end`."""

    first: int
    end: int


@dataclass(frozen=True)
class RowKernel:
    """A kernel that computes `rows` rows of an output [1, height, width, channels] in one call,
    fewer in the last call.

    window: which rows of its only input an output row reads; without one it reads the same row of
        every input.
    columns: which columns of its only input an output column reads, without one the same column of
        every input.
    line_buffered: the input is passed as a line buffer, in which row r is line r modulo its number
        of lines (rows.h): `function(&parameters, (edgeq_rows){first, count, lines}, x, y,
        scratch)`. Otherwise a pointer to the first row that the call reads is passed, and the rows
        that it reads lie one behind the other: `function(&parameters, x..., y, scratch)`.
    narrower: kernels of fewer rows in a call, which need less memory and more instructions. single:
        one of a single row in a call, for where memory is so short that all layers run so.
    slower: how many more instructions than the kernel of the whole output, as a fraction of its.
    over_first: of a kernel of one row in a call, whether that row may lie from the first byte of the
        first row on that is read: each byte of it is read before it is overwritten. Of the other rows
        that are read it lies apart.
    """

    call: KernelCall
    rows: int = 1
    window: Window | None = None
    columns: Window | None = None
    line_buffered: bool = False
    narrower: tuple[RowKernel, ...] = ()
    single: RowKernel | None = None
    slower: float = 0.0
    over_first: bool = False

    @property
    def advance(self) -> int:
        """Input rows from one call to the next."""
        return self.rows * (1 if self.window is None else self.window.stride)

    @property
    def overlap(self) -> tuple[int | None, ...]:
        """For each input, the least distance in bytes that the output row must start below its row
        to take its place (`KernelCall.overlap`); None: apart, as always where a kernel has a
        window.
        """
        return self.call.overlap if self.window is None else (None,) * len(self.call.inputs)

    @property
    def reads_one_row(self) -> bool:
        """Whether a call computes one row, and reads the same row of every input and no other."""
        w = self.window
        return self.rows == 1 and (w is None or (w.size, w.stride, w.before) == (1, 1, 0))

    def reads(self, rows: Span) -> Span:
        """The input rows that output rows read, padding left out."""
        return rows if self.window is None else places_read(self.window, rows)

    def reads_columns(self, columns: Span) -> Span:
        """The input columns that output columns read, padding left out."""
        return columns if self.columns is None else places_read(self.columns, columns)


def places_read(w: Window, outputs: Span) -> Span:
    """The places along an axis that the windows of some outputs read, padding left out."""
    end = (outputs.end - 1) * w.stride - w.before + (w.size - 1) * w.dilation + 1
    return Span(
        min(max(outputs.first * w.stride - w.before, 0), w.input), max(min(end, w.input), 0)
    )


def full_groups(width: int, pixels: int) -> int:
    """The fewest rows that a kernel of `pixels` pixels at a time computes with at most 3 % of them
    computed in vain.

    >>> full_groups(32, 4), full_groups(6, 4), full_groups(5, 4), full_groups(29, 4)
    (1, 2, 4, 3)
    """
    return next(
        rows for rows in range(1, pixels + 1) if -(rows * width) % pixels * 100 <= 3 * rows * width
    )


def wasted(width: int, rows: int, pixels: int) -> float:
    """What a kernel of `pixels` pixels at a time computes in vain in a call of so many rows, as a fraction
    of them.

    >>> wasted(6, 2, 4), wasted(6, 1, 4), wasted(9, 1, 4) == 3 / 9
    (0.0, 0.3333333333333333, True)
    """
    return -(rows * width) % pixels / (rows * width)


def element_rows(node: Node, kernel: Callable[[Node], KernelCall | View]) -> RowKernel | None:
    """The row kernel of an element-wise operator: its own kernel on one row.

    None unless all computed inputs have the output's shape, of rank 4 and batch 1, and constants
    are alike in all rows.
    """
    shape = node.output.shape
    if (
        len(shape) != 4
        or shape[0] != 1
        or 0 in shape
        or not all(t is not None and _by_rows(t, shape) for t in node.inputs)
    ):
        return None
    one = replace(
        node, inputs=tuple(t and _row(t) for t in node.inputs), outputs=(_row(node.output),)
    )
    call = kernel(one)
    return None if isinstance(call, View) or call.scratch_bytes else RowKernel(call)


def block_rows(
    node: Node, windows: tuple[Window, Window], kernel: Callable[[Node], KernelCall]
) -> RowKernel | None:
    """The row kernel of windows that do not overlap and read no padding: the operator's own kernel
    on one row of windows. windows: along height and width.
    """
    window, columns = windows
    (x, *others), y = node.inputs, node.output
    if x is None or y.shape[0] != 1 or window.size > window.stride or window.before or window.after:
        return None
    one = replace(x, shape=(1, window.size, *x.shape[2:]))
    call = kernel(replace(node, inputs=(one, *others), outputs=(_row(y),)))
    return (
        None
        if call.scratch_bytes
        else RowKernel(replace(call, overlap=(None,)), window=window, columns=columns)
    )


def _by_rows(tensor: Tensor, shape: tuple[int, ...]) -> bool:
    return (
        len(tensor.shape) < 3 or tensor.shape[-3] == 1 if tensor.constant else tensor.shape == shape
    )


def _row(tensor: Tensor) -> Tensor:
    return tensor if tensor.constant else replace(tensor, shape=(1, 1, *tensor.shape[2:]))
