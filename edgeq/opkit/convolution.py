"""What CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED share: scales and bias of each output channel."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from edgeq.errors import ModelError
from edgeq.fixedpoint import activation_range, wrap_int32
from edgeq.opkit.contract import Node, Parameter, Values, constant, describe, unsupported
from edgeq.opkit.requantize import Requantization, channel_multipliers
from edgeq.opkit.windows import Window


def output_requantization(node: Node) -> Requantization:
    """Accumulator to output, per channel x_scale * w_scale / y_scale in float64.

    Source: kernel_util.cc, PopulateConvolutionQuantizationParams.
    """
    scales = weight_scales(node)
    return requantization(node, np.float64(node.input(0).scale) * scales / np.float64(node.output.scale))


def weight_scales(node: Node) -> npt.NDArray[np.float64]:
    """float64, one entry or one for each output channel."""
    w, channels = node.input(1), node.output.shape[-1]
    if w.quantization is None or any(w.quantization.zero_point):
        raise unsupported(node, "its weights are not symmetric (zero point 0)")
    scales = np.array(w.quantization.scale, np.float64)
    if len(scales) not in (1, channels):
        raise ModelError(
            f"{describe(node)} has {len(scales)} weight scales",
            f"it has {channels} output channels",
            "convert the model again",
        )
    return scales


def requantization(node: Node, factors: npt.NDArray[np.float64]) -> Requantization:
    """Accumulator to output by real factors, one or one for each output channel, and the fused activation."""
    y = node.output
    low, high = activation_range(node.attributes.fused_activation_function, y.dtype, y.scale, y.zero_point)
    multiplier, shift = channel_multipliers(np.broadcast_to(factors, y.shape[-1:]))
    return Requantization(multiplier, shift, y.zero_point, low, high, y.dtype)


def channel_bias(node: Node) -> Values | None:
    """The constant bias, one integer for each output channel, or None where the layer has none."""
    channels = node.output.shape[-1]
    if node.optional(2) is None:
        return None
    bias = constant(node, 2)
    if bias.size != channels:
        raise ModelError(
            f"{describe(node)} has {bias.size} biases", f"it has {channels} output channels", "convert the model again"
        )
    return bias.reshape(channels)


def folded_bias(node: Node, filters_axis: int) -> npt.NDArray[np.int32]:
    """int32 [channels]: bias - x_zero_point * sum of the channel's weights, modulo 2**32 as the accumulator is.

    filters_axis: the axis of the weights that numbers the output channels.
    """
    weights, bias = constant(node, 1).astype(np.int64), channel_bias(node)
    axes = tuple(a for a in range(weights.ndim) if a != filters_axis % weights.ndim)
    folded = -node.input(0).zero_point * weights.sum(axis=axes)
    return wrap_int32(folded if bias is None else folded + bias.astype(np.int64)).astype(np.int32)


def channel_parameters(node: Node, filters_axis: int, r: Requantization) -> dict[str, Parameter | None]:
    """The C fields of the output arithmetic: weights, folded bias, multiplier and shift per channel, range."""
    return {
        "output_zero_point": r.zero_point,
        "activation_min": r.low,
        "activation_max": r.high,
        "weights": constant(node, 1),
        "bias": folded_bias(node, filters_axis),
        "multiplier": r.multiplier.astype(np.int32),
        "shift": r.shift.astype(np.int8),
    }


def window_parameters(node: Node, rows: Window, columns: Window) -> dict[str, Parameter | None]:
    """The C fields of the geometry of a convolution."""
    x = node.input(0)
    return {
        "batches": x.shape[0],
        "input_height": rows.input,
        "input_width": columns.input,
        "input_channels": x.shape[3],
        "output_height": rows.output,
        "output_width": columns.output,
        "filter_height": rows.size,
        "filter_width": columns.size,
        "stride_height": rows.stride,
        "stride_width": columns.stride,
        "dilation_height": rows.dilation,
        "dilation_width": columns.dilation,
        "pad_top": rows.before,
        "pad_left": columns.before,
        "input_zero_point": x.zero_point,
    }
