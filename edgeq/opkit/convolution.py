"""What CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED check alike: types, channels, constants."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from edgeq.fixedpoint import LIMITS
from edgeq.opkit.bias import channel_bias
from edgeq.opkit.node import Node, Shape, constant, unsupported

CONVOLUTION_TYPES: dict[tuple[str, ...], tuple[str, ...]] = {
    ("int8", "int8", "int32"): ("int8",),
    ("int8", "int8"): ("int8",),
    ("int8", "int4", "int32"): ("int8",),
    ("int8", "int4"): ("int8",),
    ("int16", "int8", "int64"): ("int16",),
    ("int16", "int8"): ("int16",),
    ("int16", "int4", "int64"): ("int16",),
    ("int16", "int4"): ("int16",),
}
NARROW_TYPES: dict[tuple[str, ...], tuple[str, ...]] = {("int16", "int8", "int32"): ("int16",)}
"""Of layers that TFLM computes with 32-bit accumulators as well."""
MAX_CHANNELS = 1 << 16  # each has its own arithmetic, which is searched, proved and written as C


def narrow_sums(node: Node) -> bool:
    """Whether an int16 layer has 32-bit accumulators, which are rounded twice, as those of int8: by
    the type of its bias, or of that which it would have (`quantized_bias_type`).
    """
    bias = node.optional(2)
    said = getattr(node.attributes, "quantized_bias_type", "")
    return (
        node.output.dtype == "int16" and (said if bias is None else bias.dtype.upper()) == "INT32"
    )


def check_sum_width(node: Node) -> None:
    """Raises UnsupportedError for an int16 layer whose 32-bit accumulators may overflow, which C
    leaves undefined.
    """
    if not narrow_sums(node) or node.input(1).buffer is None:
        return
    weights = np.abs(node.input(1).array.astype(np.int64))
    reach = input_magnitude(node) * weights.reshape(len(weights), -1).sum(axis=1).max(initial=0)
    bias = node.optional(2)
    if bias is not None and bias.buffer is not None:
        reach += np.abs(bias.array.astype(np.int64)).max(initial=0)
    if reach >= 2**31:
        raise unsupported(
            node,
            "its 32-bit sums of int16 may overflow",
            "convert it with 64-bit biases, TensorFlow's default",
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
