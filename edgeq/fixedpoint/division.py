"""Reciprocals and inverse roots by Newton steps (gemmlowp fixedpoint.h, TFLite common.h).

A number in "Qn" is an int32 with n integer bits: its real value is raw / 2**(31 - n), from -2**n up
to 2**n.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from edgeq.fixedpoint.multiply import (
    INT32_MAX,
    Integers,
    Multiplier,
    rounding_divide_by_pot,
    saturating_rounding_doubling_high_mul,
    saturating_shift_left,
)


def _inverse_of_half(half_denominator: Integers) -> Integers:
    """1 / half_denominator in Q2 for 1/2 <= half_denominator < 1 in Q0: three Newton steps from (48
    - 32 d) / 17.
    """
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
    """(1 - x) / (1 + x) in Q0 for 0 <= x < 1 in Q0 (gemmlowp
    `one_minus_x_over_one_plus_x_for_x_in_0_1`).

    It saturates at x = 0, and where the exact value is near 0 it may be slightly less.

    >>> [int(one_minus_x_over_one_plus_x(x)) for x in (0, 2**30, 2**31 - 1)]
    [2147483647, 715827876, -8]
    """
    half_denominator = (np.asarray(x, np.int64) + INT32_MAX + 1) >> 1
    return saturating_shift_left(_inverse_of_half(half_denominator) - (1 << 29), 2)


def leading_zeros(x: npt.ArrayLike) -> Integers:
    """Number of leading zeros in the 32 bits of x >= 0 (`CountLeadingZeros`, common.h).

    >>> leading_zeros([0, 1, 2**31]).tolist()
    [32, 31, 0]
    """
    return 32 - np.frexp(np.asarray(x, np.float64))[1].astype(np.int64)


def reciprocal(x: npt.ArrayLike, integer_bits: int) -> tuple[Integers, Integers]:
    """(r, n) with 1 / x = r / 2**31 / 2**n for x > 0 in Q`integer_bits`, n integer
    (`GetReciprocal`, common.h).

    >>> [int(v) for v in reciprocal(3 << 19, 12)]
    [1431655762, 1]
    """
    x = np.asarray(x, np.int64)
    zeros = leading_zeros(x)
    return one_over_one_plus_x((x << zeros) - 2**31), integer_bits - zeros


def inverse_sqrt(x: int) -> Multiplier:
    """1 / sqrt(x) as a multiplier, for 0 <= x < 2**31; see `inverse_sqrts`.

    >>> inverse_sqrt(4), inverse_sqrt(1)
    (Multiplier(multiplier=1073741828, shift=0), Multiplier(multiplier=2147483647, shift=0))
    """
    multipliers, shifts = inverse_sqrts(np.array([x]))
    return Multiplier(int(multipliers[0]), int(shifts[0]))


def inverse_sqrts(x: Integers) -> tuple[Integers, Integers]:
    """1 / sqrt(x) as multipliers and their shifts, for each of x, 0 to 2**31 - 1
    (`GetInvSqrtQuantizedMultiplierExp`, common.h): five Newton steps in Q3.

    x = 0 counts as 1; 1 itself gives the greatest multiplier, since 1.0 has none with shift 0.
    """
    product, rounded = saturating_rounding_doubling_high_mul, rounding_divide_by_pot
    divided = x >= 2**29
    values = np.where(divided, x >> 2, np.maximum(x, 2))
    pairs = (31 - np.frexp(values.astype(np.float64))[1].astype(np.int64)) // 2 - 1
    half, y = rounded((values << 2 * pairs) >> 1, 1), np.full(x.shape, 2**28)
    for _ in range(5):
        cube = saturating_shift_left(product(product(y, y), y), 6)
        y = saturating_shift_left(product(2**28 + 2**27, y) - product(half, cube), 3)
    shift = 11 + divided - pairs
    inverse = product(y, 1518500250) << np.maximum(-shift, 0)
    one = x <= 1
    return np.where(one, INT32_MAX, inverse), np.where(one, 0, -np.maximum(shift, 0))
