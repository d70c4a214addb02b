"""Pooling of float32 (TFLite reference/pooling.h): a window's elements row by row."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from edgeq.opkit.floats import LARGEST, clamp, fused_bounds
from edgeq.opkit.node import Node, Values
from edgeq.opkit.pooling import windows
from edgeq.opkit.windows import Window, pad_windows


def average(node: Node, x: Values) -> Values:
    """x float32 [samples, n, h, w, c] -> float32 means [samples, n, rows, columns, c]; padding is
    not counted.
    """
    return clamp(_mean(node, x), *fused_bounds(node)).reshape(x.shape[0], *node.output.shape)


def root_mean_square(node: Node, x: Values) -> Values:
    """x float32 [samples, n, h, w, c] -> the roots of mean squares [samples, n, rows, columns, c]."""
    with np.errstate(over="ignore"):
        y = np.sqrt(_mean(node, x * x))
    return clamp(y, *fused_bounds(node)).reshape(x.shape[0], *node.output.shape)


def _mean(node: Node, x: Values) -> Values:
    rows, columns = windows(node)
    y = np.zeros((x.shape[0] * x.shape[1], *node.output.shape[1:]), np.float32)
    for element in _elements(x, rows, columns, 0.0):
        y += element
    y /= np.outer(rows.inside, columns.inside).astype(np.float32)[:, :, None]
    return y


def largest(node: Node, x: Values) -> Values:
    """x float32 [samples, n, h, w, c] -> the largest [samples, n, rows, columns, c], of equals (0,
    -0) the first.
    """
    y = np.full((x.shape[0] * x.shape[1], *node.output.shape[1:]), -LARGEST, np.float32)
    for element in _elements(x, *windows(node), -LARGEST):
        np.copyto(y, element, where=y < element)
    return clamp(y, *fused_bounds(node)).reshape(x.shape[0], *node.output.shape)


def _elements(x: Values, rows: Window, columns: Window, border: float) -> Iterator[Values]:
    """The k-th element of all windows, [images, rows, columns, c], for each k; `border` where there
    is none.
    """
    padded = pad_windows(x.reshape(-1, *x.shape[2:]), rows, columns, border)
    height, width = ((axis.output - 1) * axis.stride + 1 for axis in (rows, columns))
    for i in range(rows.size):
        for j in range(columns.size):
            yield padded[:, i : i + height : rows.stride, j : j + width : columns.stride]
