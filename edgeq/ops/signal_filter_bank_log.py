"""SIGNAL_FILTER_BANK_LOG: natural logarithms of integers, scaled (TFLM
signal/src/filter_bank_log.cc).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.fixedpoint import LOG2_TABLE
from edgeq.opkit.custom_options import MOST, whole
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.log_scale import log_scale
from edgeq.opkit.node import Node, Shape, Values
from edgeq.opkit.signal_vectors import vector


@dataclass(frozen=True)
class Attributes:
    input_correction_bits: int  # by which inputs are shifted left
    output_scale: int


TYPES = {("uint32",): ("int16",)}
NEWEST_VERSION = 1
_LARGEST = (1 << 15) - 1


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The input's shape."""
    vector(node)
    whole(node, "input_correction_bits", most=31)
    whole(node, "output_scale", -MOST - 1)
    return (node.input(0).shape,)


def simulate(node: Node, *values: Values | None) -> Values:
    """x uint32 [samples, channels] -> int16 of the same shape; 0 of 0 and 1."""
    x = values[0]
    assert x is not None
    said = node.attributes
    scale = said.output_scale & 0xFFFFFFFF
    return log_scale(x, said.input_correction_bits, scale, _LARGEST).astype(np.int16)


def kernel(node: Node) -> KernelCall:
    """`edgeq_signal_filter_bank_log`, in place where the planner likes."""
    parameters = {
        "channels": vector(node),
        "correction_bits": node.attributes.input_correction_bits,
        "scale": node.attributes.output_scale & 0xFFFFFFFF,
        "table": LOG2_TABLE,
    }
    return KernelCall("edgeq_signal_filter_bank_log", parameters, overlap=(0,))
