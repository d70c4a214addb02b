"""CONV_2D: y[f] = requantize(bias[f] + sum over a window of (x - x_zero_point) * w[f]) (TFLite
integer_ops/conv.h).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from edgeq.opkit import cmsis_nn, direct_kernels, esp_nn, im2col_kernels
from edgeq.opkit import float_convolution_kernels as float_kernels
from edgeq.opkit.bias import channel_bias
from edgeq.opkit.channel_requantization import output_requantization
from edgeq.opkit.channels import Channels, convolved
from edgeq.opkit.contract import WeightRole
from edgeq.opkit.convolution import (
    CONVOLUTION_TYPES,
    NARROW_TYPES,
    check_sum_width,
    checked_shape,
    groups,
    input_magnitude,
    narrow_sums,
)
from edgeq.opkit.dot_products import Dot, prepare_dot
from edgeq.opkit.epilogue import layer_epilogue
from edgeq.opkit.float_convolution import convolution_shape, simulate_convolution
from edgeq.opkit.float_weights import FLOAT_TYPES
from edgeq.opkit.im2col import dual_multiply_fits, tap_groups
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Shape, Values, constant, unsupported
from edgeq.opkit.rows import RowKernel
from edgeq.opkit.variants import (
    NARROW,
    Fields,
    Kernels,
    Layer,
    Variant,
    kernel_call,
    packed_forms,
    stored,
)
from edgeq.opkit.weight_storage import storage
from edgeq.opkit.windows import Window, im2col, node_windows, pad_windows, sample_blocks, tiles


@dataclass(frozen=True)
class Attributes:
    padding: str
    stride_h: int
    stride_w: int
    dilation_h_factor: int = 1
    dilation_w_factor: int = 1
    fused_activation_function: str = "NONE"
    columns: tuple[int, ...] = ()
    quantized_bias_type: str = "FLOAT32"


TYPES = {**CONVOLUTION_TYPES, **NARROW_TYPES, **FLOAT_TYPES}
OPTIONS = "Conv2DOptions"
NEWEST_VERSION = 8
WEIGHTS = WeightRole(axis=0, rank=4)
VERSIONS = {("int8", "int8"): 3, ("int8", "int4"): 7, ("float32", "int8"): 5}


def windows(node: Node) -> tuple[Window, Window]:
    """Geometry of the sliding window along height and width."""
    a, filters = node.attributes, node.input(1).shape
    return node_windows(node, filters[1], filters[2], a.dilation_h_factor, a.dilation_w_factor)


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """x [n, h, w, c], filters [f, kh, kw, c / groups] -> [n, rows, columns, f]."""
    x, w = node.input(0).shape, node.input(1).shape
    if len(x) != 4 or len(w) != 4:
        raise unsupported(node, f"it needs 4 dimensions, got input {list(x)} and filters {list(w)}")
    if w[3] == 0 or x[3] % w[3] or w[0] % max(x[3] // w[3], 1):
        raise unsupported(
            node,
            f"{w[0]} filters of {w[3]} channels do not divide {x[3]} input channels into groups",
        )
    check_sum_width(node)
    rows, columns = windows(node)
    shape = (x[0], rows.output, columns.output, w[0])
    if node.output.dtype == "float32":
        return convolution_shape(node, shape)
    return checked_shape(node, shape, output_requantization)


@lru_cache(maxsize=256)
def _dots(node: Node) -> tuple[Dot, ...]:
    """One matrix product for each group of filters."""
    filters, bias, whole = constant(node, 1), channel_bias(node), output_requantization(node)
    per_group = len(filters) // groups(node)
    parts = [slice(g * per_group, (g + 1) * per_group) for g in range(groups(node))]
    return tuple(
        prepare_dot(
            filters[part].reshape(per_group, -1).T,
            None if bias is None else bias[part],
            node.input(0).zero_point,
            input_magnitude(node),
            whole.channels(part),
        )
        for part in parts
    )


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, n, h, w, c] -> [samples, n, rows, columns, f] of the output's type.

    Sums are computed in floating point, exact because they are below the bound of `Dot`.
    """
    x = values[0]
    assert x is not None
    if x.dtype == np.float32:
        return simulate_convolution(node, windows(node), x)
    dots, depth = _dots(node), node.input(1).shape[3]
    images = x.reshape(-1, *x.shape[2:])
    parts = [
        _convolve(node, dot, images[..., g * depth : (g + 1) * depth]) for g, dot in enumerate(dots)
    ]
    y = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=3)
    return y.reshape(x.shape[0], *node.output.shape)


