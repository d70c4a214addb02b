"""DEPTHWISE_CONV_2D: each output channel filters one input channel (TFLite integer_ops/depthwise_conv.h)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from edgeq.opkit.columns import columns_kernel, pairs_fit, tap_groups
from edgeq.opkit.contract import KernelCall, Node, Parameter, Shape, Values, WeightRole, constant, unsupported
from edgeq.opkit.convolution import (
    CONVOLUTION_TYPES,
    KERNELS,
    channel_bias,
    channel_parameters,
    checked_shape,
    folded_bias,
    geometry_parameters,
    input_magnitude,
    output_requantization,
)
from edgeq.opkit.float_convolution import depthwise_kernel, depthwise_shape, simulate_depthwise
from edgeq.opkit.float_weights import FLOAT_TYPES
from edgeq.opkit.legal import ONE_BY_ONE
from edgeq.opkit.output_stage import output_stage
from edgeq.opkit.packed import packed
from edgeq.opkit.planes import cut_planes, fits_3x3, plane_parameters
from edgeq.opkit.requantize import Dot, Integers, Requantization, prepare_dot
from edgeq.opkit.rows import RowForm
from edgeq.opkit.windows import Window, im2col, node_windows, pad_windows, sample_blocks, tap_sums, tiles


@dataclass(frozen=True)
class Attributes:
    """`depth_multiplier` must be what the shapes tell: TFLite ignores it, TFLM counts by it."""

    padding: str
    stride_h: int
    stride_w: int
    depth_multiplier: int
    dilation_h_factor: int = 1
    dilation_w_factor: int = 1
    fused_activation_function: str = "NONE"


TYPES = {**CONVOLUTION_TYPES, **FLOAT_TYPES}
OPTIONS = "DepthwiseConv2DOptions"
NEWEST_VERSION = 7
WEIGHTS = WeightRole(axis=3, rank=4)
VERSIONS = {("int8", "int8"): 3, ("int8", "int4"): 7, ("float32", "int8"): 6}
EQUAL_SCALES = True
BANDS = {4: 0.1, 2: 0.25, 1: 0.56}  # rows in a turn: how much slower than all, for 32 columns on a Cortex-M4


def windows(node: Node) -> tuple[Window, Window]:
    """How the filter slides along rows and columns."""
    a, filters = node.attributes, node.input(1).shape
    return node_windows(node, filters[1], filters[2], a.dilation_h_factor, a.dilation_w_factor, a.depth_multiplier)


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """x [n, h, w, c], filters [1, kh, kw, c * depth multiplier] -> [n, rows, columns, c * depth multiplier]."""
    x, w = node.input(0).shape, node.input(1).shape
    if len(x) != 4 or len(w) != 4:
        raise unsupported(node, f"it needs 4 dimensions, got input {list(x)} and filters {list(w)}")
    if w[0] != 1 or x[3] == 0 or w[3] == 0 or w[3] % x[3]:
        raise unsupported(node, f"filters {list(w)} are not a whole number for each of the {x[3]} input channels")
    said = node.attributes.depth_multiplier
    if said * x[3] != w[3]:
        raise unsupported(
            node, f"its depth_multiplier is {said}, its shapes make it {w[3] // x[3]}, and TFLM counts by it"
        )
    rows, columns = windows(node)
    shape = (x[0], rows.output, columns.output, w[3])
    if node.output.dtype == "float32":
        return depthwise_shape(node, shape)
    return checked_shape(node, shape, output_requantization)


@lru_cache(maxsize=256)
def _dot(node: Node) -> Dot:
    """Each channel's taps as the column of a matrix: the bound on its sums is that of a product."""
    taps = constant(node, 1).reshape(-1, node.output.shape[3])
    return prepare_dot(
        taps, channel_bias(node), node.input(0).zero_point, input_magnitude(node), output_requantization(node)
    )


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, n, h, w, c] -> [samples, n, rows, columns, channels] of its type; exact by the bound of `Dot`."""
    x = values[0]
    assert x is not None
    if x.dtype == np.float32:
        return simulate_depthwise(node, windows(node), x)
    dot, (rows, columns), shape = _dot(node), windows(node), node.output.shape
    images = x.reshape(-1, *x.shape[2:])
    y = np.empty((len(images), *shape[1:]), node.output.dtype)
    for block in sample_blocks(len(images), 2 * rows.output * columns.output * shape[3]):
        padded = pad_windows(images[block], rows, columns, node.input(0).zero_point).astype(dot.compute_dtype)
        repeated = padded if shape[3] == x.shape[4] else np.repeat(padded, shape[3] // x.shape[4], axis=3)
        for tile in tiles(repeated, rows, columns, 2 * shape[3]):
            y[block][tile.at] = dot.finish(tap_sums(tile.padded, tile.rows, tile.columns, dot.weights))
    return y.reshape(x.shape[0], *shape)


def columns(node: Node, x: Values) -> Values:
    """Of real x [samples, n, h, w, c] what each channel's taps are multiplied by: [c, positions, taps]."""
    rows, columns = windows(node)
    images = im2col(pad_windows(x.reshape(-1, *x.shape[2:]), rows, columns, 0), rows, columns)
    return images.reshape(len(images), -1, x.shape[-1]).transpose(2, 0, 1)


