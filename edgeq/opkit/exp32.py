"""expf with the bits of the GNU C library, which is what tflite-runtime's float kernels call on
Linux.

Its algorithm, that of ARM's optimized routines: exp(x) = 2**(k / 32) * 2**(r / 32) with k whole and
|r| <= 1/2, the first factor from a table, the second a polynomial of degree 3, all in float64. On
processors with fused multiply-add the library contracts products and sums; of all 2**32 arguments
that changes the result of two, by one unit of the last
place: 32.564632 and -63.09946.

SPDX-FileCopyrightText: 2017 Arm Limited, for the algorithm and its constants
SPDX-License-Identifier: MIT OR Apache-2.0 WITH LLVM-exception
"""

from __future__ import annotations

from decimal import Decimal, localcontext

import numpy as np

from edgeq.opkit.node import Values

LEAST, MOST = (
    np.float32(float.fromhex(x)) for x in ("-0x1.9fe368p+6", "0x1.62e42ep+6")
)  # beyond: 0 and infinity


def _roots_of_two() -> Values:
    with localcontext() as context:
        context.prec = 40
        return np.array([float(Decimal(2) ** (Decimal(i) / 32)) for i in range(32)])


ROOTS = _roots_of_two()


def exp32(x: Values) -> Values:
    """e**x of float32 values, within 0.502 units of the last place."""
    inside = (x >= LEAST) & (x <= MOST)
    steps = float.fromhex("0x1.71547652b82fep+5") * np.where(inside, x, 0).astype(
        np.float64
    )  # 32 / ln 2
    whole = np.rint(steps)
    r, k = steps - whole, whole.astype(np.int64)
    root = np.ldexp(ROOTS[k & 31], (k >> 5).astype(np.int32))
    high = float.fromhex("0x1.c6af84b912394p-20") * r + float.fromhex("0x1.ebfce50fac4f3p-13")
    low = float.fromhex("0x1.62e42ff0c52d6p-6") * r + 1.0
    with np.errstate(under="ignore"):
        y = ((high * (r * r) + low) * root).astype(np.float32)
    y[x < LEAST] = 0
    y[x > MOST] = np.inf
    y[np.isnan(x)] = np.nan
    return np.asarray(y)
