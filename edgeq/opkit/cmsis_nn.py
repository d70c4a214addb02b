"""Calls of CMSIS-NN's functions for layers that they compute to the simulator's bytes, on cores with
Helium, with the DSP extension and with neither.
"""

from __future__ import annotations

from edgeq.opkit import cmsis_nn_scratch
from edgeq.opkit.bias import folded_bias
from edgeq.opkit.convolution import groups
from edgeq.opkit.elementwise import fused_range
from edgeq.opkit.kernel_call import KernelCall, Parameter, nested
from edgeq.opkit.libraries import CMSIS_NN
from edgeq.opkit.library_layer import (
    channel_constants,
    convolution_sizes,
    plain_int8,
    requantizes_alike,
    sizes_fit,
    window_sizes,
)
from edgeq.opkit.node import Node, constant
from edgeq.opkit.requantize import Requantization, WideRequantization
from edgeq.opkit.variants import Fields, Layer
from edgeq.opkit.windows import Window

LEAST_SCRATCH = 8  # bytes, where no core wants any: the kernels pass a pointer on
SIMD = cmsis_nn_scratch.SIMD


def convolution(layer: Layer, r: Requantization | WideRequantization) -> KernelCall | None:
    """`arm_convolve_wrapper_s8` of one group."""
    if not _convolves(layer, r) or groups(layer.node) > 1:
        return None
    assert isinstance(r, Requantization)
    sizes = convolution_sizes(layer)
    scratch = max(cmsis_nn_scratch.convolution(sizes, simd) for simd in SIMD)
    filters = _dims(layer.channels, *sizes.kernel, sizes.depth)
    return _call("conv_2d", _layer_fields(layer, r, filters), max(scratch, LEAST_SCRATCH))


def depthwise(layer: Layer, r: Requantization | WideRequantization) -> KernelCall | None:
    """`arm_depthwise_conv_wrapper_s8`."""
    if not _convolves(layer, r):
        return None
    assert isinstance(r, Requantization)
    sizes, images = convolution_sizes(layer), layer.node.input(0).shape[0]
    scratch = max(cmsis_nn_scratch.depthwise(sizes, simd, images) for simd in SIMD)
    fields = _layer_fields(layer, r, _dims(1, *sizes.kernel, layer.channels))
    fields["layer.ch_mult"] = layer.channels // sizes.depth
    return _call("depthwise_conv_2d", fields, max(scratch, LEAST_SCRATCH))


def connected(layer: Layer, r: Requantization | WideRequantization) -> KernelCall | None:
    """`arm_fully_connected_per_channel_s8`."""
    node, depth = layer.node, layer.taps
    rows = node.output.size // layer.channels
    if not plain_int8(node, layer.channel_axis) or not sizes_fit((depth, layer.channels, rows)):
        return None
    if not requantizes_alike(node, layer.channel_axis, r):
        return None
    assert isinstance(r, Requantization)
    offsets: Fields = {
        "input_offset": -node.input(0).zero_point,
        "filter_offset": 0,
        "output_offset": r.zero_point,
        **nested("activation", {"min": r.low, "max": r.high}),
    }
    fields: Fields = {
        **nested("layer", offsets),
        **nested("input", _dims(rows, 1, 1, depth)),
        **nested("filter", _dims(depth, 1, 1, layer.channels)),
        **nested("output", _dims(rows, 1, 1, layer.channels)),
        **nested("channels", channel_constants(node, r)),
        "sums": folded_bias(node, layer.channel_axis),
        "weights": constant(node, 1),
    }
    return _call("fully_connected", fields)


def mean(node: Node, rows: Window, columns: Window) -> KernelCall | None:
    """`arm_avgpool_s8`."""
    scratch = max(cmsis_nn_scratch.average_pool(node.output.shape[3], simd) for simd in SIMD)
    return _pool(node, rows, columns, scratch)


def largest(node: Node, rows: Window, columns: Window) -> KernelCall | None:
    """`arm_max_pool_s8`."""
    return _pool(node, rows, columns, 0)


def _pool(node: Node, rows: Window, columns: Window, scratch: int) -> KernelCall | None:
    images, channels = node.output.shape[0], node.output.shape[3]
    if node.output.dtype != "int8" or not sizes_fit(
        [*window_sizes(rows, columns), images, channels]
    ):
        return None
    low, high = fused_range(node)
    layer: Fields = {**_steps(rows, columns), **nested("activation", {"min": low, "max": high})}
    fields: Fields = {
        **nested("layer", layer),
        **nested("input", _dims(images, rows.input, columns.input, channels)),
        **nested("filter", _dims(1, rows.size, columns.size, 1)),
        **nested("output", _dims(images, rows.output, columns.output, channels)),
    }
    return _call(node.kind.lower(), fields, scratch)


def _convolves(layer: Layer, r: Requantization | WideRequantization) -> bool:
    """Whether a convolution is int8, not dilated, and within 16-bit sizes."""
    node, (rows, columns) = layer.node, layer.windows
    sizes = [*window_sizes(rows, columns), *node.input(0).shape, *node.output.shape]
    return (
        plain_int8(node, layer.channel_axis)
        and rows.dilation == columns.dilation == 1
        and sizes_fit(sizes)
        and requantizes_alike(node, layer.channel_axis, r)
    )


def _layer_fields(layer: Layer, r: Requantization, filters: dict[str, Parameter | None]) -> Fields:
    """The fields that the parameters of both convolutions have. filters: their `cmsis_nn_dims`."""
    node, (rows, columns) = layer.node, layer.windows
    images, _, _, channels = node.input(0).shape
    convolution: Fields = {
        "input_offset": -node.input(0).zero_point,
        "output_offset": r.zero_point,
        **_steps(rows, columns),
        **nested("dilation", {"w": 1, "h": 1}),
        **nested("activation", {"min": r.low, "max": r.high}),
    }
    return {
        **nested("layer", convolution),
        **nested("input", _dims(images, rows.input, columns.input, channels)),
        **nested("filter", filters),
        **nested("output", _dims(images, rows.output, columns.output, layer.channels)),
        **nested("channels", channel_constants(node, r)),
        "weights": constant(node, 1),
    }


def _steps(rows: Window, columns: Window) -> dict[str, Parameter | None]:
    return {
        **nested("stride", {"w": columns.stride, "h": rows.stride}),
        **nested("padding", {"w": columns.before, "h": rows.before}),
    }


def _dims(n: int, h: int, w: int, c: int) -> dict[str, Parameter | None]:
    """The fields of a `cmsis_nn_dims`."""
    return {"n": n, "h": h, "w": w, "c": c}


def _call(name: str, fields: Fields, scratch: int = 0) -> KernelCall:
    source = f"{name}_{CMSIS_NN.suffix}"
    return KernelCall(
        f"edgeq_{source}", fields, scratch_bytes=scratch, source=source, library=CMSIS_NN
    )
