"""exp, tanh and the logistic function in fixed point (gemmlowp fixedpoint.h).

A number in "Qn" is an int32 with n integer bits: its real value is raw / 2**(31 - n), from -2**n up
to 2**n.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from edgeq.fixedpoint.division import one_minus_x_over_one_plus_x, one_over_one_plus_x
from edgeq.fixedpoint.multiply import (
    INT32_MAX,
    Integers,
    rounding_divide_by_pot,
    saturating_rounding_doubling_high_mul,
)


def exp_on_last_quarter(a: npt.ArrayLike) -> Integers:
    """exp(a) in Q0 for a in Q0 with -1/4 <= a < 0: four Taylor terms about -1/8, each product
    rounded.

    Source: gemmlowp `exp_on_interval_between_negative_one_quarter_and_0_excl`. No input saturates.

    >>> round(float(exp_on_last_quarter(-(2**28)) / 2**31), 8), round(float(np.exp(-1 / 8)), 8)
    (0.8824969, 0.8824969)
    """
    product, exp_of_minus_eighth, third = (
        saturating_rounding_doubling_high_mul,
        1895147668,
        715827883,
    )
    x = np.asarray(a, np.int64) + 2**28
    x2 = product(x, x)
    x3, x4 = product(x2, x), product(x2, x2)
    tail = rounding_divide_by_pot(product(rounding_divide_by_pot(x4, 2) + x3, third) + x2, 1)
    return np.asarray(exp_of_minus_eighth + product(exp_of_minus_eighth, x + tail))


# exp(-2**k) in Q0 for k = -2 ... 4
EXP_OF_POWERS = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)


def exp_on_negative_values(a: npt.ArrayLike, integer_bits: int) -> Integers:
    """exp(a) in Q0 for a <= 0 in Q`integer_bits`, 0 <= integer_bits <= 5 (gemmlowp
    `exp_on_negative_values`).

    a = -(r + the powers of two in the rest), 0 < r <= 1/4: exp(-r) by the Taylor sum, then one
    rounded product for each power. exp(0) would be 2**31 and saturates to 2**31 - 1.

    >>> round(float(exp_on_negative_values(-3 * 2**26, 5) / 2**31), 8), round(float(np.exp(-3)), 8)
    (0.04978708, 0.04978707)
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


def tanh(a: npt.ArrayLike, integer_bits: int) -> Integers:
    """tanh(a) in Q0 for a in Q`integer_bits`, at most 4, above -2**31 (gemmlowp `tanh`): odd, 0 at
    0.

    With e = exp(-2|a|), which is the exponential of the same bits read with one more integer bit:
    (1 - e) / (1 + e).

    >>> round(float(tanh(2**27, 4) / 2**31), 8), round(float(np.tanh(1)), 8)
    (0.7615941, 0.76159416)
    """
    a = np.asarray(a, np.int64)
    return np.asarray(
        np.sign(a)
        * one_minus_x_over_one_plus_x(exp_on_negative_values(-np.abs(a), integer_bits + 1))
    )


def logistic(a: npt.ArrayLike, integer_bits: int) -> Integers:
    """1 / (1 + exp(-a)) in Q0 for a in Q`integer_bits`, at most 5, above -2**31 (gemmlowp
    `logistic`).

    Half of 2**31 at 0; below 0 it is 2**31 - 1 less the value at -a.

    >>> round(float(logistic(2**27, 4) / 2**31), 8), round(float(1 / (1 + np.exp(-1))), 8)
    (0.73105852, 0.73105858)
    """
    a = np.asarray(a, np.int64)
    above = one_over_one_plus_x(exp_on_negative_values(-np.abs(a), integer_bits))
    return np.where(a == 0, 2**30, np.where(a > 0, above, INT32_MAX - above))


def input_radius(integer_bits: int, left_shift: int) -> int:
    """The inputs beyond which x * 2**left_shift leaves Q`integer_bits` (`CalculateInputRadius`,
    quantization_util.cc).

    >>> input_radius(5, 23)
    248
    """
    return (((1 << integer_bits) - 1) << (31 - integer_bits)) >> left_shift
