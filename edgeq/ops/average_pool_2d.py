"""AVERAGE_POOL_2D: the mean of each window's elements, ties away from zero (TFLite integer_ops/pooling.h)."""

from __future__ import annotations

import numpy as np

from edgeq.opkit import float_pooling, pooling
from edgeq.opkit.contract import KernelCall, Node, Shape, Values
from edgeq.opkit.elementwise import fused_range
from edgeq.opkit.float_unary import is_float
from edgeq.opkit.pooling import (
    TYPES,
    Attributes,
    check_window,
    fold_windows,
    overlap,
    parameters,
    windows,
    work,
)
from edgeq.opkit.rows import RowForm, block_rows
from edgeq.opkit.windows import pad_windows

__all__ = ["TYPES", "Attributes", "kernel", "output_shapes", "rows", "simulate", "work"]
OPTIONS = "Pool2DOptions"
NEWEST_VERSION = 3

SAME_SCALE = True
HOMOGENEOUS = True
VERSIONS = {("int8",): 2, ("int16",): 3}
KERNELS = {"int8": "s8", "int16": "s16"}
LARGEST_WINDOW = {"int8": 1 << 22, "int16": (1 << 15) - 1}  # elements; mean.h divides sums below 2^30


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """x [n, h, w, c] -> [n, rows, columns, c]. Raises UnsupportedError for windows beyond LARGEST_WINDOW."""
    shapes = pooling.output_shapes(node)
    if not is_float(node):
        check_window(node, LARGEST_WINDOW[node.output.dtype])
    return shapes


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, n, h, w, c] -> [samples, n, rows, columns, c] of the same type; padding is not counted.

    The raw values are averaged: equal scales and zero points make that the mean of the real ones.
    """
    x = values[0]
    assert x is not None
    if is_float(node):
        return float_pooling.average(node, x)
    rows, columns = windows(node)
    padded = pad_windows(x.reshape(-1, *x.shape[2:]), rows, columns, 0)
    total = fold_windows(padded.astype(np.int32), rows, columns, np.add)
    count = np.outer(rows.inside, columns.inside).astype(np.int32)[:, :, None]
    mean: Values = np.sign(total) * ((np.abs(total) + count // 2) // count)
    return np.clip(mean, *fused_range(node)).astype(node.output.dtype).reshape(x.shape[0], *node.output.shape)


def kernel(node: Node) -> KernelCall:
    """`edgeq_average_pool_2d_s8`, `_s16` or `_f32`."""
    if is_float(node):
        return float_pooling.pool_call(node, "average_pool_2d_f32")
    suffix = KERNELS[node.output.dtype]
    source = f"average_pool_2d_{suffix}"
    return KernelCall(f"edgeq_{source}", parameters(node), overlap=overlap(node), source=source)


def rows(node: Node) -> RowForm | None:
    """One row of windows, where they do not overlap and read no padding."""
    return block_rows(node, windows(node)[0], kernel)