def macs(node: Node) -> int:
    """Multiply-accumulates: outputs times taps, padding counted."""
    return node.output.size * int(np.prod(node.input(1).shape[1:3]))


def work(node: Node) -> int:
    """What simulating takes, in multiply-accumulates of matrix products."""
    return ONE_BY_ONE * macs(node)


def kernel(node: Node) -> KernelCall:
    """The kernel of plain weights or its twin."""
    return packed(node, plain_kernel(node), windows(node))


@lru_cache(maxsize=256)
def plain_kernel(node: Node) -> KernelCall:
    """One channel after the other, or as a convolution where there is but one, else the general kernel."""
    if node.output.dtype == "float32":
        return depthwise_kernel(node, windows(node))
    r, (rows, columns) = output_requantization(node), windows(node)
    if not isinstance(r, Requantization):
        return general_kernel(node)
    stage, channels = output_stage(r, *sums(node)), node.input(0).shape[3]
    filters = constant(node, 1).transpose(3, 1, 2, 0)
    if stage is not None and channels == 1 and pairs_fit(tap_groups(filters.reshape(len(filters), -1))):
        return columns_kernel(node, rows, columns, filters, stage)
    if stage is None or channels != node.output.shape[3] or max(rows.dilation, columns.dilation) > 1:
        return general_kernel(node)
    return planes_kernel(node, stage)


def rows(node: Node) -> RowForm | None:
    """The kernel of 3x3 filters for a band of rows at a time, over which it spreads what it prepares for a channel."""
    height = windows(node)[0].output
    bands = {min(band, height): slower for band, slower in reversed(BANDS.items())}
    every = (band_rows(node, band, slower) for band, slower in sorted(bands.items(), reverse=True))
    forms = [form for form in every if form is not None]
    return replace(forms[0], narrower=tuple(forms[1:])) if forms else None


def band_rows(node: Node, band: int, slower: float) -> RowForm | None:
    """So many rows at a time."""
    whole, (by_rows, by_columns) = plain_kernel(node), windows(node)
    planes = cut_planes(by_rows._replace(output=band), by_columns)
    stage = {field: value for field, value in whole.parameters.items() if field.startswith("stage.")}
    if node.output.shape[0] != 1 or whole.source != "depthwise_conv_2d_3x3" or planes.turned:
        return None
    planes = replace(planes, lines=by_rows, band=band)
    call = KernelCall(
        "edgeq_depthwise_conv_2d_3x3_rows_s8",
        {**plane_parameters(node, planes), **stage},
        scratch_bytes=planes.bytes_3x3,
        source="depthwise_conv_2d_3x3_rows",
    )
    call = packed(node, call, (by_rows, by_columns))
    return RowForm(call, band, by_rows, ringed=True, slower=slower) if fits_3x3(planes, stage) else None


def sums(node: Node) -> tuple[Integers, Integers]:
    """Of each channel: the bias with the input's zero point folded in, and the largest |sum| of raw inputs."""
    magnitudes = np.abs(constant(node, 1).astype(np.int64))
    return folded_bias(node, 3).astype(np.int64), 128 * magnitudes.sum(axis=(0, 1, 2))


def planes_kernel(node: Node, stage: dict[str, Parameter | None]) -> KernelCall:
    """`edgeq_depthwise_conv_2d_3x3_s8` or `_planes_s8`, in place or apart: each channel's output lies on input that was
    read before.
    """
    planes = cut_planes(*windows(node))
    small = fits_3x3(planes, stage)
    source = "depthwise_conv_2d_3x3" if small else "depthwise_conv_2d_planes"
    return KernelCall(
        f"edgeq_{source}_s8",
        {**plane_parameters(node, planes), **stage},
        scratch_bytes=planes.bytes_3x3 if small else planes.buffer_bytes + planes.filter_bytes,
        overlap=(0,),
        source=source,
        exact=True,
    )


def general_kernel(node: Node) -> KernelCall:
    """`edgeq_depthwise_conv_2d_s8` or `_s16` with its geometry, weights and per-channel arithmetic."""
    dtype = node.output.dtype
    return KernelCall(
        f"edgeq_depthwise_conv_2d_{KERNELS[dtype]}",
        {
            **geometry_parameters(node, *windows(node)),
            "depth_multiplier": node.output.shape[3] // node.input(0).shape[3],
            **channel_parameters(node, 3, output_requantization(node)),
        },
        source="" if dtype == "int8" else "depthwise_conv_2d_s16",
    )
