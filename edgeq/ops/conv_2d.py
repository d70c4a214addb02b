"""CONV_2D: y[f] = requantize(bias[f] + sum over a window of (x - x_zero_point) * w[f]) (TFLite integer_ops/conv.h)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from edgeq.opkit.contract import KernelCall, Node, Shape, Values, constant, unsupported
from edgeq.opkit.convolution import channel_parameters, output_requantization
from edgeq.opkit.requantize import Dot, prepare_dot
from edgeq.opkit.windows import Window, im2col, pad_windows, window


@dataclass(frozen=True)
class Attributes:
    padding: str = "SAME"
    stride_h: int = 1
    stride_w: int = 1
    dilation_h_factor: int = 1
    dilation_w_factor: int = 1
    fused_activation_function: str = "NONE"


TYPES = {("int8", "int8", "int32"): ("int8",), ("int8", "int8"): ("int8",)}


def windows(node: Node) -> tuple[Window, Window]:
    """How the filter slides along rows and columns."""
    a, x, w = node.attributes, node.input(0).shape, node.input(1).shape
    return (
        window(a.padding, x[1], w[1], a.stride_h, a.dilation_h_factor),
        window(a.padding, x[2], w[2], a.stride_w, a.dilation_w_factor),
    )


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """x [n, h, w, c], filters [f, kh, kw, c] -> [n, rows, columns, f]."""
    x, w = node.input(0).shape, node.input(1).shape
    if len(x) != 4 or len(w) != 4:
        raise unsupported(node, f"it needs 4 dimensions, got input {list(x)} and filters {list(w)}")
    if x[3] != w[3]:
        raise unsupported(node, f"grouped convolution: the input has {x[3]} channels, each filter {w[3]}")
    rows, columns = windows(node)
    return ((x[0], rows.output, columns.output, w[0]),)


@lru_cache(maxsize=256)
def _dot(node: Node) -> Dot:
    filters = constant(node, 1)
    bias = None if node.optional(2) is None else constant(node, 2)
    matrix = filters.reshape(filters.shape[0], -1).T
    return prepare_dot(matrix, bias, node.input(0).zero_point, 128, output_requantization(node))


def simulate(node: Node, *values: Values | None) -> Values:
    """x int8 [samples, n, h, w, c] -> int8 [samples, n, rows, columns, f]; exact by the bound of `Dot`."""
    x = values[0]
    assert x is not None
    dot, (rows, columns) = _dot(node), windows(node)
    images = x.reshape(-1, *x.shape[2:])
    if rows.size == columns.size == rows.stride == columns.stride == 1:
        matrix = images.reshape(-1, images.shape[3]).astype(dot.compute_dtype)
    else:
        matrix = im2col(pad_windows(images, rows, columns, node.input(0).zero_point), rows, columns, dot.compute_dtype)
    return dot(matrix).reshape(x.shape[0], *node.output.shape)


def macs(node: Node) -> int:
    """Multiply-accumulates: outputs times taps, padding counted."""
    return node.output.size * int(np.prod(node.input(1).shape[1:]))


def kernel(node: Node) -> KernelCall:
    """`edgeq_conv_2d_s8` with its geometry, weights and per-channel arithmetic."""
    x, w, y = node.input(0).shape, node.input(1).shape, node.output
    rows, columns = windows(node)
    return KernelCall(
        "edgeq_conv_2d_s8",
        {
            "batches": x[0],
            "input_height": x[1],
            "input_width": x[2],
            "input_channels": x[3],
            "output_height": rows.output,
            "output_width": columns.output,
            "output_channels": w[0],
            "filter_height": rows.size,
            "filter_width": columns.size,
            "stride_height": rows.stride,
            "stride_width": columns.stride,
            "dilation_height": rows.dilation,
            "dilation_width": columns.dilation,
            "pad_top": rows.before,
            "pad_left": columns.before,
            "input_zero_point": node.input(0).zero_point,
            "output_zero_point": y.zero_point,
            **channel_parameters(node, filters_axis=0),
        },
    )
