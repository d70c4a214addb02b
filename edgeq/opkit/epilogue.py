"""The output arithmetic of dot products in C: the cheap proved form where there is one, else both
roundings in one.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from edgeq.fixedpoint import LIMITS
from edgeq.opkit.bias import folded_bias
from edgeq.opkit.high_word import find_high_word
from edgeq.opkit.kernel_call import Parameter
from edgeq.opkit.node import Node, Values, constant
from edgeq.opkit.requantize import Integers, Requantization, WideRequantization


def epilogue_fields(
    r: Requantization, bias: Integers, reach: Integers
) -> dict[str, Parameter | None] | None:
    """The fields of `edgeq_epilogue` (requantize.h) as `epilogue`, or None where only the general
    kernel is exact.

    bias: int64 [channels], the input's zero point folded in; reach: the largest |sum| of each
    channel.
    """
    low, high = LIMITS["int8"]
    form = find_high_word(replace(r, low=low, high=high), bias, reach)
    if form is not None:
        return _fields(r, form.shift, (form.bias, form.multiplier, form.offset))
    return double_rounding(r, bias, reach)


def layer_epilogue(
    node: Node, channel_axis: int, r: Requantization | WideRequantization
) -> dict[str, Parameter | None]:
    """The fields of `epilogue_fields` for a layer with constant int8 weights, empty if no form is
    proved or accumulators have 64 bits.

    channel_axis: the axis of the weights that numbers output channels.
    """
    if not isinstance(r, Requantization):
        return {}
    weights = np.moveaxis(constant(node, 1), channel_axis, 0)
    reach = largest_sums(weights.reshape(len(weights), -1))
    return epilogue_fields(r, folded_bias(node, channel_axis).astype(np.int64), reach) or {}


def largest_sums(filters: Values) -> Integers:
    """int8 [channels, taps] -> int64 [channels], the largest |sum| of products with int8 inputs."""
    return np.asarray(128 * np.abs(filters.astype(np.int64)).sum(axis=1))


def double_rounding(
    r: Requantization, bias: Integers, reach: Integers
) -> dict[str, Parameter | None] | None:
    """The fields of `edgeq_epilogue` for both roundings as they are: the first by a doubled high word,
    the zero point added before the second. None where a sum or a shift would leave 32 bits.

    bias: int64 [channels], the input's zero point folded in; reach: the largest |sum| of each
    channel.
    """
    multiplier, shift = (
        np.broadcast_to(r.multiplier, len(reach)),
        np.broadcast_to(r.shift, len(reach)),
    )
    exponent, bias = np.where(multiplier == 0, 1, -shift), np.where(multiplier == 0, 0, bias)
    if np.any(exponent < 1) or np.any(exponent > 22) or np.any(np.abs(bias) + reach >= 2**30):
        return None
    offset = (r.zero_point << exponent) + (
        1 << (exponent - 1)
    )  # at most 2**29 + 2**21, so sums with it fit int32
    return _fields(r, None, (2 * bias, multiplier, offset, exponent))


def _fields(
    r: Requantization, shift: int | None, columns: tuple[npt.ArrayLike, ...]
) -> dict[str, Parameter | None]:
    """constants: int32 [channels, 3 or 4]."""
    constants = np.stack([np.asarray(column, np.int32) for column in columns], axis=1)
    return {
        "epilogue.constants": constants,
        "epilogue.single_multiply": int(shift is not None),
        "epilogue.shift": shift or 0,
        "epilogue.clamped": int((r.low, r.high) != LIMITS["int8"]),
        "epilogue.activation_min": r.low,
        "epilogue.activation_max": r.high,
    }
