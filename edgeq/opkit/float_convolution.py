"""CONV_2D and DEPTHWISE_CONV_2D on float32 activations, with float32 or int8 weights.

Sources: TFLite's reference/conv.h (Conv, HybridConvPerChannel), optimized_ops.h (HybridConv, which BUILTIN_REF runs
where all filters share one scale), reference/depthwiseconv_float.h and integer_ops/depthwise_conv.h
(DepthwiseConvHybridPerChannel). The order in which the scales are multiplied differs among them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from edgeq.opkit.contract import KernelCall, Node, Parameter, Shape, Values, constant, unsupported
from edgeq.opkit.convolution import geometry_parameters, groups
from edgeq.opkit.dynamic import quantize_asymmetric, quantize_symmetric, weights_for_sums
from edgeq.opkit.float_weights import (
    bounds_parameters,
    checked_float_shape,
    float_bias,
    is_hybrid,
    unit_parameters,
    weight_scales,
    weight_sums,
    written_last,
)
from edgeq.opkit.floats import clamp, fused_bounds, products
from edgeq.opkit.windows import Window, im2col, pad_windows, sample_blocks, tap_sums, tiles

Windows = tuple[Window, Window]


def convolution_shape(node: Node, shape: Shape) -> tuple[Shape, ...]:
    """The output's shape; groups must have a scale for each filter, as TFLite has no kernel for other hybrid groups."""
    shapes = checked_float_shape(node, shape, 0)
    if is_hybrid(node) and groups(node) > 1 and _one_scale(node):
        raise unsupported(node, "its groups of int8 filters share one scale", "quantize its weights per channel")
    return shapes


def depthwise_shape(node: Node, shape: Shape) -> tuple[Shape, ...]:
    """The output's shape; int8 weights must have a scale for each channel, as TFLite reads one."""
    shapes = checked_float_shape(node, shape, 3)
    if is_hybrid(node) and len(weight_scales(node)) != shape[-1]:
        raise unsupported(node, "its int8 weights have one scale for all channels", "quantize its weights per channel")
    return shapes


def _one_scale(node: Node) -> bool:
    """Whether TFLite takes the weights as quantized per tensor, and the activations symmetrically.

    Of equal scales for each filter too, but tflite-runtime 2.14 then multiplies by 0; later versions by the scale.
    """
    return len(set(weight_scales(node).tolist())) == 1


@lru_cache(maxsize=64)
def _group_weights(node: Node) -> tuple[Values, ...]:
    """Of each group: [taps, filters] in the type in which they are multiplied."""
    filters = constant(node, 1)
    parts = [part.reshape(len(part), -1).T for part in np.split(filters, groups(node))]
    return tuple(weights_for_sums(part) if is_hybrid(node) else part for part in parts)


def simulate_convolution(node: Node, windows: Windows, x: Values) -> Values:
    """x float32 [samples, n, h, w, c] -> float32 [samples, n, rows, columns, f]."""
    images = x.reshape(-1, *x.shape[2:])
    if not is_hybrid(node):
        return _finished(node, _window_sums(node, windows, images), len(x))
    symmetric, flat = _one_scale(node), images.reshape(len(images), -1)
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
    """images [n, h, w, c] -> the sums of products of all filters [n, rows, columns, f]."""
    depth, weights = node.input(1).shape[3], _group_weights(node)
    multiply = np.matmul if is_hybrid(node) else products  # whole numbers have the same sum in every order
    parts = [_group_sums(multiply, w, windows, images[..., g * depth : (g + 1) * depth]) for g, w in enumerate(weights)]
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=3)


