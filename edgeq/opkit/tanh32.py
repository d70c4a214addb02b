"""tanhf and expm1f with the bits of the GNU C library up to 2.40, which tflite-runtime's float
kernels call on Linux.

Its algorithm, that of Sun's fdlibm, all in float32: tanh|x| = 1 - 2 / (expm1(2|x|) + 2), and for
|x| < 1 -t / (t + 2) with t = expm1(-2|x|). expm1(x) = 2**k * (1 + expm1(r)) - 1 with x = k ln 2 +
r. Newer libraries round correctly, so an interpreter that runs on them may differ in the last
place.

The algorithm and its constants: Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved.
Developed at SunPro, a Sun Microsystems, Inc. business. Permission to use, copy, modify, and
distribute this software is freely granted, provided that this notice is preserved.
SPDX-License-Identifier: SunPro
"""

from __future__ import annotations

import numpy as np

from edgeq.opkit.node import Values

SERIES = tuple(
    np.float32(q)
    for q in (
        -2.0109921195e-07,
        4.0082177293e-06,
        -7.9365076090e-05,
        1.5873016091e-03,
        -3.3333335072e-02,
        1.0,
    )
)
LN2_HIGH, LN2_LOW = (
    np.float32(float.fromhex("0x1.62e3p-1")),
    np.float32(float.fromhex("0x1.2fefa2p-17")),
)
PER_LN2, HALF_LN2 = (
    np.float32(float.fromhex("0x1.715476p+0")),
    np.float32(float.fromhex("0x1.62e43p-2")),
)
ONE_AND_A_HALF_LN2 = np.float32(float.fromhex("0x1.0a2b24p+0"))
LEAST = np.float32(-float.fromhex("0x1.2b7088p+4"))  # -27 ln 2, where e**x - 1 is -1
HALF, ONE, TWO, THREE, SIX = (np.float32(x) for x in (0.5, 1, 2, 3, 6))


def tanh32(x: Values) -> Values:
    """tanh of float32 values, within 2 units of the last place."""
    magnitude = np.abs(x)
    above = ONE - TWO / (expm1_32(TWO * np.clip(magnitude, ONE, 22)) + TWO)
    t = expm1_32(-TWO * np.minimum(magnitude, ONE))
    y = np.where(magnitude < 1, -t / (t + TWO), above)
    y = np.copysign(np.where(magnitude >= 22, ONE, y), x)
    return np.where(magnitude >= np.float32(2.0**-55), y, x)


def expm1_32(x: Values) -> Values:
    """e**x - 1 of float32 values, x <= 44."""
    x = np.maximum(x, np.float32(-44))
    magnitude = np.abs(x)
    far = np.trunc(PER_LN2 * x + np.copysign(HALF, x))
    k = np.where(magnitude >= ONE_AND_A_HALF_LN2, far, np.copysign(ONE, x))
    k = np.where(magnitude <= HALF_LN2, np.float32(0), k)
    high, low = x - k * LN2_HIGH, k * LN2_LOW
    rest = high - low
    y = _rest(rest, (high - rest) - low, k.astype(np.int32))
    y = np.where(magnitude < np.float32(2.0**-25), x, y)
    return np.where(x < LEAST, -ONE, y)


def _rest(x: Values, c: Values, k: Values) -> Values:
    """e**x - 1 of what is left when k ln 2 is taken off: x and its error c."""
    half = HALF * x
    square = x * half
    series: Values = np.asarray(SERIES[0])
    for q in SERIES[1:]:
        series = q + square * series
    t = THREE - series * half
    e = square * ((series - t) / (SIX - x * t))
    plain = x - (x * e - square)
    e = x * (e - c) - c - square
    least, most = np.ldexp(ONE, -k), np.ldexp(ONE, k)
    scaled = np.where(k < 23, (ONE - least) - (e - x), x - (e + least) + ONE) * most
    at_one = np.where(x < np.float32(-0.25), -TWO * (e - (x + HALF)), ONE + TWO * (x - e))
    below = (ONE - (e - x)) * most - ONE
    return np.select(
        [k == 0, k == -1, k == 1, (k <= -2) | (k > 56)],
        [plain, HALF * (x - e) - HALF, at_one, below],
        scaled,
    )
