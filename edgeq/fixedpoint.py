"""Every rounding rule of the integer arithmetic; the only place where rounding happens in Python.

The profile is `tflite-reference-double-rounding`: what TFLite's reference kernels and TFLM compute
(tensorflow/lite/kernels/internal/common.cc and gemmlowp's fixedpoint.h). A real factor s is held as

    s = multiplier * 2**(shift - 31),   2**30 <= multiplier < 2**31,

and applied in two steps that each round: a high multiply, then a rounding right shift. Arrays are int64 while they
are computed on, so that nothing wraps unless the C would saturate.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

PROFILE = "tflite-reference-double-rounding"

INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1
LIMITS = {"int8": (-128, 127), "uint8": (0, 255), "int16": (-32768, 32767), "int32": (INT32_MIN, INT32_MAX)}

Integers = npt.NDArray[np.int64]


class Multiplier(NamedTuple):
    """A real factor as TFLite holds it: multiplier * 2**(shift - 31); shift < 0 makes the result smaller."""

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
    """The fixed-point form of a non-negative real factor (`QuantizeMultiplier`, kernels/internal/quantization_util.cc).

    A factor below 2**-32 becomes zero, as in the reference. Raises ValueError for a factor that is negative, not
    finite, or too large for a shift of 30.

    >>> quantize_multiplier(0.5)
    Multiplier(multiplier=1073741824, shift=0)
    >>> quantize_multiplier(0.0)
    Multiplier(multiplier=0, shift=0)
    """
    if not (math.isfinite(factor) and factor >= 0):
        raise ValueError(f"a quantized multiplier must be finite and not negative, got {factor}")
    if factor == 0:
        return Multiplier(0, 0)
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

    Ties go up, towards plus infinity, for both signs. The one overflow, INT32_MIN * INT32_MIN, saturates to INT32_MAX.

    >>> [int(saturating_rounding_doubling_high_mul(a, 2**30)) for a in (1, -1, 3, -3)]
    [1, 0, 2, -1]
    >>> int(saturating_rounding_doubling_high_mul(-2**31, -2**31))
    2147483647
    """
    product = np.asarray(a, np.int64) * np.asarray(b, np.int64)
    # gemmlowp truncates (p + nudge) / 2**31 with a nudge per sign; that is the floor of (p + 2**30) / 2**31.
    return np.asarray(np.minimum((product + 2**30) >> 31, INT32_MAX))


def rounding_divide_by_pot(x: npt.ArrayLike, exponent: npt.ArrayLike) -> Integers:
    """x / 2**exponent rounded to nearest, ties away from zero; 0 <= exponent <= 31 (gemmlowp fixedpoint.h).

    >>> [int(rounding_divide_by_pot(x, 1)) for x in (1, -1, 3, -3)]
    [1, -1, 2, -2]
    """
    x, exponent = np.asarray(x, np.int64), np.asarray(exponent, np.int64)
    mask = (np.int64(1) << exponent) - 1
    threshold = (mask >> 1) + (x < 0)
    return np.asarray((x >> exponent) + ((x & mask) > threshold))


def multiply_by_quantized_multiplier(x: npt.ArrayLike, multiplier: npt.ArrayLike, shift: npt.ArrayLike) -> Integers:
    """x * multiplier * 2**(shift - 31) with both roundings (`MultiplyByQuantizedMultiplier`, common.cc).

    x: int32 values; multiplier and shift: scalars, or arrays that broadcast against x (per channel). A positive shift
    is applied to x first and wraps as a 32-bit register does.

    >>> int(multiply_by_quantized_multiplier(100, *quantize_multiplier(0.125)))
    13
    """
    shift = np.asarray(shift, np.int64)
    left, right = np.maximum(shift, 0), np.maximum(-shift, 0)
    shifted = wrap_int32(np.asarray(x, np.int64) << left)
    return rounding_divide_by_pot(saturating_rounding_doubling_high_mul(shifted, multiplier), right)


def saturate(x: npt.ArrayLike, dtype: str) -> npt.NDArray[Any]:
    """x clamped to the range of `dtype` and converted to it."""
    low, high = LIMITS[dtype]
    return np.clip(x, low, high).astype(dtype)


def quantize_value(real: float, scale: float, zero_point: int) -> int:
    """The quantized value of a real constant: float32 division, ties away from zero (`kernel_util.cc` Quantize)."""
    return zero_point + round_half_away(float(np.float32(real) / np.float32(scale)))


def activation_range(activation: str, dtype: str, scale: float, zero_point: int) -> tuple[int, int]:
    """Quantized bounds of a fused activation (`CalculateActivationRangeQuantized`, kernel_util.cc).

    activation: NONE, RELU, RELU6 or RELU_N1_TO_1. Raises ValueError for another one.

    >>> activation_range("RELU6", "int8", 0.05, -128)
    (-128, -8)
    """
    low, high = LIMITS[dtype]
    bounds = {
        "NONE": (None, None),
        "RELU": (0.0, None),
        "RELU6": (0.0, 6.0),
        "RELU_N1_TO_1": (-1.0, 1.0),
    }
    if activation not in bounds:
        raise ValueError(f"no integer form of the fused activation {activation}")
    floor, ceiling = bounds[activation]
    if floor is not None:
        low = max(low, quantize_value(floor, scale, zero_point))
    if ceiling is not None:
        high = min(high, quantize_value(ceiling, scale, zero_point))
    return low, high
