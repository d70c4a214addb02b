"""Requantization of each output channel of CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED: from
the scales of input, weights and output to multipliers and shifts.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from edgeq.errors import ModelError
from edgeq.opkit.checks import check_quantized
from edgeq.opkit.convolution import narrow_sums
from edgeq.opkit.elementwise import fused_range
from edgeq.opkit.node import Node, describe, unsupported
from edgeq.opkit.requantize import Requantization, WideRequantization, channel_multipliers


@lru_cache(maxsize=256)
def output_requantization(node: Node) -> Requantization | WideRequantization:
    """The requantization from accumulator to output: the real factor of each channel is x_scale *
    w_scale / y_scale in float64.

    Source: kernel_util.cc, PopulateConvolutionQuantizationParams.
    """
    scales = weight_scales(node)
    return requantization(
        node, np.float64(node.input(0).scale) * scales / np.float64(node.output.scale)
    )


def weight_scales(node: Node) -> npt.NDArray[np.float64]:
    """The weights' scales, float64, one for all output channels or one for each; raises
    UnsupportedError unless input and output have one scale each.
    """
    check_quantized(node, node.input(0), node.output)
    return symmetric_scales(node)


def symmetric_scales(node: Node) -> npt.NDArray[np.float64]:
    """The scales of weights with zero point 0, float64, one for all output channels or one for
    each.

    Raises UnsupportedError for other zero points, ModelError for another number of scales.
    """
    w, shape = node.input(1), node.output.shape
    channels = shape[-1] if shape else 1  # a damaged file may have a single number
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


def requantization(
    node: Node, factors: npt.NDArray[np.float64]
) -> Requantization | WideRequantization:
    """The requantization from accumulator to output, with the fused activation. factors: real
    factors, one for all output channels or one for each.

    int8 layers have 32-bit accumulators, int16 layers 64-bit ones or 32-bit ones. Raises UnsupportedError where an
    int16 layer breaks the conditions of that arithmetic (common.cc).
    """
    y, (low, high) = node.output, fused_range(node)
    if np.any(factors >= 2**30):
        raise unsupported(
            node, f"its scales multiply sums by {np.max(factors):g}, the limit is 2**30"
        )
    multiplier, shift = channel_multipliers(np.broadcast_to(factors, y.shape[-1:]))
    if y.dtype == "int8":
        return Requantization(multiplier, shift, y.zero_point, low, high)
    if node.input(0).zero_point or y.zero_point:
        raise unsupported(node, "its int16 tensors have zero points other than 0")
    if narrow_sums(node):
        return Requantization(multiplier, shift, 0, low, high, "int16")
    if np.any(shift > 7):
        raise unsupported(node, "its scales multiply sums by 128 or more, the limit for int16")
    return WideRequantization(multiplier, shift, low, high)
