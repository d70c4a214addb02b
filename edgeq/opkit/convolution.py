"""What CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED check alike: types, channels, constants."""

from __future__ import annotations

from collections.abc import Callable

from edgeq.fixedpoint import LIMITS
from edgeq.opkit.bias import channel_bias
from edgeq.opkit.node import Node, Shape, constant, unsupported

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
MAX_CHANNELS = 1 << 16  # each has its own arithmetic, which is searched, proved and written as C


def check_sum_width(node: Node) -> None:
    """Raises UnsupportedError for an int16 layer without bias that asks for 32-bit accumulators
    (`quantized_bias_type`), because these round differently.
    """
    narrow = node.attributes.quantized_bias_type == "INT32"
    if node.output.dtype == "int16" and node.optional(2) is None and narrow:
        raise unsupported(
            node, "it asks for 32-bit sums of int16", "convert it with a bias, or run it with TFLM"
        )


def input_magnitude(node: Node) -> int:
    """The largest |x| of the input's type."""
    return -LIMITS[node.input(0).dtype][0]


def checked_shape(
    node: Node, shape: Shape, requantize: Callable[[Node], object]
) -> tuple[Shape, ...]:
    """Returns the output's shape after checking that weights, bias, scales and fused activation
    have integer arithmetic.

    The checks are left out if the file gives the output another shape, which `bind` refuses.
    """
    if shape[-1] > MAX_CHANNELS:
        raise unsupported(
            node, f"it has {shape[-1]:,} output channels, at most {MAX_CHANNELS:,} are computed"
        )
    if node.output.shape == shape:
        constant(node, 1)
        channel_bias(node)
        requantize(node)
    return (shape,)


def groups(node: Node) -> int:
    """The number of groups of a grouped CONV_2D, 1 for an ordinary convolution."""
    return node.input(0).shape[3] // node.input(1).shape[3]
