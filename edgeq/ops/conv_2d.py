"""CONV_2D: y[f] = requantize(bias[f] + sum over a window of (x - x_zero_point) * w[f]) (TFLite integer_ops/conv.h)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from edgeq.opkit.columns import columns_kernel, pairs_fit, tap_groups
from edgeq.opkit.contract import KernelCall, Node, Shape, Values, WeightRole, constant, unsupported
from edgeq.opkit.convolution import (
    CONVOLUTION_TYPES,
    KERNELS,
    channel_bias,
    channel_parameters,
    check_sum_width,
    checked_shape,
    folded_bias,
    geometry_parameters,
    groups,
    input_magnitude,
    output_requantization,
)
from edgeq.opkit.float_convolution import convolution_kernel, convolution_shape, simulate_convolution
from edgeq.opkit.float_weights import FLOAT_TYPES
from edgeq.opkit.output_stage import output_stage
from edgeq.opkit.packed import packed
from edgeq.opkit.requantize import Dot, Integers, Requantization, prepare_dot
from edgeq.opkit.rows import RowForm, full_groups
from edgeq.opkit.windows import Window, im2col, node_windows, pad_windows, sample_blocks, tiles


@dataclass(frozen=True)
class Attributes:
    padding: str
    stride_h: int
    stride_w: int
    dilation_h_factor: int = 1
    dilation_w_factor: int = 1
    fused_activation_function: str = "NONE"
    quantized_bias_type: str = "FLOAT32"


TYPES = {**CONVOLUTION_TYPES, **FLOAT_TYPES}
OPTIONS = "Conv2DOptions"
NEWEST_VERSION = 8
WEIGHTS = WeightRole(axis=0, rank=4)
VERSIONS = {("int8", "int8"): 3, ("int8", "int4"): 7, ("float32", "int8"): 5}


def windows(node: Node) -> tuple[Window, Window]:
    """How the filter slides along rows and columns."""
    a, filters = node.attributes, node.input(1).shape
    return node_windows(node, filters[1], filters[2], a.dilation_h_factor, a.dilation_w_factor)


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """x [n, h, w, c], filters [f, kh, kw, c / groups] -> [n, rows, columns, f]."""
    x, w = node.input(0).shape, node.input(1).shape
    if len(x) != 4 or len(w) != 4:
        raise unsupported(node, f"it needs 4 dimensions, got input {list(x)} and filters {list(w)}")
    if w[3] == 0 or x[3] % w[3] or w[0] % max(x[3] // w[3], 1):
        raise unsupported(node, f"{w[0]} filters of {w[3]} channels do not divide {x[3]} input channels into groups")
    check_sum_width(node)
    rows, columns = windows(node)
    shape = (x[0], rows.output, columns.output, w[0])
    if node.output.dtype == "float32":
        return convolution_shape(node, shape)
    return checked_shape(node, shape, output_requantization)


@lru_cache(maxsize=256)
def _dots(node: Node) -> tuple[Dot, ...]:
    """One product for each group."""
    filters, bias, whole = constant(node, 1), channel_bias(node), output_requantization(node)
    per_group = len(filters) // groups(node)
    parts = [slice(g * per_group, (g + 1) * per_group) for g in range(groups(node))]
    return tuple(
        prepare_dot(filters[part].reshape(per_group, -1).T, None if bias is None else bias[part],
                    node.input(0).zero_point, input_magnitude(node), whole.channels(part))
        for part in parts
    )  # fmt: skip


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, n, h, w, c] -> [samples, n, rows, columns, f] of its type; exact by the bound of `Dot`."""
    x = values[0]
    assert x is not None
    if x.dtype == np.float32:
        return simulate_convolution(node, windows(node), x)
    dots, depth = _dots(node), node.input(1).shape[3]
    images = x.reshape(-1, *x.shape[2:])
    parts = [_convolve(node, dot, images[..., g * depth : (g + 1) * depth]) for g, dot in enumerate(dots)]
    y = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=3)
    return y.reshape(x.shape[0], *node.output.shape)


