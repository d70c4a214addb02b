"""Geometry of sliding windows, shared by convolutions and pooling (TFLite kernels/padding.h)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from edgeq.opkit.contract import Values


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
        reach = (self.output - 1) * self.stride + (self.size - 1) * self.dilation + 1
        return max(reach - self.before - self.input, 0)


def window(padding: str, size_in: int, size: int, stride: int, dilation: int = 1) -> Window:
    """The windows along one axis under TFLite's padding SAME or VALID (`ComputeOutSize` of padding.h)."""
    effective = (size - 1) * dilation + 1
    output = -(-size_in // stride) if padding == "SAME" else -(-(size_in - effective + 1) // stride)
    before = max((output - 1) * stride + effective - size_in, 0) // 2 if padding == "SAME" else 0
    return Window(size_in, output, size, stride, dilation, before)


def pad_windows(x: Values, rows: Window, columns: Window, value: int) -> Values:
    """x [n, h, w, c] with the border that the windows read filled with `value`; x itself where there is none."""
    if not (rows.before or rows.after or columns.before or columns.after):
        return x
    n, h, w, c = x.shape
    padded = np.full((n, rows.before + h + rows.after, columns.before + w + columns.after, c), value, x.dtype)
    padded[:, rows.before : rows.before + h, columns.before : columns.before + w] = x
    return padded


def tap(padded: Values, rows: Window, columns: Window, i: int, j: int) -> Values:
    """The element (i, j) of every window, [n, rows.output, columns.output, c]; a view of `padded`."""
    top, left = i * rows.dilation, j * columns.dilation
    bottom, right = top + (rows.output - 1) * rows.stride + 1, left + (columns.output - 1) * columns.stride + 1
    return padded[:, top : bottom : rows.stride, left : right : columns.stride]


def im2col(padded: Values, rows: Window, columns: Window, dtype: str) -> Values:
    """The windows as rows of a matrix, [n * rows.output * columns.output, rows.size * columns.size * c]."""
    n, c = padded.shape[0], padded.shape[3]
    matrix = np.empty((n, rows.output, columns.output, rows.size, columns.size, c), dtype)
    for i in range(rows.size):
        for j in range(columns.size):
            matrix[:, :, :, i, j] = tap(padded, rows, columns, i, j)
    return matrix.reshape(n * rows.output * columns.output, rows.size * columns.size * c)
