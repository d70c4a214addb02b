"""Geometry of sliding windows, shared by convolutions and pooling (TFLite kernels/padding.h)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import as_strided

from edgeq.opkit.legal import MAX_ELEMENTS
from edgeq.opkit.node import Node, Values, unsupported

BLOCK_ELEMENTS = 1 << 17  # float32 values computed on together, 512 KB
TILE_ELEMENTS = (
    1 << 22
)  # of the working arrays of one image, which is computed in tiles where they are larger


class Window(NamedTuple):
    """The geometry of sliding windows along one axis, in elements. before: padding in front of the
    axis.
    """

    input: int
    output: int
    size: int
    stride: int
    dilation: int
    before: int

    @property
    def after(self) -> int:
        """Padding behind the axis, 0 or more."""
        return max(self.reach - self.before - self.input, 0)

    @property
    def reach(self) -> int:
        """Elements of the padded axis from the first to the last that any window reads."""
        return (self.output - 1) * self.stride + (self.size - 1) * self.dilation + 1

    @property
    def inside(self) -> npt.NDArray[np.int64]:
        """The number of elements of each window that are no padding, int64 [output], for a dilation
        of 1.
        """
        start = np.arange(self.output) * self.stride - self.before
        return np.asarray(np.minimum(start + self.size, self.input) - np.maximum(start, 0))


class Tile(NamedTuple):
    """A rectangle of output positions. at: their slices of [n, rows, columns, c]; padded: the part
    of the padded input that their windows read; rows, columns: the windows within that part.
    """

    at: tuple[slice, slice, slice]
    padded: Values
    rows: Window
    columns: Window


def window(padding: str, size_in: int, size: int, stride: int, dilation: int = 1) -> Window:
    """The windows along one axis under TFLite's padding SAME or VALID (`ComputeOutSize` of
    padding.h).
    """
    effective = (size - 1) * dilation + 1
    output = -(-size_in // stride) if padding == "SAME" else -(-(size_in - effective + 1) // stride)
    before = max((output - 1) * stride + effective - size_in, 0) // 2 if padding == "SAME" else 0
    return Window(size_in, output, size, stride, dilation, before)


def node_windows(
    node: Node,
    height: int,
    width: int,
    dilation_h: int = 1,
    dilation_w: int = 1,
    multiplier: int = 1,
) -> tuple[Window, Window]:
    """The windows of a filter of height x width along rows and columns of input 0 [n, h, w, c], by
    the node's padding and strides. Of some columns of a layer, which files know nothing of, its
    option `columns` says how many they are, and how much padding lies in front of the first.

    multiplier: output channels for each input channel. Raises UnsupportedError if a window is
    empty, does not fit, or the padded input would be too large.
    """
    a, x = node.attributes, node.input(0).shape
    steps = (height, width, a.stride_h, a.stride_w, dilation_h, dilation_w)
    if a.padding not in ("SAME", "VALID") or min(steps) < 1:
        raise unsupported(
            node,
            f"filter, stride and dilation {list(steps)} with padding {a.padding} slide nowhere",
        )
    rows = window(a.padding, x[1], height, a.stride_h, dilation_h)
    columns = window(a.padding, x[2], width, a.stride_w, dilation_w)
    if given := getattr(a, "columns", ()):
        output, before = given
        columns = columns._replace(output=output, before=before)
    if rows.output < 1 or columns.output < 1:
        raise unsupported(
            node, f"a window of {height} x {width} does not fit into {x[1]} x {x[2]} elements"
        )
    height, width = (axis.input + axis.before + axis.after for axis in (rows, columns))
    padded = x[0] * x[3] * multiplier * height * width
    if padded > MAX_ELEMENTS:
        why = f"its windows reach so far beyond the input that they take {padded:,} elements, at most {MAX_ELEMENTS:,}"
        raise unsupported(node, why, "use a smaller filter, dilation, multiplier or input")
    return rows, columns


def pad_windows(x: Values, rows: Window, columns: Window, value: float) -> Values:
    """x [n, h, w, c] with the padding that the windows read, filled with `value`; x itself if there
    is none.
    """
    if not (rows.before or rows.after or columns.before or columns.after):
        return x
    n, h, w, c = x.shape
    padded = np.full(
        (n, rows.before + h + rows.after, columns.before + w + columns.after, c), value, x.dtype
    )
    padded[:, rows.before : rows.before + h, columns.before : columns.before + w] = x
    return padded


def im2col(padded: Values, rows: Window, columns: Window) -> Values:
    """The windows of `padded` [n, h, w, c] as the rows of a matrix: [n * rows.output *
    columns.output, taps * c].
    """
    n, _, _, c = padded.shape
    image, line, pixel, element = padded.strides
    windows = as_strided(
        padded,
        (n, rows.output, columns.output, rows.size, columns.size, c),
        (
            image,
            line * rows.stride,
            pixel * columns.stride,
            line * rows.dilation,
            pixel * columns.dilation,
            element,
        ),
        writeable=False,
    )
    return np.ascontiguousarray(windows).reshape(
        n * rows.output * columns.output, rows.size * columns.size * c
    )


def sample_blocks(samples: int, elements: int) -> Iterator[slice]:
    """Slices of samples so large that working arrays of `elements` for each sample fit the
    processor's second-level cache.
    """
    size = max(BLOCK_ELEMENTS // max(elements, 1), 1)
    return (slice(start, start + size) for start in range(0, samples, size))


def tiles(padded: Values, rows: Window, columns: Window, elements: int) -> Iterator[Tile]:
    """Tiles that cover all output positions of `padded` [n, h, w, c]; usually a single one.
    elements: of the working arrays for each position, which bound a tile's size.
    """
    most = max(TILE_ELEMENTS // max(len(padded) * elements, 1), 1)
    wide = min(columns.output, most)
    for down, lines, tall in _cuts(rows, max(most // wide, 1)):
        for across, pixels, narrow in _cuts(columns, wide):
            yield Tile((slice(None), down, across), padded[:, lines, pixels], tall, narrow)


def _cuts(axis: Window, count: int) -> Iterator[tuple[slice, slice, Window]]:
    """Cuts an axis into parts of at most `count` windows: the slice of the output, the slice of the
    padded input, and the windows within it.
    """
    for first in range(0, axis.output, count):
        part = axis._replace(output=min(count, axis.output - first), before=0)
        start = first * axis.stride
        yield (
            slice(first, first + count),
            slice(start, start + part.reach),
            part._replace(input=part.reach),
        )


def tap_sums(padded: Values, rows: Window, columns: Window, weights: Values) -> Values:
    """Depthwise accumulators [n, rows.output, columns.output, c] in the floating dtype of `padded`.

    padded: [n, h, w, c]; weights: [rows.size * columns.size, c]. Columns are first split by stride,
    so that the elements of one tap are adjacent and NumPy's inner loops run over whole rows.
    """
    n, height, _, c = padded.shape
    phases = [
        np.ascontiguousarray(padded[:, :, p :: columns.stride]).reshape(n, height, -1)
        for p in range(min(columns.stride, padded.shape[2]))
    ]
    total = np.zeros((n, rows.output, columns.output * c), padded.dtype)
    product = np.empty_like(total)
    for k, weight in enumerate(_repeated(weights, columns.output)):
        i, j = divmod(k, columns.size)
        offset, phase = divmod(j * columns.dilation, columns.stride)
        top = i * rows.dilation
        lines = slice(top, top + (rows.output - 1) * rows.stride + 1, rows.stride)
        np.multiply(
            phases[phase][:, lines, offset * c : (offset + columns.output) * c], weight, out=product
        )
        np.add(total, product, out=total)
    return total.reshape(n, rows.output, columns.output, c)


def _repeated(weights: Values, count: int) -> Iterator[Values]:
    """Yields each row of `weights` repeated `count` times side by side."""
    together = max(TILE_ELEMENTS // max(count * weights.shape[1], 1), 1)
    for first in range(0, len(weights), together):
        yield from np.tile(weights[first : first + together], count)
