"""The output arithmetic of dot products in C: the cheap proved form where there is one, else both roundings in one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from edgeq.fixedpoint import LIMITS
from edgeq.opkit.contract import Parameter
from edgeq.opkit.high_word import find_high_word
from edgeq.opkit.requantize import Integers, Requantization


def output_stage(r: Requantization, bias: Integers, reach: Integers) -> dict[str, Parameter | None] | None:
    """The fields of `edgeq_output_stage` (requantize.h) as `stage`, or None where only the general kernel is exact.

    bias: int64 [channels], the input's zero point folded in; reach: the largest |sum| of each channel.
    """
    low, high = LIMITS["int8"]
    form = find_high_word(replace(r, low=low, high=high), bias, reach)
    if form is not None:
        return _fields(r, form.shift, (form.bias, form.multiplier, form.offset))
    return _two_sided(r, bias, reach)


def _two_sided(r: Requantization, bias: Integers, reach: Integers) -> dict[str, Parameter | None] | None:
    """Both roundings as they are: the first by a doubled high word, the zero point added before the second."""
    multiplier, shift = np.broadcast_to(r.multiplier, len(reach)), np.broadcast_to(r.shift, len(reach))
    exponent, bias = np.where(multiplier == 0, 1, -shift), np.where(multiplier == 0, 0, bias)
    if np.any(exponent < 1) or np.any(exponent > 22) or np.any(np.abs(bias) + reach >= 2**30):
        return None
    offset = (r.zero_point << exponent) + (1 << (exponent - 1))  # at most 2**29 + 2**21, so sums with it fit int32
    return _fields(r, None, (2 * bias, multiplier, offset, exponent))


def _fields(r: Requantization, shift: int | None, columns: tuple[npt.ArrayLike, ...]) -> dict[str, Parameter | None]:
    """constants: int32 [channels, 3 or 4]."""
    constants = np.stack([np.asarray(column, np.int32) for column in columns], axis=1)
    return {
        "stage.constants": constants,
        "stage.one_sided": int(shift is not None),
        "stage.shift": shift or 0,
        "stage.clamped": int((r.low, r.high) != LIMITS["int8"]),
        "stage.activation_min": r.low,
        "stage.activation_max": r.high,
    }
