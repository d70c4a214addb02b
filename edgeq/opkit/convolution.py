"""What CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED share: scales and bias of each output channel."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from edgeq.errors import ModelError
from edgeq.fixedpoint import activation_range, wrap_int32
from edgeq.opkit.contract import Node, Parameter, constant, describe, unsupported
from edgeq.opkit.requantize import Requantization, channel_multipliers


def output_requantization(node: Node) -> Requantization:
    """Accumulator to output, per channel x_scale * w_scale / y_scale in float64.

    Source: kernel_util.cc, PopulateConvolutionQuantizationParams.
    """
    x, w, y = node.input(0), node.input(1), node.output
    if w.quantization is None or any(w.quantization.zero_point):
        raise unsupported(node, "its weights are not symmetric (zero point 0)")
    scales = np.array(w.quantization.scale, np.float64)
    factors = np.float64(x.scale) * scales / np.float64(y.scale)
    low, high = activation_range(node.attributes.fused_activation_function, y.dtype, y.scale, y.zero_point)
    multiplier, shift = channel_multipliers(factors)
    channels = y.shape[-1]
    if len(factors) not in (1, channels):
        raise ModelError(
            f"{describe(node)} has {len(factors)} weight scales",
            f"it has {channels} output channels",
            "convert the model again",
        )
    return Requantization(
        np.broadcast_to(multiplier, channels), np.broadcast_to(shift, channels), y.zero_point, low, high, y.dtype
    )


def folded_bias(node: Node, filters_axis: int) -> npt.NDArray[np.int32]:
    """int32 [channels]: bias - x_zero_point * sum of the channel's weights, modulo 2**32 as the accumulator is.

    filters_axis: the axis of the weights that numbers the output channels.
    """
    weights = constant(node, 1).astype(np.int64)
    axes = tuple(a for a in range(weights.ndim) if a != filters_axis % weights.ndim)
    folded = -node.input(0).zero_point * weights.sum(axis=axes)
    if node.optional(2) is not None:
        folded = folded + constant(node, 2).astype(np.int64)
    return wrap_int32(folded).astype(np.int32)


def channel_parameters(node: Node, filters_axis: int) -> dict[str, Parameter | None]:
    """The C fields of the output arithmetic: weights, folded bias, multiplier and shift per channel, range."""
    r = output_requantization(node)
    return {
        "activation_min": r.low,
        "activation_max": r.high,
        "weights": constant(node, 1),
        "bias": folded_bias(node, filters_axis),
        "multiplier": r.multiplier.astype(np.int32),
        "shift": r.shift.astype(np.int8),
    }
