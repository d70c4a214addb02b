"""Geometry of sliding windows, shared by convolutions and pooling (TFLite kernels/padding.h)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import as_strided

from edgeq.opkit.contract import Node, Values, unsupported
from edgeq.opkit.legal import MAX_ELEMENTS

BLOCK_ELEMENTS = 1 << 17  # float32 values computed on together, 512 KB
TILE_ELEMENTS = 1 << 22  # of the working arrays of one image, which is computed in tiles where they are larger


class Window(NamedTuple):
    """How windows slide along one axis; all in elements. `before` zero-point elements pad the start of the axis."""

    input: int
    output: int
    size: int
    stride: int
    dilation: int
    before: int

    @property
    def after(self) -> int:
        """Padding that the last window reads beyond the axis; never negative."""
        return max(self.reach - self.before - self.input, 0)

    @property
    def reach(self) -> int:
        """Elements of the padded axis from the first that a window reads to the last."""
        return (self.output - 1) * self.stride + (self.size - 1) * self.dilation + 1

    @property
    def inside(self) -> npt.NDArray[np.int64]:
        """How many elements of each window lie on the axis, int64 [output]; for a dilation of 1."""
        start = np.arange(self.output) * self.stride - self.before
        return np.asarray(np.minimum(start + self.size, self.input) - np.maximum(start, 0))


class Tile(NamedTuple):
    """A rectangle of windows. at: where its results lie in [n, rows, columns, c]. padded: what its windows read."""

    at: tuple[slice, slice, slice]
    padded: Values
    rows: Window
    columns: Window


def window(padding: str, size_in: int, size: int, stride: int, dilation: int = 1) -> Window:
    """The windows along one axis under TFLite's padding SAME or VALID (`ComputeOutSize` of padding.h)."""
    effective = (size - 1) * dilation + 1
    output = -(-size_in // stride) if padding == "SAME" else -(-(size_in - effective + 1) // stride)
    before = max((output - 1) * stride + effective - size_in, 0) // 2 if padding == "SAME" else 0
    return Window(size_in, output, size, stride, dilation, before)


def node_windows(node: Node, height: int, width: int, dilation_h: int = 1, dilation_w: int = 1,
                 multiplier: int = 1) -> tuple[Window, Window]:  # fmt: skip
    """Windows of height x width taps along rows and columns of input 0 [n, h, w, c], by the node's padding and strides.

    multiplier: how many channels are made of each of the input's. Raises UnsupportedError where a window has no size,
    does not fit, or reads far beyond the input.
    """
    a, x = node.attributes, node.input(0).shape
    steps = (height, width, a.stride_h, a.stride_w, dilation_h, dilation_w)
    if a.padding not in ("SAME", "VALID") or min(steps) < 1:
        raise unsupported(node, f"filter, stride and dilation {list(steps)} with padding {a.padding} slide nowhere")
    rows = window(a.padding, x[1], height, a.stride_h, dilation_h)
    columns = window(a.padding, x[2], width, a.stride_w, dilation_w)
    if rows.output < 1 or columns.output < 1:
        raise unsupported(node, f"a window of {height} x {width} does not fit into {x[1]} x {x[2]} elements")
    height, width = (axis.input + axis.before + axis.after for axis in (rows, columns))
    padded = x[0] * x[3] * multiplier * height * width
    if padded > MAX_ELEMENTS:
        why = (
            f"its windows reach so far beyond the input that they take {padded:,} elements of at most {MAX_ELEMENTS:,}"
        )
        raise unsupported(node, why, "use a smaller filter, dilation, multiplier or input")
    return rows, columns


def pad_windows(x: Values, rows: Window, columns: Window, value: float) -> Values:
    """x [n, h, w, c] with the border that the windows read filled with `value`; x itself where there is none."""
    if not (rows.before or rows.after or columns.before or columns.after):
        return x
    n, h, w, c = x.shape
    padded = np.full((n, rows.before + h + rows.after, columns.before + w + columns.after, c), value, x.dtype)
    padded[:, rows.before : rows.before + h, columns.before : columns.before + w] = x
    return padded


def im2col(padded: Values, rows: Window, columns: Window) -> Values:
    """The windows of `padded` [n, h, w, c] as rows: [n * rows.output * columns.output, taps * c]."""
    n, _, _, c = padded.shape
    image, line, pixel, element = padded.strides
    windows = as_strided(
        padded,
        (n, rows.output, columns.output, rows.size, columns.size, c),
        (image, line * rows.stride, pixel * columns.stride, line * rows.dilation, pixel * columns.dilation, element),
        writeable=False,
    )
    return np.ascontiguousarray(windows).reshape(n * rows.output * columns.output, rows.size * columns.size * c)


def sample_blocks(samples: int, elements: int) -> Iterator[slice]:
    """Slices of samples whose working arrays of `elements` per sample stay in the processor's second cache."""
    size = max(BLOCK_ELEMENTS // max(elements, 1), 1)
    return (slice(start, start + size) for start in range(0, samples, size))


def tiles(padded: Values, rows: Window, columns: Window, elements: int) -> Iterator[Tile]:
    """Tiles that cover all windows of `padded` [n, h, w, c], with working arrays of `elements` for each window; mostly
    one, of all windows.
    """
    most = max(TILE_ELEMENTS // max(len(padded) * elements, 1), 1)
    wide = min(columns.output, most)
    for down, lines, tall in _cuts(rows, max(most // wide, 1)):
        for across, pixels, narrow in _cuts(columns, wide):
            yield Tile((slice(None), down, across), padded[:, lines, pixels], tall, narrow)


def _cuts(axis: Window, count: int) -> Iterator[tuple[slice, slice, Window]]:
    """`count` windows at a time: which they are, what they read of the padded axis, and how they slide along that."""
    for first in range(0, axis.output, count):
        part = axis._replace(output=min(count, axis.output - first), before=0)
        start = first * axis.stride
        yield slice(first, first + count), slice(start, start + part.reach), part._replace(input=part.reach)


def tap_sums(padded: Values, rows: Window, columns: Window, weights: Values) -> Values:
    """Sums over each channel's window, [n, rows.output, columns.output, c], in the floating type of `padded`.

    padded: [n, h, w, c]; weights: [rows.size * columns.size, c]. Columns are first split by stride, so that the
    elements of one tap lie side by side and NumPy's inner loops run over whole rows.
    """
    n, height, _, c = padded.shape
    phases = [np.ascontiguousarray(padded[:, :, p :: columns.stride]).reshape(n, height, -1)
              for p in range(min(columns.stride, padded.shape[2]))]  # fmt: skip
    total = np.zeros((n, rows.output, columns.output * c), padded.dtype)
    product = np.empty_like(total)
    for k, weight in enumerate(_repeated(weights, columns.output)):
        i, j = divmod(k, columns.size)
        offset, phase = divmod(j * columns.dilation, columns.stride)
        top = i * rows.dilation
        lines = slice(top, top + (rows.output - 1) * rows.stride + 1, rows.stride)
        np.multiply(phases[phase][:, lines, offset * c : (offset + columns.output) * c], weight, out=product)
        np.add(total, product, out=total)
    return total.reshape(n, rows.output, columns.output, c)


def _repeated(weights: Values, count: int) -> Iterator[Values]:
    """Each row of `weights` so many times side by side."""
    together = max(TILE_ELEMENTS // max(count * weights.shape[1], 1), 1)
    for first in range(0, len(weights), together):
        yield from np.tile(weights[first : first + together], count)
