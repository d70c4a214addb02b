"""The bias of CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED, as stored and with the input's zero
point folded in.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from edgeq.errors import ModelError
from edgeq.fixedpoint import wrap_int32
from edgeq.opkit.node import Node, Values, constant, describe, unsupported


def channel_bias(node: Node) -> Values | None:
    """The constant bias, one integer for each output channel, None if the layer has no bias. Raises
    UnsupportedError for values of 2**46 or more.
    """
    bias = constant_bias(node)
    if bias is not None and np.any(np.abs(bias.astype(np.float64)) >= 2**46):
        raise unsupported(node, "it has a bias of 2**46 or more, the limit for int16")
    return bias


def constant_bias(node: Node) -> Values | None:
    """The constant bias as stored, of any dtype, None if the layer has no bias. Raises ModelError
    unless there is one value for each output channel.
    """
    channels = node.output.shape[-1]
    if node.optional(2) is None:
        return None
    bias = constant(node, 2)
    if bias.size != channels:
        raise ModelError(
            f"{describe(node)} has {bias.size} biases",
            f"it has {channels} output channels",
            "convert the model again",
        )
    return bias.reshape(channels)


def folded_bias(node: Node, filters_axis: int) -> npt.NDArray[np.int32]:
    """The bias with the input's zero point folded in, int32 [channels]: bias - x_zero_point * sum
    of the channel's weights, modulo 2**32 as the accumulator is.

    filters_axis: the axis of the weights that numbers the output channels.
    """
    weights, bias = constant(node, 1).astype(np.int64), channel_bias(node)
    axes = tuple(a for a in range(weights.ndim) if a != filters_axis % weights.ndim)
    folded = -node.input(0).zero_point * weights.sum(axis=axes)
    return wrap_int32(folded if bias is None else folded + bias.astype(np.int64)).astype(np.int32)
