"""exp in float64 with the same bits everywhere, without a C library.

exp(x) = 2**(k / 32) * exp(r) with k whole and |r| <= ln(2) / 64: the first factor from the table of
`exp32`, the second by its Taylor series of degree 6. The result is within 2 units of the last place,
so that a float32 made of it is that of a correctly rounded exponential but for one argument in 2**27.
"""

from __future__ import annotations

import numpy as np

from edgeq.opkit.exp32 import ROOTS
from edgeq.opkit.node import Values

LEAST, MOST = -700.0, 709.0  # beyond: 0 and infinity; both lie outside of float32 by far
_STEPS = float.fromhex("0x1.71547652b82fep+5")  # 32 / ln 2
_LN2_HIGH, _LN2_LOW = (  # of ln 2 / 32; products of the first with whole numbers are exact
    float.fromhex(part) for part in ("0x1.62e42fefa0000p-6", "0x1.cf79abc9e3b39p-45")
)
_SERIES = (1 / 720, 1 / 120, 1 / 24, 1 / 6, 0.5)


def exp64(x: Values) -> Values:
    """e**x of float64 values."""
    inside = (x >= LEAST) & (x <= MOST)
    x = np.where(inside | np.isnan(x), x, np.where(x < 0, -np.inf, np.inf))
    at = np.where(inside, x, 0.0)
    whole = np.rint(at * _STEPS)
    r = (at - whole * _LN2_HIGH) - whole * _LN2_LOW
    series = np.full_like(r, _SERIES[0])
    for coefficient in _SERIES[1:]:
        series = series * r + coefficient
    k = whole.astype(np.int64)
    root = ROOTS[k & 31]
    power = root + root * (series * (r * r) + r)
    y = np.ldexp(power, (k >> 5).astype(np.int32))
    return np.asarray(np.where(inside, y, np.where(np.isnan(x), x, np.where(x < 0, 0.0, np.inf))))
