"""logf with the bits of the GNU C library, which is what tflite-runtime's and TFLM's float kernels
call on Linux.

Its algorithm, that of ARM's optimized routines: with x = 2**k * z, z near c, log(x) = k * ln 2 +
log(c) + log1p(z / c - 1), the second term from a table of 16, the third a polynomial of degree 4, all
in float64. On processors with fused multiply-add the library contracts products and sums, which may
change the last place of a few results.

SPDX-FileCopyrightText: 2017-2018 Arm Limited, for the algorithm and its constants
SPDX-License-Identifier: MIT OR Apache-2.0 WITH LLVM-exception
"""

from __future__ import annotations

import numpy as np

from edgeq.opkit.node import Values

LOWEST = 0x3F330000  # the bits of the least z; the greatest is twice as large
LN_2 = float.fromhex("0x1.62e42fefa39efp-1")
POLYNOMIAL = tuple(
    map(float.fromhex, ("-0x1.00ea348b88334p-2", "0x1.5575b0be00b6ap-2", "-0x1.ffffef20a4123p-2"))
)
_TABLE = """
    0x1.661ec79f8f3bep+0 -0x1.57bf7808caadep-2
    0x1.571ed4aaf883dp+0 -0x1.2bef0a7c06ddbp-2
    0x1.49539f0f010bp+0 -0x1.01eae7f513a67p-2
    0x1.3c995b0b80385p+0 -0x1.b31d8a68224e9p-3
    0x1.30d190c8864a5p+0 -0x1.6574f0ac07758p-3
    0x1.25e227b0b8eap+0 -0x1.1aa2bc79c81p-3
    0x1.1bb4a4a1a343fp+0 -0x1.a4e76ce8c0e5ep-4
    0x1.12358f08ae5bap+0 -0x1.1973c5a611cccp-4
    0x1.0953f419900a7p+0 -0x1.252f438e10c1ep-5
    0x1p+0 0x0p+0
    0x1.e608cfd9a47acp-1 0x1.aa5aa5df25984p-5
    0x1.ca4b31f026aap-1 0x1.c5e53aa362eb4p-4
    0x1.b2036576afce6p-1 0x1.526e57720db08p-3
    0x1.9c2d163a1aa2dp-1 0x1.bc2860d22477p-3
    0x1.886e6037841edp-1 0x1.1058bc8a07ee1p-2
    0x1.767dcf5534862p-1 0x1.4043057b6ee09p-2
"""
INVERSES, LOGARITHMS = np.array([float.fromhex(x) for x in _TABLE.split()]).reshape(-1, 2).T
"""1 / c and log(c) of the middles of 16 intervals."""


def log32(x: Values) -> Values:
    """The natural logarithm of float32 values, within 0.82 units of the last place; of values below
    0 the NaN that x86 gives.
    """
    inside = (x > 0) & (x < np.inf)
    exact = np.where(inside, x, 1).astype(np.float32)
    tiny = exact < np.float32(2.0**-126)
    bits = np.where(tiny, exact * np.float32(2.0**23), exact).view(np.int32)
    bits -= np.where(tiny, np.int32(23 << 23), np.int32(0))
    above = bits - np.int32(LOWEST)
    k = above >> 23
    z = (bits - (k << 23)).view(np.float32).astype(np.float64)
    at = (above >> 19) & 15
    r = z * INVERSES[at] - 1
    y0 = LOGARITHMS[at] + k * LN_2
    square = r * r
    a, b, c = POLYNOMIAL
    y = ((a * square + (b * r + c)) * square + (y0 + r)).astype(np.float32)
    y[x == 0] = -np.inf
    y[x < 0] = np.array(0xFFC00000, np.uint32).view(np.float32)
    beyond = ~(x < np.inf)
    y[beyond] = x[beyond]
    return np.asarray(y)
