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


def wide_multiplier(multiplier: npt.ArrayLike) -> Integers:
    """The upper 16 bits of int32 multipliers, rounded, at most 32767: what 64-bit sums are multiplied by (common.cc).

    >>> wide_multiplier([2**30, 2**30 + 2**15, 2**31 - 1]).tolist()
    [16384, 16385, 32767]
    """
    return np.minimum((np.asarray(multiplier, np.int64) + 2**15) >> 16, 32767)


def multiply_wide_by_quantized_multiplier(
    x: npt.ArrayLike, multiplier: npt.ArrayLike, shift: npt.ArrayLike
) -> Integers:
    """x * multiplier * 2**(shift - 31), rounded once, ties up (`MultiplyByQuantizedMultiplier` of int64, common.cc).

    x: int64 values within 2**47; multiplier and shift as above, but only 16 bits of the multiplier take part.

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


def quantize_value(real: float, scale: float, zero_point: int) -> int:
    """The quantized value of a real constant: float32 division, ties away from zero (`kernel_util.cc` Quantize)."""
    return zero_point + round_half_away(float(np.float32(real) / np.float32(scale)))


def quantize_reals(real: npt.ArrayLike, scale: float, zero_point: int, dtype: str) -> npt.NDArray[Any]:
    """Quantized float32 values: float32 division, ties away from zero, saturated (`AffineQuantize`, quantize.h).

    NaN gives the zero point, as on a core whose conversion makes it 0; C leaves it undefined, as all beyond int32.

    >>> quantize_reals([0.25, -0.25, 1e30, math.nan], 0.5, 3, "int8").tolist()
    [4, 2, 127, 3]
    """
    low, high = LIMITS[dtype]
    with np.errstate(over="ignore"):
        scaled = np.nan_to_num(np.asarray(real, np.float32) / np.float32(scale), posinf=np.inf, neginf=-np.inf)
    within = np.clip(scaled, low - zero_point, high - zero_point).astype(np.float64)
    return (np.copysign(np.floor(np.abs(within) + 0.5), within) + zero_point).astype(dtype)


def activation_range(activation: str, dtype: str, scale: float, zero_point: int) -> tuple[int, int]:
    """Quantized bounds of a fused activation (`CalculateActivationRangeQuantized`, kernel_util.cc).

    activation: NONE, RELU, RELU6, RELU_N1_TO_1 or RELU_0_TO_1. Raises ValueError for another one.

    >>> activation_range("RELU6", "int8", 0.05, -128)
    (-128, -8)
    """
    low, high = LIMITS[dtype]
    bounds = {
        "NONE": (None, None),
        "RELU": (0.0, None),
        "RELU6": (0.0, 6.0),
        "RELU_N1_TO_1": (-1.0, 1.0),
        "RELU_0_TO_1": (0.0, 1.0),
    }
    if activation not in bounds:
        raise ValueError(f"no integer form of the fused activation {activation}")
    floor, ceiling = bounds[activation]
    if floor is not None:
        low = max(low, quantize_value(floor, scale, zero_point))
    if ceiling is not None:
        high = min(high, quantize_value(ceiling, scale, zero_point))
    return low, high


def saturating_rounding_doubling_high_mul_16(a: npt.ArrayLike, b: npt.ArrayLike) -> Integers:
    """a * b / 2**15 for int16 values, rounded to nearest (gemmlowp fixedpoint.h; ARM SQRDMULH on 16 bits).

    Ties go up for both signs. The one overflow, -32768 * -32768, saturates to 32767.

    >>> [int(saturating_rounding_doubling_high_mul_16(a, 2**14)) for a in (1, -1, 3, -3)]
    [1, 0, 2, -1]
    >>> int(saturating_rounding_doubling_high_mul_16(-32768, -32768))
    32767
    """
    product = np.asarray(a, np.int64) * np.asarray(b, np.int64)
    return np.asarray(np.minimum((product + 2**14) >> 15, 32767))


def saturating_doubling_high_mul_16(a: npt.ArrayLike, b: npt.ArrayLike) -> Integers:
    """a * b / 2**15 for int16 values, rounded towards zero (reference/hard_swish.h; not ARM SQDMULH, which floors).

    No ties, as nothing is rounded to nearest. The one overflow, -32768 * -32768, saturates to 32767.

    >>> [int(saturating_doubling_high_mul_16(a, 2**14)) for a in (1, -1, 3, -3)]
    [0, 0, 1, -1]
    """
    product = np.asarray(a, np.int64) * np.asarray(b, np.int64)
    return np.asarray(np.minimum(np.sign(product) * (np.abs(product) >> 15), 32767))


def int16_multiplier(multiplier: int) -> int:
    """A multiplier of 31 fraction bits cut to 15, ties up, 32767 at most (`DownScaleInt32ToInt16Multiplier`, common.h).

    >>> int16_multiplier(2**30), int16_multiplier(2**30 + 2**15), int16_multiplier(2**31 - 1)
    (16384, 16385, 32767)
    """
    return min((multiplier + 2**15) >> 16, 32767)


# A number in "Qn" below is an int32 with n integer bits: its real value is raw / 2**(31 - n), from -2**n up to 2**n.


def saturating_shift_left(x: npt.ArrayLike, exponent: int, dtype: str = "int32") -> Integers:
    """x * 2**exponent clamped to `dtype`: Qn to Qn-exponent (gemmlowp `SaturatingRoundingMultiplyByPOT`); exact else.

    >>> [int(saturating_shift_left(x, 2)) for x in (3, 2**29, -(2**29) - 1)]
    [12, 2147483647, -2147483648]
    """
    low, high = LIMITS[dtype]
    return np.clip(np.asarray(x, np.int64) << exponent, low, high)


def exp_on_last_quarter(a: npt.ArrayLike) -> Integers:
    """exp(a) in Q0 for a in Q0 with -1/4 <= a < 0: four Taylor terms about -1/8, each product rounded.

    Source: gemmlowp `exp_on_interval_between_negative_one_quarter_and_0_excl`. No input saturates.

    >>> float(exp_on_last_quarter(-(2**28)) / 2**31), math.exp(-1 / 8)
    (0.88249690271914, 0.8824969025845955)
    """
    product, exp_of_minus_eighth, third = saturating_rounding_doubling_high_mul, 1895147668, 715827883
    x = np.asarray(a, np.int64) + 2**28
    x2 = product(x, x)
    x3, x4 = product(x2, x), product(x2, x2)
    tail = rounding_divide_by_pot(product(rounding_divide_by_pot(x4, 2) + x3, third) + x2, 1)
    return np.asarray(exp_of_minus_eighth + product(exp_of_minus_eighth, x + tail))


# exp(-2**k) in Q0 for k = -2 ... 4
EXP_OF_POWERS = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)


def exp_on_negative_values(a: npt.ArrayLike, integer_bits: int) -> Integers:
    """exp(a) in Q0 for a <= 0 in Q`integer_bits`, 0 <= integer_bits <= 5 (gemmlowp `exp_on_negative_values`).

    a = -(r + the powers of two in the rest), 0 < r <= 1/4: exp(-r) by the Taylor sum, then one rounded product for
    each power. exp(0) would be 2**31 and saturates to 2**31 - 1.

    >>> float(exp_on_negative_values(-3 * 2**26, 5) / 2**31), math.exp(-3)
    (0.049787082709372044, 0.049787068367863944)
    >>> int(exp_on_negative_values(0, 5))
    2147483647
    """
    a = np.asarray(a, np.int64)
    quarter = 1 << (29 - integer_bits)
    within = (a & (quarter - 1)) - quarter
    result, rest = exp_on_last_quarter(within << integer_bits), within - a
    for power, factor in zip(range(-2, integer_bits), EXP_OF_POWERS, strict=False):
        taken = rest & (1 << (31 - integer_bits + power)) != 0
        result = np.where(taken, saturating_rounding_doubling_high_mul(result, factor), result)
    return np.asarray(np.where(a == 0, INT32_MAX, result))


def _inverse_of_half(half_denominator: Integers) -> Integers:
    """1 / half_denominator in Q2 for 1/2 <= half_denominator < 1 in Q0: three Newton steps from (48 - 32 d) / 17."""
    product, one = saturating_rounding_doubling_high_mul, 1 << 29
    x = 1515870810 + product(half_denominator, -1010580540)
    for _ in range(3):
        x = x + saturating_shift_left(product(x, one - product(half_denominator, x)), 2)
    return np.asarray(x)


def one_over_one_plus_x(x: npt.ArrayLike) -> Integers:
    """1 / (1 + x) in Q0 for 0 <= x < 1 in Q0 (gemmlowp `one_over_one_plus_x_for_x_in_0_1`).

    1 / (1 + 0) would be 2**31 and saturates; (1 + x) / 2 is rounded with ties up.

    >>> [int(one_over_one_plus_x(x)) for x in (0, 2**30, 2**31 - 1)]
    [2147483647, 1431655762, 1073741820]
    """
    half_denominator = (np.asarray(x, np.int64) + INT32_MAX + 1) >> 1
    return saturating_shift_left(_inverse_of_half(half_denominator), 1)


def one_minus_x_over_one_plus_x(x: npt.ArrayLike) -> Integers:
    """(1 - x) / (1 + x) in Q0 for 0 <= x < 1 in Q0 (gemmlowp `one_minus_x_over_one_plus_x_for_x_in_0_1`).

    It saturates at x = 0, and where the exact value is near 0 it may be slightly less.

    >>> [int(one_minus_x_over_one_plus_x(x)) for x in (0, 2**30, 2**31 - 1)]
    [2147483647, 715827876, -8]
    """
    half_denominator = (np.asarray(x, np.int64) + INT32_MAX + 1) >> 1
    return saturating_shift_left(_inverse_of_half(half_denominator) - (1 << 29), 2)


def tanh(a: npt.ArrayLike, integer_bits: int) -> Integers:
    """tanh(a) in Q0 for a in Q`integer_bits`, at most 4, above -2**31 (gemmlowp `tanh`): odd, 0 at 0.

    With e = exp(-2|a|), which is the exponential of the same bits read with one more integer bit: (1 - e) / (1 + e).

    >>> float(tanh(2**27, 4) / 2**31), math.tanh(1)
    (0.7615940999239683, 0.7615941559557649)
    """
    a = np.asarray(a, np.int64)
    return np.asarray(np.sign(a) * one_minus_x_over_one_plus_x(exp_on_negative_values(-np.abs(a), integer_bits + 1)))


def logistic(a: npt.ArrayLike, integer_bits: int) -> Integers:
    """1 / (1 + exp(-a)) in Q0 for a in Q`integer_bits`, at most 5, above -2**31 (gemmlowp `logistic`).

    Half of 2**31 at 0; below 0 it is 2**31 - 1 less the value at -a.

    >>> float(logistic(2**27, 4) / 2**31), 1 / (1 + math.exp(-1))
    (0.7310585239902139, 0.7310585786300049)
    """
    a = np.asarray(a, np.int64)
    above = one_over_one_plus_x(exp_on_negative_values(-np.abs(a), integer_bits))
    return np.where(a == 0, 2**30, np.where(a > 0, above, INT32_MAX - above))


def reciprocal(x: npt.ArrayLike, integer_bits: int) -> tuple[Integers, Integers]:
    """(r, n) with 1 / x = r / 2**31 / 2**n for x > 0 in Q`integer_bits`, n integer (`GetReciprocal`, common.h).

    >>> [int(v) for v in reciprocal(3 << 19, 12)]
    [1431655762, 1]
    """
    x = np.asarray(x, np.int64)
    leading_zeros = 32 - np.frexp(x.astype(np.float64))[1].astype(np.int64)
    return one_over_one_plus_x((x << leading_zeros) - 2**31), integer_bits - leading_zeros


def input_radius(integer_bits: int, left_shift: int) -> int:
    """The inputs beyond which x * 2**left_shift leaves Q`integer_bits` (`CalculateInputRadius`, quantization_util.cc).

    >>> input_radius(5, 23)
    248
    """
    return (((1 << integer_bits) - 1) << (31 - integer_bits)) >> left_shift


def inverse_sqrt(x: int) -> Multiplier:
    """1 / sqrt(x) as a multiplier, for x >= 1 (`GetInvSqrtQuantizedMultiplierExp`, common.h): five Newton steps in Q3.

    x = 0 counts as 1; 1 itself gives the greatest multiplier, since 1.0 has none with shift 0.

    >>> inverse_sqrt(4), inverse_sqrt(1)
    (Multiplier(multiplier=1073741828, shift=0), Multiplier(multiplier=2147483647, shift=0))
    """
    product, rounded = saturating_rounding_doubling_high_mul, rounding_divide_by_pot
    if x <= 1:
        return Multiplier(INT32_MAX, 0)
    shift = 11
    while x >= 2**29:
        x, shift = x // 4, shift + 1
    pairs = (31 - x.bit_length()) // 2 - 1
    x, shift = x << 2 * pairs, shift - pairs
    half, y = rounded(x >> 1, 1), np.asarray(2**28)
    for _ in range(5):
        cube = saturating_shift_left(product(product(y, y), y), 6)
        y = saturating_shift_left(product(2**28 + 2**27, y) - product(half, cube), 3)
    inverse = int(product(y, 1518500250))
    return Multiplier(inverse << max(-shift, 0), -max(shift, 0))
