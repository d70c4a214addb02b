"""High products, rounding shifts and the quantized multipliers made of both.

The profile is `tflite-reference-double-rounding`: what TFLite's reference kernels and TFLM compute
(tensorflow/lite/kernels/internal/common.cc and gemmlowp's fixedpoint.h). A real factor s is held as

    s = multiplier * 2**(shift - 31),   2**30 <= multiplier < 2**31,

and applied in two steps that each round: a high multiply, then a rounding right shift. Arrays are
int64 while they are computed on, so that nothing wraps unless the C would saturate.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

PROFILE = "tflite-reference-double-rounding"

INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1
LIMITS = {
    "int8": (-128, 127),
    "uint8": (0, 255),
    "int16": (-32768, 32767),
    "int32": (INT32_MIN, INT32_MAX),
}

Integers = npt.NDArray[np.int64]


class Multiplier(NamedTuple):
    """A real factor in TFLite's fixed-point form: multiplier * 2**(shift - 31); shift < 0 makes it
    smaller.
    """

    multiplier: int
    shift: int


def round_half_away(x: float) -> int:
    """C's `round()`: the nearest integer, ties away from zero.

    >>> round_half_away(2.5), round_half_away(-2.5), round_half_away(0.49999999999999994)
    (3, -3, 0)
    """
    whole = math.trunc(x)
    return whole + int(math.copysign(1, x)) if abs(x - whole) >= 0.5 else whole


def quantize_multiplier(factor: float) -> Multiplier:
    """The fixed-point form of a non-negative real factor (`QuantizeMultiplier`,
    kernels/internal/quantization_util.cc).

    A factor below 2**-32 becomes zero, as in the reference. Raises ValueError for a factor that is
    negative, not finite, or too large for a shift of 30.

    >>> quantize_multiplier(0.5)
    Multiplier(multiplier=1073741824, shift=0)
    >>> quantize_multiplier(0.0)
    Multiplier(multiplier=0, shift=0)
    """
    if not (math.isfinite(factor) and factor >= 0):
        raise ValueError(f"a quantized multiplier must be finite and not negative, got {factor}")
    fraction, shift = math.frexp(factor)
    multiplier = round_half_away(fraction * 2**31)
    if multiplier == 2**31:
        multiplier, shift = 2**30, shift + 1
    if shift < -31:
        return Multiplier(0, 0)
    if shift > 30:
        raise ValueError(f"a quantized multiplier must be below 2**30, got {factor}")
    return Multiplier(multiplier, shift)


def wrap_int32(x: npt.ArrayLike) -> Integers:
    """The value that a 32-bit register keeps of `x`: modulo 2**32, two's complement.

    >>> int(wrap_int32(2**31))
    -2147483648
    """
    wide = np.asarray(x, np.int64)
    return ((wide + 2**31) & 0xFFFFFFFF) - 2**31


def saturating_rounding_doubling_high_mul(a: npt.ArrayLike, b: npt.ArrayLike) -> Integers:
    """a * b / 2**31 for int32 values, rounded to nearest (gemmlowp fixedpoint.h; ARM SQRDMULH).

    Ties go up, towards plus infinity, for both signs. The one overflow, INT32_MIN * INT32_MIN,
    saturates to INT32_MAX.

    >>> [int(saturating_rounding_doubling_high_mul(a, 2**30)) for a in (1, -1, 3, -3)]
    [1, 0, 2, -1]
    >>> int(saturating_rounding_doubling_high_mul(-2**31, -2**31))
    2147483647
    """
    product = np.asarray(a, np.int64) * np.asarray(b, np.int64)
    # gemmlowp truncates (p + nudge) / 2**31 with a nudge per sign; that is the floor of (p + 2**30)
    # / 2**31.
    return np.asarray(np.minimum((product + 2**30) >> 31, INT32_MAX))


def rounding_divide_by_pot(x: npt.ArrayLike, exponent: npt.ArrayLike) -> Integers:
    """x / 2**exponent rounded to nearest, ties away from zero; 0 <= exponent <= 31 (gemmlowp
    fixedpoint.h).

    >>> [int(rounding_divide_by_pot(x, 1)) for x in (1, -1, 3, -3)]
    [1, -1, 2, -2]
    """
    x, exponent = np.asarray(x, np.int64), np.asarray(exponent, np.int64)
    mask = (np.int64(1) << exponent) - 1
    threshold = (mask >> 1) + (x < 0)
    return np.asarray((x >> exponent) + ((x & mask) > threshold))


def saturating_shift_left(
    x: npt.ArrayLike, exponent: npt.ArrayLike, dtype: str = "int32"
) -> Integers:
    """x * 2**exponent clamped to `dtype`: Qn to Qn-exponent (gemmlowp
    `SaturatingRoundingMultiplyByPOT`); exact else.

    >>> [int(saturating_shift_left(x, 2)) for x in (3, 2**29, -(2**29) - 1)]
    [12, 2147483647, -2147483648]
    """
    low, high = LIMITS[dtype]
    shifted: Integers = np.asarray(x, np.int64) << np.asarray(exponent, np.int64)
    return np.clip(shifted, low, high)


def multiply_by_quantized_multiplier(
    x: npt.ArrayLike, multiplier: npt.ArrayLike, shift: npt.ArrayLike
) -> Integers:
    """x * multiplier * 2**(shift - 31), rounded twice (`MultiplyByQuantizedMultiplier`, common.cc).

    x: int32 values.
    multiplier, shift: scalars, or arrays that broadcast against x (per channel).

    A positive shift is applied to x first and wraps as in a 32-bit register.

    >>> int(multiply_by_quantized_multiplier(100, *quantize_multiplier(0.125)))
    13
    """
    shift = np.asarray(shift, np.int64)
    left, right = np.maximum(shift, 0), np.maximum(-shift, 0)
    shifted = wrap_int32(np.asarray(x, np.int64) << left)
    return rounding_divide_by_pot(saturating_rounding_doubling_high_mul(shifted, multiplier), right)


def wide_multiplier(multiplier: npt.ArrayLike) -> Integers:
    """The upper 16 bits of int32 multipliers, rounded, at most 32767: what 64-bit sums are
    multiplied by (common.cc).

    >>> wide_multiplier([2**30, 2**30 + 2**15, 2**31 - 1]).tolist()
    [16384, 16385, 32767]
    """
    rounded: Integers = (np.asarray(multiplier, np.int64) + 2**15) >> 16
    return np.minimum(rounded, 32767)


def multiply_wide_by_quantized_multiplier(
    x: npt.ArrayLike, multiplier: npt.ArrayLike, shift: npt.ArrayLike
) -> Integers:
    """x * multiplier * 2**(shift - 31), rounded once, ties up (`MultiplyByQuantizedMultiplier` for
    int64, common.cc).

    x: int64 values within 2**47.
    multiplier, shift: scalars, or arrays that broadcast against x. Only the upper 16 bits of the
        multiplier are used.

    >>> [int(multiply_wide_by_quantized_multiplier(x, 2**30, -1)) for x in (2, -2, 6, -6)]
    [1, 0, 2, -1]
    """
    right = 15 - np.asarray(shift, np.int64)
    product = np.asarray(x, np.int64) * wide_multiplier(multiplier)
    return wrap_int32((product + (np.int64(1) << (right - 1))) >> right)


def saturate(x: npt.ArrayLike, dtype: str) -> npt.NDArray[Any]:
    """x clamped to the range of `dtype` and converted to it."""
    low, high = LIMITS[dtype]
    return np.clip(x, low, high).astype(dtype)
