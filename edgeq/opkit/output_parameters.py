"""The C fields from which a convolution or dense kernel requantizes its accumulators."""

from __future__ import annotations

import numpy as np

from edgeq.fixedpoint import wide_multiplier
from edgeq.opkit.bias import channel_bias, folded_bias
from edgeq.opkit.kernel_call import Parameter
from edgeq.opkit.node import Node
from edgeq.opkit.requantize import Requantization, WideRequantization


def output_parameters(
    node: Node,
    filters_axis: int,
    r: Requantization | WideRequantization,
) -> dict[str, Parameter | None]:
    """The C fields of an `edgeq_outputs_s8` (sums_s8.h): output range, folded bias, multiplier and
    shift of each channel.

    int16 layers (sums_s16.h) get a 64-bit bias, the 16 significant bits of the multiplier, and the
    whole shift to the right.
    """
    fields: dict[str, Parameter | None] = {
        "activation_min": r.low,
        "activation_max": r.high,
    }
    if isinstance(r, WideRequantization):
        bias = channel_bias(node)
        return fields | {
            "bias": np.zeros(node.output.shape[-1], np.int64)
            if bias is None
            else bias.astype(np.int64),
            "multiplier": wide_multiplier(r.multiplier).astype(np.int16),
            "shift": (15 - r.shift).astype(np.int8),
        }
    return fields | {
        "zero_point": r.zero_point,
        "bias": folded_bias(node, filters_axis),
        "multiplier": r.multiplier.astype(np.int32),
        "shift": r.shift.astype(np.int8),
    }