def _convolve(node: Node, dot: Dot, images: Values) -> Values:
    """images [n, h, w, channels of a group] -> [n, rows, columns, filters of the group]."""
    (rows, columns), zero_point = windows(node), node.input(0).zero_point
    largest = max(dot.weights.shape)
    y = np.empty((len(images), rows.output, columns.output, dot.weights.shape[1]), node.output.dtype)
    for block in sample_blocks(len(images), rows.output * columns.output * largest):
        padded = pad_windows(images[block], rows, columns, zero_point).astype(dot.compute_dtype)
        for tile in tiles(padded, rows, columns, largest):
            part = y[block][tile.at]
            matrix = im2col(tile.padded, tile.rows, tile.columns)
            part[...] = dot.finish((matrix @ dot.weights).reshape(part.shape))
    return y


def columns(node: Node, x: Values) -> Values:
    """Of real x [samples, n, h, w, c] what the filters' taps are multiplied by: [groups, positions, taps]."""
    (rows, columns), depth = windows(node), node.input(1).shape[3]
    padded = pad_windows(x.reshape(-1, *x.shape[2:]), rows, columns, 0)
    return np.stack([im2col(padded[..., g * depth : (g + 1) * depth], rows, columns) for g in range(groups(node))])


def macs(node: Node) -> int:
    """Multiply-accumulates: outputs times taps, padding counted."""
    return node.output.size * int(np.prod(node.input(1).shape[1:]))


def kernel(node: Node) -> KernelCall:
    """The kernel of plain weights or its twin."""
    return packed(node, plain_kernel(node), windows(node))


@lru_cache(maxsize=256)
def plain_kernel(node: Node) -> KernelCall:
    """Four pixels at a time where `output_stage` finds its arithmetic and the weights suit it, else the general one."""
    if node.output.dtype == "float32":
        return convolution_kernel(node, windows(node))
    r, dense = output_requantization(node), groups(node) == 1
    stage = None
    if dense and isinstance(r, Requantization) and pairs_fit(filter_groups(node)):
        stage = output_stage(r, *sums(node))
    if stage is None:
        return general_kernel(node)
    return columns_kernel(node, *windows(node), constant(node, 1), stage)


def rows(node: Node) -> RowForm | None:
    """The kernel of columns for so many rows that nearly always all of its four pixels are filled."""
    call = plain_kernel(node)
    if call.source != "conv_2d_columns" or node.output.shape[0] != 1:
        return None
    by_rows = replace(call, function="edgeq_conv_2d_columns_rows_s8", source="conv_2d_columns_rows", overlap=(None,))
    by_rows = packed(node, by_rows, windows(node))
    return RowForm(by_rows, full_groups(node.output.shape[2], 4), windows(node)[0], ringed=True)


def filter_groups(node: Node) -> Values:
    """The filters as the kernel of columns reads them: int8 [filters, groups, 4]."""
    filters = constant(node, 1)
    return tap_groups(filters.reshape(len(filters), -1))


def sums(node: Node) -> tuple[Integers, Integers]:
    """Of each channel: the bias with the input's zero point folded in, and the largest |sum| of raw inputs."""
    filters = constant(node, 1).astype(np.int64)
    return folded_bias(node, 0).astype(np.int64), 128 * np.abs(filters).reshape(len(filters), -1).sum(axis=1)


def general_kernel(node: Node) -> KernelCall:
    """`edgeq_conv_2d_s8` or `_s16` with its geometry, weights and per-channel arithmetic."""
    filters, dtype = node.input(1).shape, node.output.dtype
    return KernelCall(
        f"edgeq_conv_2d_{KERNELS[dtype]}",
        {
            **geometry_parameters(node, *windows(node)),
            "filter_channels": filters[3],
            "groups": groups(node),
            "group_filters": filters[0] // groups(node),
            **channel_parameters(node, 0, output_requantization(node)),
        },
        source="" if dtype == "int8" else "conv_2d_s16",
    )
