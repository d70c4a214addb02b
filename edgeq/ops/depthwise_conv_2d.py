"""DEPTHWISE_CONV_2D: each output channel is one filtered input channel (TFLite
integer_ops/depthwise_conv.h).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from edgeq.opkit import cmsis_nn, direct_kernels, esp_nn, im2col_kernels, per_channel_kernels
from edgeq.opkit import float_convolution_kernels as float_kernels
from edgeq.opkit.bias import channel_bias
from edgeq.opkit.channel_requantization import output_requantization
from edgeq.opkit.channels import Channels, filtered
from edgeq.opkit.contract import WeightRole
from edgeq.opkit.convolution import CONVOLUTION_TYPES, checked_shape, input_magnitude
from edgeq.opkit.dot_products import Dot, prepare_dot
from edgeq.opkit.epilogue import layer_epilogue
from edgeq.opkit.float_convolution import depthwise_shape, simulate_depthwise
from edgeq.opkit.float_weights import FLOAT_TYPES
from edgeq.opkit.im2col import dual_multiply_fits, tap_groups
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.legal import ONE_BY_ONE
from edgeq.opkit.node import Node, Shape, Values, constant, unsupported
from edgeq.opkit.per_channel import fits_3x3
from edgeq.opkit.per_channel_kernels import channel_layout
from edgeq.opkit.rows import RowKernel
from edgeq.opkit.variants import Fields, Kernels, Layer, Variant, kernel_call, packed_forms, stored
from edgeq.opkit.weight_storage import storage, table_count
from edgeq.opkit.windows import (
    Window,
    im2col,
    node_windows,
    pad_windows,
    sample_blocks,
    tap_sums,
    tiles,
)


@dataclass(frozen=True)
class Attributes:
    """Options. `depth_multiplier` must agree with the shapes: TFLite ignores it, TFLM uses it."""

    padding: str
    stride_h: int
    stride_w: int
    depth_multiplier: int
    dilation_h_factor: int = 1
    dilation_w_factor: int = 1
    fused_activation_function: str = "NONE"
    columns: tuple[int, ...] = ()


TYPES = {**CONVOLUTION_TYPES, **FLOAT_TYPES}
OPTIONS = "DepthwiseConv2DOptions"
NEWEST_VERSION = 7
WEIGHTS = WeightRole(axis=3, rank=4)
VERSIONS = {("int8", "int8"): 3, ("int8", "int4"): 7, ("float32", "int8"): 6}
EQUAL_SCALES = True
_BANDS = {
    4: 0.1,
    2: 0.25,
    1: 0.56,
}  # rows in a call: how much slower than all, for 32 columns on a Cortex-M4


def windows(node: Node) -> tuple[Window, Window]:
    """Geometry of the sliding window along height and width."""
    a, filters = node.attributes, node.input(1).shape
    return node_windows(
        node, filters[1], filters[2], a.dilation_h_factor, a.dilation_w_factor, a.depth_multiplier
    )


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """x [n, h, w, c], filters [1, kh, kw, c * depth multiplier] -> [n, rows, columns, c * depth
    multiplier].
    """
    x, w = node.input(0).shape, node.input(1).shape
    if len(x) != 4 or len(w) != 4:
        raise unsupported(node, f"it needs 4 dimensions, got input {list(x)} and filters {list(w)}")
    if w[0] != 1 or x[3] == 0 or w[3] == 0 or w[3] % x[3]:
        raise unsupported(
            node, f"filters {list(w)} are not a whole number for each of the {x[3]} input channels"
        )
    said = node.attributes.depth_multiplier
    if said * x[3] != w[3]:
        raise unsupported(
            node,
            f"its depth_multiplier is {said}, its shapes make it {w[3] // x[3]}, and TFLM counts by it",
        )
    rows, columns = windows(node)
    shape = (x[0], rows.output, columns.output, w[3])
    if node.output.dtype == "float32":
        return depthwise_shape(node, shape)
    return checked_shape(node, shape, output_requantization)


@lru_cache(maxsize=256)
def _dot(node: Node) -> Dot:
    """The weights as a matrix, a column for each channel, by which the range of accumulators is bounded."""
    taps = constant(node, 1).reshape(-1, node.output.shape[3])
    return prepare_dot(
        taps,
        channel_bias(node),
        node.input(0).zero_point,
        input_magnitude(node),
        output_requantization(node),
    )


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, n, h, w, c] -> [samples, n, rows, columns, channels] of the output's type.

    Sums are computed in floating point, exact because they are below the bound of `Dot`.
    """
    x = values[0]
    assert x is not None
    if x.dtype == np.float32:
        return simulate_depthwise(node, windows(node), x)
    dot, (rows, columns), shape = _dot(node), windows(node), node.output.shape
    images = x.reshape(-1, *x.shape[2:])
    y = np.empty((len(images), *shape[1:]), node.output.dtype)
    for block in sample_blocks(len(images), 2 * rows.output * columns.output * shape[3]):
        padded = pad_windows(images[block], rows, columns, node.input(0).zero_point).astype(
            dot.compute_dtype
        )
        repeated = (
            padded if shape[3] == x.shape[4] else np.repeat(padded, shape[3] // x.shape[4], axis=3)
        )
        for tile in tiles(repeated, rows, columns, 2 * shape[3]):
            y[block][tile.at] = dot.finish(
                tap_sums(tile.padded, tile.rows, tile.columns, dot.weights)
            )
    return y.reshape(x.shape[0], *shape)


def im2col_matrix(node: Node, x: Values) -> Values:
    """im2col of real x [samples, n, h, w, c], one group per channel: [c, positions, taps]."""
    rows, columns = windows(node)
    images = im2col(pad_windows(x.reshape(-1, *x.shape[2:]), rows, columns, 0), rows, columns)
    return images.reshape(len(images), -1, x.shape[-1]).transpose(2, 0, 1)


def channels(node: Node) -> Channels | None:
    """Filters with the channels of the input."""
    return filtered(node, any(w.before or w.after for w in windows(node)))


def macs(node: Node) -> int:
    """Multiply-accumulates: outputs times taps, padding included."""
    return node.output.size * int(np.prod(node.input(1).shape[1:3]))


def work(node: Node) -> int:
    """The simulation time, in multiply-accumulates of matrix products."""
    return ONE_BY_ONE * macs(node)


@lru_cache(maxsize=256)
def _epilogue(node: Node) -> Fields:
    """The proved requantization epilogue of int8 accumulators; empty if none is proved."""
    if node.output.dtype != "int8":
        return {}
    return layer_epilogue(node, WEIGHTS.axis, output_requantization(node))


def _layer(node: Node, band: int = 0) -> Layer:
    return Layer(node, WEIGHTS.axis, windows(node), _epilogue(node), band)


def _of(
    algorithm: str, activations: str = "int8", weights: str = "int8", by_rows: bool = False
) -> Variant:
    return Variant("DEPTHWISE_CONV_2D", algorithm, activations, weights, by_rows=by_rows)


KERNELS: Kernels = {
    _of("direct"): direct_kernels.DEPTHWISE,
    **packed_forms(_of("direct"), direct_kernels.PACKED_DEPTHWISE),
    _of("direct", "int16"): direct_kernels.DEPTHWISE_INT16,
    **packed_forms(_of("direct", "int16"), direct_kernels.PACKED_DEPTHWISE_INT16),
    _of("im2col"): im2col_kernels.WHOLE,
    **packed_forms(_of("im2col"), im2col_kernels.PACKED),
    _of("im2col", by_rows=True): im2col_kernels.ROWS,
    **packed_forms(_of("im2col", by_rows=True), im2col_kernels.PACKED_ROWS),
    _of("per channel"): per_channel_kernels.ANY_SIZE,
    **packed_forms(_of("per channel"), per_channel_kernels.PACKED_ANY_SIZE),
    _of("per channel", by_rows=True): per_channel_kernels.ROWS_ANY_SIZE,
    _of("3x3"): per_channel_kernels.SIZE_3X3,
    **packed_forms(_of("3x3"), per_channel_kernels.PACKED_3X3),
    _of("3x3", by_rows=True): per_channel_kernels.ROWS_3X3,
    **packed_forms(_of("3x3", by_rows=True), per_channel_kernels.PACKED_ROWS_3X3),
    _of("direct", "float32", "float32"): float_kernels.DEPTHWISE,
    _of("direct", "float32", "int8"): float_kernels.HYBRID_DEPTHWISE,
}


@lru_cache(maxsize=256)
def variant(node: Node) -> Variant:
    """The kernel variant: channel by channel if an epilogue is proved, or GEMM tiles for a single
    input channel; else the direct kernel, for which weights with several codebook tables are stored
    as int8.
    """
    x, weights = node.input(0).dtype, node.input(1).dtype
    if x == "float32":
        return _of("direct", x, weights)
    plain = _of(_algorithm(_layer(node)), x)
    if plain.algorithm == "direct" and table_count(node) > 1:
        return plain
    return stored(KERNELS, plain, storage(node, WEIGHTS.axis))


def _algorithm(layer: Layer) -> str:
    channels, (rows, columns) = layer.node.input(0).shape[3], layer.windows
    if not layer.epilogue:
        return "direct"
    filters = layer.filters(constant(layer.node, 1))
    if channels == 1 and dual_multiply_fits(tap_groups(filters)):
        return "im2col"
    if channels != layer.channels or max(rows.dilation, columns.dilation) > 1:
        return "direct"
    return "3x3" if fits_3x3(channel_layout(layer), layer.epilogue) else "per channel"


def kernel(node: Node) -> KernelCall:
    """The call of the variant's kernel for the whole output."""
    return kernel_call(KERNELS, variant(node), _layer(node))


def _esp_nn(node: Node) -> KernelCall | None:
    return esp_nn.depthwise(_layer(node), output_requantization(node))


def _cmsis_nn(node: Node) -> KernelCall | None:
    return cmsis_nn.depthwise(_layer(node), output_requantization(node))


LIBRARY_CALLS = {"esp-nn": _esp_nn, "cmsis-nn": _cmsis_nn}


def rows(node: Node) -> RowKernel | None:
    """The row kernel of a layer with one input channel, by im2col, or of other layers, which computes one
    channel after the other: a call computes a band of rows, which share the preparation of a channel.
    """
    tiled = replace(variant(node), by_rows=True)
    if tiled.algorithm == "im2col":
        call = kernel_call(KERNELS, tiled, _layer(node))
        one = node.output.shape[0] == 1
        return im2col_kernels.row_kernel(node, call, windows(node)) if one else None
    height = windows(node)[0].output
    bands = {min(band, height): slower for band, slower in reversed(_BANDS.items())}
    every = (_band_rows(node, band, slower) for band, slower in sorted(bands.items(), reverse=True))
    kernels = [found for found in every if found is not None]
    return replace(kernels[0], narrower=tuple(kernels[1:])) if kernels else None


def _band_rows(node: Node, band: int, slower: float) -> RowKernel | None:
    """The row kernel with `band` rows per call, None if there is none. slower: extra cost, relative
    to all rows in one call.
    """
    by_rows, layer = replace(variant(node), by_rows=True), _layer(node, band)
    layout = channel_layout(layer)
    if by_rows not in KERNELS or node.output.shape[0] != 1 or layout.turned:
        return None
    if by_rows.algorithm == "3x3" and not fits_3x3(layout, layer.epilogue):
        return None
    call = kernel_call(KERNELS, by_rows, layer)
    found = RowKernel(call, band, *layer.windows, line_buffered=True, slower=slower)
    return replace(found, over_first=band == 1)  # a channel is read before any of it is written
