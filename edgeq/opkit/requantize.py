"""Requantization of accumulators to outputs by integer arithmetic, exact bit by bit."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from edgeq.fixedpoint import (
    Multiplier,
    multiply_by_quantized_multiplier,
    multiply_wide_by_quantized_multiplier,
    quantize_multiplier,
    wrap_int32,
)
from edgeq.opkit.node import Values

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Requantization:
    """acc -> clamp(acc * multiplier * 2**(shift - 31) + zero_point, low, high), one multiplier per
    channel.

    multiplier, shift: int64 [channels]; low and high are the quantized activation range of `dtype`.
    """

    multiplier: Integers
    shift: Integers
    zero_point: int
    low: int
    high: int
    dtype: str = "int8"

    def __call__(self, accumulator: Values) -> Values:
        """accumulator: integers [..., channels] -> outputs of the same shape, exact."""
        scaled = multiply_by_quantized_multiplier(accumulator, self.multiplier, self.shift)
        return np.clip(wrap_int32(scaled + self.zero_point), self.low, self.high).astype(self.dtype)

    def channels(self, part: slice) -> Requantization:
        """The requantization of some of the channels."""
        return replace(self, multiplier=self.multiplier[part], shift=self.shift[part])


@dataclass(frozen=True)
class WideRequantization:
    """Requantization of 64-bit sums of int16 inputs: rounded once, by 16 bits of the multiplier,
    zero point 0.
    """

    multiplier: Integers
    shift: Integers
    low: int
    high: int
    dtype: str = "int16"

    def __call__(self, accumulator: Values) -> Values:
        """accumulator: integers [..., channels] within 2**47 -> outputs of the same shape, exact."""
        scaled = multiply_wide_by_quantized_multiplier(accumulator, self.multiplier, self.shift)
        return np.clip(scaled, self.low, self.high).astype(self.dtype)

    def channels(self, part: slice) -> WideRequantization:
        """The requantization of some of the channels."""
        return replace(self, multiplier=self.multiplier[part], shift=self.shift[part])


def channel_multipliers(factors: npt.ArrayLike) -> tuple[Integers, Integers]:
    """Multipliers and shifts of real factors [channels] (float64), each int64 [channels]."""
    pairs: list[Multiplier] = [quantize_multiplier(float(f)) for f in np.atleast_1d(factors)]
    return np.array([p.multiplier for p in pairs], np.int64), np.array(
        [p.shift for p in pairs], np.int64
    )
