"""What layers with weights must have to be computed by functions of vendors' libraries, and the
constants that these functions take.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgeq.fixedpoint import LIMITS
from edgeq.opkit.bias import channel_bias
from edgeq.opkit.convolution_sizes import ConvolutionSizes
from edgeq.opkit.kernel_call import Parameter
from edgeq.opkit.node import Node, constant
from edgeq.opkit.requantize import Requantization, WideRequantization
from edgeq.opkit.variants import Layer
from edgeq.opkit.weight_storage import Storage, storage
from edgeq.opkit.windows import Window

LEAST_SHIFT = -30  # a shift to the right by 31 is undefined in the libraries' C
LARGEST_SIZE = (1 << 15) - 1  # of the 16-bit variables that the libraries keep sizes and places in


def plain_int8(node: Node, channel_axis: int) -> bool:
    """Whether input and weights of a layer are int8, the weights stored as they are."""
    dtypes = (node.input(0).dtype, node.input(1).dtype, node.output.dtype)
    return dtypes == ("int8",) * 3 and storage(node, channel_axis) is Storage.PLAIN


def sizes_fit(sizes: Sequence[int]) -> bool:
    """Whether the libraries' 16-bit variables hold all of these sizes."""
    return max(sizes) <= LARGEST_SIZE


def window_sizes(rows: Window, columns: Window) -> list[int]:
    """The sizes along both axes that functions are told or that they compute, in elements."""
    return [
        size
        for axis in (rows, columns)
        for size in (axis.input + axis.before + axis.after, axis.output, axis.size, axis.stride)
    ]


def convolution_sizes(layer: Layer) -> ConvolutionSizes:
    """The sizes of a convolution of either kind, by which libraries say how much scratch they want."""
    rows, columns = layer.windows
    return ConvolutionSizes(
        layer.node.input(0).shape[3],
        (rows.input, columns.input),
        (rows.size, columns.size),
        layer.node.input(1).shape[3],
        (rows.output, columns.output),
        layer.channels,
        (rows.stride, columns.stride),
        (rows.dilation, columns.dilation),
        (rows.before, columns.before),
    )


def requantizes_alike(
    node: Node, channel_axis: int, r: Requantization | WideRequantization
) -> bool:
    """Whether sums and requantization of a layer stay where the arithmetic of libraries is defined, for
    every input: no sum and no product of one with a power of two leaves 32 bits, and no shift to the
    right is larger than 30.
    """
    if not isinstance(r, Requantization):
        return False
    weights = np.moveaxis(constant(node, 1), channel_axis, 0).astype(np.int64)
    sums = np.abs(weights.reshape(len(weights), -1)).sum(axis=1)
    lowest = -LIMITS["int8"][0]
    reach = sums * (lowest + abs(node.input(0).zero_point))
    bias = channel_bias(node)
    reach += 0 if bias is None else np.abs(bias.astype(np.int64))
    shift = np.broadcast_to(r.shift, reach.shape)
    return bool(
        np.all(reach << np.maximum(shift, 0) < 1 << 31)
        and np.all(shift >= LEAST_SHIFT)
        and np.all(shift <= 30)
    )


def channel_constants(node: Node, r: Requantization) -> dict[str, Parameter | None]:
    """Bias, multiplier and shift of each output channel, int32; no bias is a null pointer."""
    channels = node.output.shape[-1:]
    bias = channel_bias(node)
    return {
        "bias": None if bias is None else bias.astype(np.int32),
        "multiplier": np.broadcast_to(r.multiplier, channels).astype(np.int32),
        "shift": np.broadcast_to(r.shift, channels).astype(np.int32),
    }
