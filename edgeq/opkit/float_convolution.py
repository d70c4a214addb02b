"""CONV_2D and DEPTHWISE_CONV_2D on float32 activations, with float32 or int8 weights.

Sources: TFLite's reference/conv.h (Conv, HybridConvPerChannel), optimized_ops.h (HybridConv, which
BUILTIN_REF runs where all filters share one scale), reference/depthwiseconv_float.h and
integer_ops/depthwise_conv.h (DepthwiseConvHybridPerChannel). The order in which the scales are
multiplied differs among them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from edgeq.opkit.convolution import groups
from edgeq.opkit.dynamic import quantize_asymmetric, quantize_symmetric, weights_for_sums
from edgeq.opkit.float_weights import (
    checked_float_shape,
    float_bias,
    is_hybrid,
    weight_scales,
)
from edgeq.opkit.floats import clamp, fused_bounds, products
from edgeq.opkit.node import Node, Shape, Values, constant, unsupported
from edgeq.opkit.windows import Window, im2col, pad_windows, sample_blocks, tap_sums, tiles

Windows = tuple[Window, Window]


def convolution_shape(node: Node, shape: Shape) -> tuple[Shape, ...]:
    """Returns the output's shape after checking that the layer is computable.

    Raises UnsupportedError for grouped int8 filters with a single scale, for which TFLite has no
    kernel.
    """
    shapes = checked_float_shape(node, shape, 0)
    if is_hybrid(node) and groups(node) > 1 and one_scale(node):
        raise unsupported(
            node, "its groups of int8 filters share one scale", "quantize its weights per channel"
        )
    return shapes


def depthwise_shape(node: Node, shape: Shape) -> tuple[Shape, ...]:
    """Returns the output's shape after checking that the layer is computable.

    Raises UnsupportedError for int8 weights without a scale for each channel, which TFLite
    requires.
    """
    shapes = checked_float_shape(node, shape, 3)
    if is_hybrid(node) and len(weight_scales(node)) != shape[-1]:
        raise unsupported(
            node,
            "its int8 weights have one scale for all channels",
            "quantize its weights per channel",
        )
    return shapes


def one_scale(node: Node) -> bool:
    """Whether TFLite treats int8 filters as quantized per tensor, and then quantizes the
    activations symmetrically.

    That includes equal scales written once for each filter: tflite-runtime 2.14 multiplies these by
    0, later versions by the scale.
    """
    return len(set(weight_scales(node).tolist())) == 1


@lru_cache(maxsize=64)
def _group_weights(node: Node) -> tuple[Values, ...]:
    """The weights of each group, [taps, filters], in the dtype in which they are multiplied."""
    filters = constant(node, 1)
    parts = [part.reshape(len(part), -1).T for part in np.split(filters, groups(node))]
    return tuple(weights_for_sums(part) if is_hybrid(node) else part for part in parts)


def simulate_convolution(node: Node, windows: Windows, x: Values) -> Values:
    """x float32 [samples, n, h, w, c] -> float32 [samples, n, rows, columns, f]."""
    images = x.reshape(-1, *x.shape[2:])
    if not is_hybrid(node):
        return _finished(node, _window_sums(node, windows, images), len(x))
    symmetric, flat = one_scale(node), images.reshape(len(images), -1)
    found = quantize_symmetric(flat) if symmetric else quantize_asymmetric(flat)
    y = _window_sums(node, windows, found.steps.reshape(images.shape)).astype(np.float32)
    scale, of_filter = found.scale[:, None, None, None], weight_scales(node)
    if symmetric:
        y *= scale * of_filter[0]
    else:
        y *= of_filter
        y *= scale
    return _finished(node, y, len(x))


def _finished(node: Node, sums: Values, samples: int) -> Values:
    sums += float_bias(node)
    return clamp(sums, *fused_bounds(node)).reshape(samples, *node.output.shape)


def _window_sums(node: Node, windows: Windows, images: Values) -> Values:
    """Accumulators of all filters for images [n, h, w, c]: [n, rows, columns, filters]."""
    depth, weights = node.input(1).shape[3], _group_weights(node)
    multiply = (
        np.matmul if is_hybrid(node) else products
    )  # whole numbers have the same sum in every order
    parts = [
        _group_sums(multiply, w, windows, images[..., g * depth : (g + 1) * depth])
        for g, w in enumerate(weights)
    ]
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=3)


def _group_sums(
    multiply: Callable[[Values, Values], Values], weights: Values, windows: Windows, images: Values
) -> Values:
    rows, columns = windows
    sums = np.empty((len(images), rows.output, columns.output, weights.shape[1]), weights.dtype)
    for block in sample_blocks(len(images), rows.output * columns.output * max(weights.shape)):
        for tile in tiles(
            pad_windows(images[block], rows, columns, 0), rows, columns, max(weights.shape)
        ):
            part = sums[block][tile.at]
            matrix = im2col(tile.padded, tile.rows, tile.columns).astype(weights.dtype, copy=False)
            part[...] = multiply(matrix, weights).reshape(part.shape)
    return sums


def simulate_depthwise(node: Node, windows: Windows, x: Values) -> Values:
    """x float32 [samples, n, h, w, c] -> float32 [samples, n, rows, columns, channels]."""
    images, weights = x.reshape(-1, *x.shape[2:]), constant(node, 1)
    taps = weights.reshape(-1, weights.shape[3])
    if not is_hybrid(node):
        return _finished(node, _channel_sums(node, windows, images, taps), len(x))
    found = quantize_asymmetric(images.reshape(len(images), -1))
    steps = found.steps.reshape(images.shape)
    y = _channel_sums(node, windows, steps, weights_for_sums(taps)).astype(np.float32)
    y *= weight_scales(node) * found.scale[:, None, None, None]
    return _finished(node, y, len(x))


def _channel_sums(node: Node, windows: Windows, images: Values, taps: Values) -> Values:
    """Accumulators of a depthwise convolution for images [n, h, w, c] and taps [taps, channels]:
    [n, rows, columns, channels], added in the order of the taps.
    """
    (rows, columns), channels = windows, node.output.shape[3]
    sums = np.empty((len(images), rows.output, columns.output, channels), taps.dtype)
    for block in sample_blocks(len(images), 2 * rows.output * columns.output * channels):
        padded = pad_windows(images[block], rows, columns, 0).astype(taps.dtype, copy=False)
        repeated = np.repeat(padded, channels // images.shape[3], axis=3)
        for tile in tiles(repeated, rows, columns, 2 * channels):
            with np.errstate(over="ignore", invalid="ignore"):
                sums[block][tile.at] = tap_sums(tile.padded, tile.rows, tile.columns, taps)
    return sums
