"""MAX_POOL_2D: the largest element of each window, padding left out (TFLite integer_ops/pooling.h)."""

from __future__ import annotations

import numpy as np

from edgeq.fixedpoint import LIMITS
from edgeq.opkit import cmsis_nn, esp_nn, float_pooling
from edgeq.opkit.channels import Channels, channelwise
from edgeq.opkit.elementwise import fused_range
from edgeq.opkit.float_unary import is_float
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Values
from edgeq.opkit.pooling import (
    TYPES,
    Attributes,
    fold_windows,
    output_shapes,
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


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, n, h, w, c] -> [samples, n, rows, columns, c] of the same type."""
    x = values[0]
    assert x is not None
    if is_float(node):
        return float_pooling.largest(node, x)
    rows, columns = windows(node)
    padded = pad_windows(x.reshape(-1, *x.shape[2:]), rows, columns, LIMITS[node.output.dtype][0])
    largest = fold_windows(padded, rows, columns, np.maximum)
    return np.clip(largest, *fused_range(node), out=largest).reshape(x.shape[0], *node.output.shape)


def channels(node: Node) -> Channels | None:
    """Those of the input."""
    return channelwise(node, rising=True)


def kernel(node: Node) -> KernelCall:
    """`edgeq_max_pool_2d_s8`, `_s16` or `_f32`."""
    return pool_call(node)


def _esp_nn(node: Node) -> KernelCall | None:
    return esp_nn.pool(node, *windows(node))


def _cmsis_nn(node: Node) -> KernelCall | None:
    return cmsis_nn.largest(node, *windows(node))


LIBRARY_CALLS = {"esp-nn": _esp_nn, "cmsis-nn": _cmsis_nn}


def rows(node: Node) -> RowKernel | None:
    """The row kernel, one row of windows per call, if windows do not overlap and need no padding."""
    return block_rows(node, windows(node), kernel)
