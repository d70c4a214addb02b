"""Natural logarithm in fixed point (`log_x_for_x_greater_than_or_equal_to_1`,
kernels/internal/common.h).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from edgeq.fixedpoint.division import leading_zeros, one_over_one_plus_x
from edgeq.fixedpoint.multiply import (
    INT32_MAX,
    INT32_MIN,
    Integers,
    rounding_divide_by_pot,
    saturating_rounding_doubling_high_mul,
    saturating_shift_left,
)

LOG_2, SQRT_HALF, FOURTH_ROOT_OF_HALF = 1488522236, 1518500250, 1805811301  # Q0
# log(r) = q * (r + n * q**2) / (1 + p * (i + q + d * q**2) + f * q), a quotient fitted about the
# fourth root of 1/2; n = 11/240 * 2**(1/4), d = 1/20 * 2**(1/4), i = 2**(3/4) - 2**(1/4), f = 1/4 *
# 2**(1/4)
ALPHA_N, ALPHA_D, ALPHA_I, ALPHA_F = 117049297, 127690142, 1057819769, 638450708  # Q0


def log(x: npt.ArrayLike, integer_bits: int, output_bits: int) -> Integers:
    """log(x) in Q`output_bits` for x > 0 in Q`integer_bits`; `output_bits` must be enough for the
    result, 5 for 12.

    x = r * 2**(k +- 1/4), and a rational approximation gives log(r). Saturates at the limits of
    Q`output_bits`.

    >>> round(float(log(3 << 19, 12, 5) / 2**26), 8), round(float(np.log(3)), 8)
    (1.09861231, 1.09861229)
    """
    product, accumulator = saturating_rounding_doubling_high_mul, output_bits + 1
    x, unit, quarter = np.asarray(x, np.int64), 31 - accumulator, 2**29 >> accumulator
    zeros, low = leading_zeros(x), product(x, SQRT_HALF)
    r_a = saturating_shift_left(product(saturating_shift_left(x, zeros - 1), SQRT_HALF), 1)
    r_b = saturating_shift_left(x, leading_zeros(low) - 1)
    power_a = saturating_shift_left(integer_bits - zeros, unit) + quarter
    power_b = saturating_shift_left(integer_bits - leading_zeros(low) + 1, unit) - quarter
    r, power = np.minimum(r_a, r_b), np.clip(np.maximum(power_a, power_b), INT32_MIN, INT32_MAX)
    log_r = rounding_divide_by_pot(_numerator(r), accumulator)
    return saturating_shift_left(
        product(power, LOG_2) + product(log_r, one_over_one_plus_x(_denominator(r))), 1
    )


def _numerator(r: Integers) -> Integers:
    """The numerator of the rational approximation of log(r), r in Q0."""
    product, q = saturating_rounding_doubling_high_mul, 2 * (r - FOURTH_ROOT_OF_HALF)
    return np.asarray(product(q, r) + product(product(q, product(q, q)), ALPHA_N))


def _denominator(r: Integers) -> Integers:
    """The denominator of the rational approximation of log(r), less 1, in Q0."""
    product, q = saturating_rounding_doubling_high_mul, 2 * (r - FOURTH_ROOT_OF_HALF)
    p = (r + FOURTH_ROOT_OF_HALF + 1) >> 1
    return np.asarray(
        product(p, ALPHA_I + q + product(ALPHA_D, product(q, q))) + product(ALPHA_F, q)
    )