def _group_sums(multiply: Callable[[Values, Values], Values], weights: Values, windows: Windows,
                images: Values) -> Values:  # fmt: skip
    rows, columns = windows
    sums = np.empty((len(images), rows.output, columns.output, weights.shape[1]), weights.dtype)
    for block in sample_blocks(len(images), rows.output * columns.output * max(weights.shape)):
        for tile in tiles(pad_windows(images[block], rows, columns, 0), rows, columns, max(weights.shape)):
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
    """images [n, h, w, c], taps [taps, channels] -> [n, rows, columns, channels], in the order of the taps."""
    (rows, columns), channels = windows, node.output.shape[3]
    sums = np.empty((len(images), rows.output, columns.output, channels), taps.dtype)
    for block in sample_blocks(len(images), 2 * rows.output * columns.output * channels):
        padded = pad_windows(images[block], rows, columns, 0).astype(taps.dtype, copy=False)
        repeated = np.repeat(padded, channels // images.shape[3], axis=3)
        for tile in tiles(repeated, rows, columns, 2 * channels):
            with np.errstate(over="ignore", invalid="ignore"):
                sums[block][tile.at] = tap_sums(tile.padded, tile.rows, tile.columns, taps)
    return sums


def convolution_kernel(node: Node, windows: Windows) -> KernelCall:
    """`edgeq_conv_2d_f32`, `_hybrid_units`, or of groups or fewer than 4 filters `_hybrid`."""
    filters = node.input(1).shape
    if is_hybrid(node) and groups(node) == 1 and filters[0] >= 4:
        return _units_kernel(node, windows)
    fields: dict[str, Parameter | None] = {
        **geometry_parameters(node, *windows),
        "filter_channels": filters[3],
        "groups": groups(node),
        "group_filters": filters[0] // groups(node),
        **bounds_parameters(node),
    }
    if not is_hybrid(node):
        return _float_call("conv_2d_f32", node, fields)
    weights = constant(node, 1)
    fields |= {"symmetric": int(_one_scale(node)), "weights": weights, "weight_sum": weight_sums(weights, 0)}
    return _hybrid_call("conv_2d_hybrid", node, fields)


def _units_kernel(node: Node, windows: Windows) -> KernelCall:
    filters, (batches, *image) = constant(node, 1), node.input(0).shape
    matrix, image_bytes = filters.reshape(len(filters), -1), -(-int(np.prod(image)) // 4) * 4
    direct = windows[0].size == windows[1].size == 1 and matrix.shape[1] % 4 == 0
    one = _one_scale(node)
    layer = unit_parameters(node, matrix, one, one, fused_bounds(node))
    return KernelCall(
        "edgeq_conv_2d_hybrid_units",
        {**geometry_parameters(node, *windows), "image_bytes": image_bytes, "direct": int(direct), **layer},
        scratch_bytes=image_bytes + (0 if direct else -(-matrix.shape[1] // 4) * 4),
        overlap=written_last(node, batches),
        source="conv_2d_hybrid_units",
    )


def depthwise_kernel(node: Node, windows: Windows) -> KernelCall:
    """`edgeq_depthwise_conv_2d_f32` or `edgeq_depthwise_conv_2d_hybrid`."""
    multiplier = node.output.shape[3] // node.input(0).shape[3]
    fields: dict[str, Parameter | None] = {
        **geometry_parameters(node, *windows),
        "depth_multiplier": multiplier,
        **bounds_parameters(node),
    }
    if not is_hybrid(node):
        return _float_call("depthwise_conv_2d_f32", node, fields)
    return _hybrid_call("depthwise_conv_2d_hybrid", node, {**fields, "weights": constant(node, 1)})


def _float_call(source: str, node: Node, fields: dict[str, Parameter | None]) -> KernelCall:
    parameters = {**fields, "weights": constant(node, 1), "bias": float_bias(node)}
    return KernelCall(f"edgeq_{source}", parameters, source=source)


def _hybrid_call(source: str, node: Node, fields: dict[str, Parameter | None]) -> KernelCall:
    batches = node.input(0).shape[0]
    return KernelCall(
        f"edgeq_{source}",
        {**fields, "weight_scale": weight_scales(node), "bias": float_bias(node)},
        scratch_bytes=node.input(0).size // max(batches, 1),
        overlap=written_last(node, batches),
        source=source,
    )
