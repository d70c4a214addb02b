"""PAD: a border of zeros around the input; for int8 and uint8, of the output's zero point (TFLM
pad.cc).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.opkit.channels import Channels, channelwise
from edgeq.opkit.kernel_call import KernelCall, View
from edgeq.opkit.node import Node, Shape, Values
from edgeq.opkit.padding import pad_call, pad_rows, pad_values, padded_shape
from edgeq.opkit.rows import RowKernel
from edgeq.opkit.strided import moved_types


@dataclass(frozen=True)
class Attributes:
    pass


TYPES = {**moved_types("int32"), **moved_types("int64")}
NEWEST_VERSION = 5


SAME_SCALE = True
VERSIONS = {("int8",): 2, ("int16",): 3}


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """x [...] with constant paddings [rank, 2] -> each size plus its two paddings."""
    return (padded_shape(node),)


def _zero(node: Node) -> Values:
    y = node.output
    quantized = y.quantization is not None and y.dtype in ("int8", "uint8")
    return np.array(y.zero_point if quantized else 0, y.dtype)


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, ...] -> [samples, *output shape]."""
    return pad_values(node, values[0], _zero(node))


def channels(node: Node) -> Channels | None:
    """Those of the input, unless there are more in the output."""
    return channelwise(node, (0,), rising=True)


def kernel(node: Node) -> KernelCall | View:
    """`edgeq_pad`; a view where nothing is added."""
    return pad_call(node, _zero(node))


def rows(node: Node) -> RowKernel | None:
    return pad_rows(node, _zero(node))
