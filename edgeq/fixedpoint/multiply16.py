"""Multiplication of 16-bit numbers, as used by HARD_SWISH."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from edgeq.fixedpoint.multiply import Integers


def saturating_rounding_doubling_high_mul_16(a: npt.ArrayLike, b: npt.ArrayLike) -> Integers:
    """a * b / 2**15 for int16 values, rounded to nearest (gemmlowp fixedpoint.h; ARM SQRDMULH on 16
    bits).

    Ties go up for both signs. The one overflow, -32768 * -32768, saturates to 32767.

    >>> [int(saturating_rounding_doubling_high_mul_16(a, 2**14)) for a in (1, -1, 3, -3)]
    [1, 0, 2, -1]
    >>> int(saturating_rounding_doubling_high_mul_16(-32768, -32768))
    32767
    """
    product = np.asarray(a, np.int64) * np.asarray(b, np.int64)
    return np.asarray(np.minimum((product + 2**14) >> 15, 32767))


def saturating_doubling_high_mul_16(a: npt.ArrayLike, b: npt.ArrayLike) -> Integers:
    """a * b / 2**15 for int16 values, rounded towards zero (reference/hard_swish.h; not ARM
    SQDMULH, which floors).

    No ties, as nothing is rounded to nearest. The one overflow, -32768 * -32768, saturates to
    32767.

    >>> [int(saturating_doubling_high_mul_16(a, 2**14)) for a in (1, -1, 3, -3)]
    [0, 0, 1, -1]
    """
    product = np.asarray(a, np.int64) * np.asarray(b, np.int64)
    return np.asarray(np.minimum(np.sign(product) * (np.abs(product) >> 15), 32767))


def int16_multiplier(multiplier: int) -> int:
    """A multiplier of 31 fraction bits cut to 15, ties up, 32767 at most
    (`DownScaleInt32ToInt16Multiplier`, common.h).

    >>> int16_multiplier(2**30), int16_multiplier(2**30 + 2**15), int16_multiplier(2**31 - 1)
    (16384, 16385, 32767)
    """
    return min((multiplier + 2**15) >> 16, 32767)
