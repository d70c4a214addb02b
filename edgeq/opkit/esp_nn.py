"""Calls of ESP-NN's functions for layers that they compute to the simulator's bytes, on every core.

Functions for ESP32-S3 and ESP32-P4 were read, not run; layers for which they are reported or were found
to compute something else are left to edgeq's kernels. docs/vendor-kernels.md says which and why.
"""

from __future__ import annotations

from edgeq.opkit.convolution import groups
from edgeq.opkit.elementwise import fused_range
from edgeq.opkit.esp_nn_scratch import (
    VECTOR,
    asks_too_little,
    convolution_p4,
    convolution_s3,
    depthwise_s3,
    takes_lines,
)
from edgeq.opkit.kernel_call import KernelCall, Parameter, nested
from edgeq.opkit.libraries import ESP_NN
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

LARGEST_MEAN = 255  # elements of a window: the form for ESP32-S3 adds them up in 16 bits


def convolution(layer: Layer, r: Requantization | WideRequantization) -> KernelCall | None:
    """`esp_nn_conv_s8` of one image and one group, of at least 16 taps or of every pixel alone. Where lines of
    a filter fill no vector, the forms with vectors gather its taps, and look at the padding of each.
    """
    node, (rows, columns) = layer.node, layer.windows
    channels = node.input(0).shape[3]
    if not _convolves(layer, r) or groups(node) > 1:
        return None
    pointwise = (rows.size, columns.size, rows.stride, columns.stride) == (1, 1, 1, 1)
    if layer.taps < VECTOR and not pointwise:
        return None
    gathered = columns.size * channels < VECTOR <= layer.taps
    if not (_covers(rows, columns) if gathered else _pads_alike(rows, columns)):
        return None
    assert isinstance(r, Requantization)
    sizes = convolution_sizes(layer)
    scratch = max(convolution_s3(sizes), convolution_p4(sizes))
    return _call("conv_2d", _layer_fields(layer, r, channels), scratch)


def depthwise(layer: Layer, r: Requantization | WideRequantization) -> KernelCall | None:
    """`esp_nn_depthwise_conv_s8` of one image."""
    node, (rows, columns) = layer.node, layer.windows
    channels = node.input(0).shape[3]
    multiplier = layer.channels // channels
    if not _convolves(layer, r) or not _pads_alike(rows, columns):
        return None
    sizes = convolution_sizes(layer)
    if takes_lines(sizes, multiplier) and (rows.before or rows.after):
        return None  # lines of padding count as the zero point, not as 0
    if asks_too_little(sizes, multiplier):
        return None
    assert isinstance(r, Requantization)
    fields = _layer_fields(layer, r, 1) | {"layer.ch_mult": multiplier}
    return _call("depthwise_conv_2d", fields, depthwise_s3(sizes, multiplier))


def connected(layer: Layer, r: Requantization | WideRequantization) -> KernelCall | None:
    """`esp_nn_fully_connected_per_ch_s8` for each row of the input, all rows aligned."""
    node, depth = layer.node, layer.taps
    rows = node.output.size // layer.channels
    if not plain_int8(node, layer.channel_axis) or not sizes_fit((depth, layer.channels)):
        return None
    if depth < VECTOR or (rows > 1 and depth % VECTOR):
        return None
    if not requantizes_alike(node, layer.channel_axis, r):
        return None
    assert isinstance(r, Requantization)
    fields: Fields = {
        "rows": rows,
        "depth": depth,
        "neurons": layer.channels,
        "input_offset": -node.input(0).zero_point,
        "output_offset": r.zero_point,
        "activation_min": r.low,
        "activation_max": r.high,
        **nested("channels", channel_constants(node, r)),
        "weights": constant(node, 1),
    }
    return _call("fully_connected", fields)


def pool(node: Node, rows: Window, columns: Window) -> KernelCall | None:
    """`esp_nn_avg_pool_s8` or `esp_nn_max_pool_s8` of one image."""
    if node.output.dtype != "int8" or node.input(0).shape[0] != 1:
        return None
    channels = node.output.shape[3]
    if not sizes_fit([*window_sizes(rows, columns), channels]):
        return None
    if rows.size * columns.size > LARGEST_MEAN:
        return None
    low, high = fused_range(node)
    fields: Fields = {
        "input_width": columns.input,
        "input_height": rows.input,
        "output_width": columns.output,
        "output_height": rows.output,
        "stride_width": columns.stride,
        "stride_height": rows.stride,
        "filter_width": columns.size,
        "filter_height": rows.size,
        "pad_left": columns.before,
        "pad_top": rows.before,
        "channels": channels,
        "activation_min": low,
        "activation_max": high,
    }
    return _call(node.kind.lower(), fields, source="pool")


def _convolves(layer: Layer, r: Requantization | WideRequantization) -> bool:
    """Whether a convolution of one image is int8, not dilated, and within 16-bit sizes."""
    node, (rows, columns) = layer.node, layer.windows
    sizes = [*window_sizes(rows, columns), *node.input(0).shape, *node.output.shape]
    return (
        plain_int8(node, layer.channel_axis)
        and node.input(0).shape[0] == 1
        and rows.dilation == columns.dilation == 1
        and sizes_fit(sizes)
        and requantizes_alike(node, layer.channel_axis, r)
    )


def _covers(rows: Window, columns: Window) -> bool:
    """Whether an image, with what is before it, is as large as the filter: the form for ESP32-S3 takes a
    smaller one to have windows without padding.
    """
    return all(axis.input + axis.before >= axis.size for axis in (rows, columns))


def _pads_alike(rows: Window, columns: Window) -> bool:
    """Whether all forms of the library see the same padding: they are told what is before the image, and
    take as much behind it or find out by themselves.
    """
    if rows.before or columns.before:
        alike = all(axis.before == axis.after for axis in (rows, columns))
        return alike and (rows.before == columns.before or not (rows.size == columns.size == 3))
    return rows.after == 0 or (rows.size == 3 and rows.after == 1)


def _layer_fields(layer: Layer, r: Requantization, filter_channels: int) -> Fields:
    """The fields that the parameters of both convolutions have. filter_channels: of a filter."""
    node, (rows, columns) = layer.node, layer.windows
    convolution: Fields = {
        "in_offset": -node.input(0).zero_point,
        "out_offset": r.zero_point,
        **nested("stride", {"width": columns.stride, "height": rows.stride}),
        **nested("padding", {"width": columns.before, "height": rows.before}),
        **nested("dilation", {"width": 1, "height": 1}),
        **nested("activation", {"min": r.low, "max": r.high}),
    }
    return {
        **nested("input", _extent(columns.input, rows.input, node.input(0).shape[3])),
        **nested("filter", _extent(columns.size, rows.size, filter_channels)),
        **nested("output", _extent(columns.output, rows.output, layer.channels)),
        **nested("layer", convolution),
        **nested("channels", channel_constants(node, r)),
        "weights": constant(node, 1),
    }


def _extent(width: int, height: int, channels: int) -> dict[str, Parameter | None]:
    """The fields of a `data_dims_t`."""
    return {"width": width, "height": height, "channels": channels, "extra": 1}


def _call(name: str, fields: Fields, scratch: int = 0, source: str = "") -> KernelCall:
    return KernelCall(
        f"edgeq_{name}_{ESP_NN.suffix}",
        fields,
        scratch_bytes=scratch,
        source=f"{source or name}_{ESP_NN.suffix}",
        library=ESP_NN,
    )
