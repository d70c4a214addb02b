"""AVERAGE_POOL_2D: the mean of each window's elements, ties away from zero (TFLite
integer_ops/pooling.h).
"""

from __future__ import annotations

import numpy as np

from edgeq.opkit import cmsis_nn, esp_nn, float_pooling, pooling
from edgeq.opkit.channels import Channels, channelwise
from edgeq.opkit.elementwise import fused_range
from edgeq.opkit.float_unary import is_float
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Shape, Values
from edgeq.opkit.pooling import (
    TYPES,
    Attributes,
    check_window,
    fold_windows,
    pool_call,
    windows,
    work,
)
from edgeq.opkit.rows import RowKernel, block_rows
from edgeq.opkit.windows import pad_windows

__all__ = ["TYPES", "Attributes", "channels", "kernel", "output_shapes", "rows", "simulate", "work"]
OPTIONS = "Pool2DOptions"
NEWEST_VERSION = 3

SAME_SCALE = True
HOMOGENEOUS = True
VERSIONS = {("int8",): 2, ("int16",): 3}
_LARGEST_WINDOW = {
    "int8": 1 << 22,
    "int16": (1 << 15) - 1,
}  # elements; mean.h divides sums below 2^30


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """x [n, h, w, c] -> [n, rows, columns, c]. Raises UnsupportedError for windows larger than
    LARGEST_WINDOW.
    """
    shapes = pooling.output_shapes(node)
    if not is_float(node):
        check_window(node, _LARGEST_WINDOW[node.output.dtype])
    return shapes


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, n, h, w, c] -> [samples, n, rows, columns, c] of the same type; padding is not
    counted.

    Quantized values are averaged directly, because input and output have the same scale and zero
    point.
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
    return (
        np.clip(mean, *fused_range(node))
        .astype(node.output.dtype)
        .reshape(x.shape[0], *node.output.shape)
    )


def channels(node: Node) -> Channels | None:
    """Those of the input."""
    return channelwise(node, rising=True)


def kernel(node: Node) -> KernelCall:
    """`edgeq_average_pool_2d_s8`, `_s16` or `_f32`."""
    return pool_call(node)


def _esp_nn(node: Node) -> KernelCall | None:
    return esp_nn.pool(node, *windows(node))


def _cmsis_nn(node: Node) -> KernelCall | None:
    return cmsis_nn.mean(node, *windows(node))


LIBRARY_CALLS = {"esp-nn": _esp_nn, "cmsis-nn": _cmsis_nn}


def rows(node: Node) -> RowKernel | None:
    """The row kernel, one row of windows per call, if windows do not overlap and need no padding."""
    return block_rows(node, windows(node), kernel)
