"""What CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED share: scales and bias of each output channel."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from edgeq.errors import ModelError
from edgeq.fixedpoint import LIMITS, wide_multiplier, wrap_int32
from edgeq.opkit.contract import (
    Node,
    Parameter,
    Shape,
    Values,
    check_quantized,
    constant,
    describe,
    extents,
    small_extents,
    unsupported,
)
from edgeq.opkit.elementwise import fused_range
from edgeq.opkit.requantize import Requantization, WideRequantization, channel_multipliers
from edgeq.opkit.windows import Window

CONVOLUTION_TYPES = {
    ("int8", "int8", "int32"): ("int8",),
    ("int8", "int8"): ("int8",),
    ("int8", "int4", "int32"): ("int8",),
    ("int8", "int4"): ("int8",),
    ("int16", "int8", "int64"): ("int16",),
    ("int16", "int8"): ("int16",),
    ("int16", "int4", "int64"): ("int16",),
    ("int16", "int4"): ("int16",),
}
KERNELS = {"int8": "s8", "int16": "s16"}
MAX_CHANNELS = 1 << 16  # each has its own arithmetic, which is searched, proved and written as C


def check_sum_width(node: Node) -> None:
    """Refuses int16 layers without bias that ask for 32-bit sums (`quantized_bias_type`), which round otherwise."""
    narrow = node.attributes.quantized_bias_type == "INT32"
    if node.output.dtype == "int16" and node.optional(2) is None and narrow:
        raise unsupported(node, "it asks for 32-bit sums of int16", "convert it with a bias, or run it with TFLM")


def input_magnitude(node: Node) -> int:
    """The largest |x| of the input's type."""
    return -LIMITS[node.input(0).dtype][0]


def checked_shape(node: Node, shape: Shape, requantize: Callable[[Node], object]) -> tuple[Shape, ...]:
    """The output's shape, once weights, bias, scales and activation are known to have integer arithmetic.

    A file that says another shape is left to `bind`, which refuses it.
    """
    if shape[-1] > MAX_CHANNELS:
        raise unsupported(node, f"it has {shape[-1]:,} output channels, at most {MAX_CHANNELS:,} are computed")
    if node.output.shape == shape:
        constant(node, 1)
        channel_bias(node)
        requantize(node)
    return (shape,)


@lru_cache(maxsize=256)
def output_requantization(node: Node) -> Requantization | WideRequantization:
    """Accumulator to output, per channel x_scale * w_scale / y_scale in float64.

    Source: kernel_util.cc, PopulateConvolutionQuantizationParams.
    """
    scales = weight_scales(node)
    return requantization(node, np.float64(node.input(0).scale) * scales / np.float64(node.output.scale))


def weight_scales(node: Node) -> npt.NDArray[np.float64]:
    """float64, one entry or one for each output channel, of a layer whose input and output are quantized."""
    check_quantized(node, node.input(0), node.output)
    return symmetric_scales(node)


def symmetric_scales(node: Node) -> npt.NDArray[np.float64]:
    """float64, one entry or one for each output channel: the scales of weights whose zero points are 0."""
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


def requantization(node: Node, factors: npt.NDArray[np.float64]) -> Requantization | WideRequantization:
    """Accumulator to output by real factors, one or one for each output channel, and the fused activation.

    int16 tensors have 64-bit sums; UnsupportedError where they break that arithmetic's conditions (common.cc).
    """
    y, (low, high) = node.output, fused_range(node)
    if np.any(factors >= 2**30):
        raise unsupported(node, f"its scales multiply sums by {np.max(factors):g}, the limit is 2**30")
    multiplier, shift = channel_multipliers(np.broadcast_to(factors, y.shape[-1:]))
    if y.dtype == "int8":
        return Requantization(multiplier, shift, y.zero_point, low, high)
    if node.input(0).zero_point or y.zero_point:
        raise unsupported(node, "its int16 tensors have zero points other than 0")
    if np.any(shift > 7):
        raise unsupported(node, "its scales multiply sums by 128 or more, the limit for int16")
    return WideRequantization(multiplier, shift, low, high)