def _convolve(node: Node, dot: Dot, images: Values) -> Values:
    """images [n, h, w, channels per group] -> [n, rows, columns, filters per group]."""
    (rows, columns), zero_point = windows(node), node.input(0).zero_point
    largest = max(dot.weights.shape)
    y = np.empty(
        (len(images), rows.output, columns.output, dot.weights.shape[1]), node.output.dtype
    )
    for block in sample_blocks(len(images), rows.output * columns.output * largest):
        padded = pad_windows(images[block], rows, columns, zero_point).astype(dot.compute_dtype)
        for tile in tiles(padded, rows, columns, largest):
            part = y[block][tile.at]
            matrix = im2col(tile.padded, tile.rows, tile.columns)
            part[...] = dot.finish((matrix @ dot.weights).reshape(part.shape))
    return y


def im2col_matrix(node: Node, x: Values) -> Values:
    """im2col of real x [samples, n, h, w, c]: [groups, positions, taps], the values that a filter's
    taps are multiplied by.
    """
    (rows, columns), depth = windows(node), node.input(1).shape[3]
    padded = pad_windows(x.reshape(-1, *x.shape[2:]), rows, columns, 0)
    return np.stack(
        [
            im2col(padded[..., g * depth : (g + 1) * depth], rows, columns)
            for g in range(groups(node))
        ]
    )


def channels(node: Node) -> Channels | None:
    """Filters, and channels of the input where there is one group."""
    return convolved(node, any(w.before or w.after for w in windows(node)))


def macs(node: Node) -> int:
    """Multiply-accumulates: outputs times taps, padding included."""
    return node.output.size * int(np.prod(node.input(1).shape[1:]))


@lru_cache(maxsize=256)
def _epilogue(node: Node) -> Fields:
    """The proved requantization epilogue of the im2col kernels; empty if none is proved, or if the
    filters do not suit these kernels: grouped, or with neighbouring products that overflow int16.
    """
    if node.output.dtype != "int8" or groups(node) > 1:
        return {}
    filters = constant(node, 1)
    if not dual_multiply_fits(tap_groups(filters.reshape(len(filters), -1))):
        return {}
    return layer_epilogue(node, WEIGHTS.axis, output_requantization(node))


def _layer(node: Node) -> Layer:
    return Layer(node, WEIGHTS.axis, windows(node), _epilogue(node))


def _of(
    algorithm: str, activations: str = "int8", weights: str = "int8", by_rows: bool = False
) -> Variant:
    return Variant("CONV_2D", algorithm, activations, weights, by_rows=by_rows)


KERNELS: Kernels = {
    _of("direct"): direct_kernels.CONVOLUTION,
    **packed_forms(_of("direct"), direct_kernels.PACKED_CONVOLUTION),
    _of("direct", "int16"): direct_kernels.CONVOLUTION_INT16,
    **packed_forms(_of("direct", "int16"), direct_kernels.PACKED_CONVOLUTION_INT16),
    _of(NARROW, "int16"): direct_kernels.CONVOLUTION_NARROW,
    _of("im2col"): im2col_kernels.WHOLE,
    **packed_forms(_of("im2col"), im2col_kernels.PACKED),
    _of("im2col", by_rows=True): im2col_kernels.ROWS,
    **packed_forms(_of("im2col", by_rows=True), im2col_kernels.PACKED_ROWS),
    _of("direct", "float32", "float32"): float_kernels.CONVOLUTION,
    _of("direct", "float32", "int8"): float_kernels.HYBRID_CONVOLUTION,
    _of("neurons", "float32", "int8"): float_kernels.HYBRID_NEURONS,
}


def variant(node: Node) -> Variant:
    """The kernel variant: float weights directly; int8 filters on float activations four at a time;
    integers by GEMM tiles of four pixels if `_epilogue` proves one, else the direct kernel.
    """
    x, weights = node.input(0).dtype, node.input(1).dtype
    if x == "float32":
        together = weights == "int8" and groups(node) == 1 and node.output.shape[3] >= 4
        return _of("neurons" if together else "direct", x, weights)
    direct = NARROW if narrow_sums(node) else "direct"
    plain = _of("im2col" if _epilogue(node) else direct, x)
    return stored(KERNELS, plain, storage(node, WEIGHTS.axis))


def kernel(node: Node) -> KernelCall:
    """The call of the variant's kernel for the whole output."""
    return kernel_call(KERNELS, variant(node), _layer(node))


def _esp_nn(node: Node) -> KernelCall | None:
    return esp_nn.convolution(_layer(node), output_requantization(node))


def _cmsis_nn(node: Node) -> KernelCall | None:
    return cmsis_nn.convolution(_layer(node), output_requantization(node))


LIBRARY_CALLS = {"esp-nn": _esp_nn, "cmsis-nn": _cmsis_nn}


def rows(node: Node) -> RowKernel | None:
    """The row kernel of the im2col variant."""
    by_rows = replace(variant(node), by_rows=True)
    if by_rows not in KERNELS or node.output.shape[0] != 1:
        return None
    call = kernel_call(KERNELS, by_rows, _layer(node))
    return im2col_kernels.row_kernel(node, call, windows(node))