def channel_bias(node: Node) -> Values | None:
    """The constant bias, one integer for each output channel, or None where the layer has none."""
    bias = constant_bias(node)
    if bias is not None and np.any(np.abs(bias.astype(np.float64)) >= 2**46):
        raise unsupported(node, "it has a bias of 2**46 or more, the limit for int16")
    return bias


def constant_bias(node: Node) -> Values | None:
    """The bias as stored, of any type, None without one. ModelError for another length than the channels."""
    channels = node.output.shape[-1]
    if node.optional(2) is None:
        return None
    bias = constant(node, 2)
    if bias.size != channels:
        raise ModelError(
            f"{describe(node)} has {bias.size} biases", f"it has {channels} output channels", "convert the model again"
        )
    return bias.reshape(channels)


def groups(node: Node) -> int:
    """How many groups of input channels of a CONV_2D have their own filters; 1 for an ordinary convolution."""
    return node.input(0).shape[3] // node.input(1).shape[3]


def folded_bias(node: Node, filters_axis: int) -> npt.NDArray[np.int32]:
    """int32 [channels]: bias - x_zero_point * sum of the channel's weights, modulo 2**32 as the accumulator is.

    filters_axis: the axis of the weights that numbers the output channels.
    """
    weights, bias = constant(node, 1).astype(np.int64), channel_bias(node)
    axes = tuple(a for a in range(weights.ndim) if a != filters_axis % weights.ndim)
    folded = -node.input(0).zero_point * weights.sum(axis=axes)
    return wrap_int32(folded if bias is None else folded + bias.astype(np.int64)).astype(np.int32)


def channel_parameters(node: Node, filters_axis: int,
                       r: Requantization | WideRequantization) -> dict[str, Parameter | None]:  # fmt: skip
    """The C fields of the output arithmetic: range, weights, folded bias, multiplier and shift per channel.

    Of int16: a bias of 64 bits, the 16 bits of the multiplier that matter, and the whole shift to the right.
    """
    fields: dict[str, Parameter | None] = {
        "activation_min": r.low,
        "activation_max": r.high,
        "weights": constant(node, 1),
    }
    if isinstance(r, WideRequantization):
        bias = channel_bias(node)
        return fields | {
            "bias": np.zeros(node.output.shape[-1], np.int64) if bias is None else bias.astype(np.int64),
            "multiplier": wide_multiplier(r.multiplier).astype(np.int16),
            "shift": (15 - r.shift).astype(np.int8),
        }
    return fields | {
        "output_zero_point": r.zero_point,
        "bias": folded_bias(node, filters_axis),
        "multiplier": r.multiplier.astype(np.int32),
        "shift": r.shift.astype(np.int8),
    }


def geometry_parameters(node: Node, rows: Window, columns: Window) -> dict[str, Parameter | None]:
    """The C fields `geometry` of an `edgeq_geometry` (geometry.h), and of int8 its zero point."""
    x, sizes = node.input(0), window_parameters(node, rows, columns)
    fields = {f"geometry.{name}": size for name, size in sizes.items()}
    return fields | ({"input_zero_point": x.zero_point} if x.dtype == "int8" else {})


def window_parameters(node: Node, rows: Window, columns: Window) -> dict[str, Parameter | None]:
    """The sizes of a convolution as C fields."""
    x = node.input(0)
    return extents(input_channels=x.shape[3]) | small_extents(
        batches=x.shape[0],
        input_height=rows.input,
        input_width=columns.input,
        output_height=rows.output,
        output_width=columns.output,
        filter_height=rows.size,
        filter_width=columns.size,
        stride_height=rows.stride,
        stride_width=columns.stride,
        dilation_height=rows.dilation,
        dilation_width=columns.dilation,
        pad_top=rows.before,
        pad_left=columns.before,
    )
