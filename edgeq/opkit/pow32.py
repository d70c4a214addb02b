"""powf with the bits of the GNU C library, which is what tflite-runtime's float kernels call on
Linux.

Its algorithm, that of ARM's optimized routines, all in float64: log2(x) = k + log2(c) + log2(z / c)
with x = 2**k * z and z near c, the second term from a table of 16, the third a polynomial of degree
5; then 2**(y * log2(x)) = 2**(i / 32) * 2**r with i whole and |r| <= 1/64, the first factor from a
table, the second a polynomial of degree 3. On processors with fused multiply-add the library
contracts products and sums, which may change the last place of a few results.

SPDX-FileCopyrightText: 2017-2018 Arm Limited, for the algorithm and its constants
SPDX-License-Identifier: MIT OR Apache-2.0 WITH LLVM-exception
"""

from __future__ import annotations

import numpy as np

from edgeq.opkit.exp32 import ROOTS
from edgeq.opkit.floats import LARGEST
from edgeq.opkit.log32 import INVERSES, LOWEST
from edgeq.opkit.node import Values

_LOGARITHMS = """
    -0x1.efec65b963019p-2 -0x1.b0b6832d4fca4p-2 -0x1.7418b0a1fb77bp-2 -0x1.39de91a6dcf7bp-2
    -0x1.01d9bf3f2b631p-2 -0x1.97c1d1b3b7afp-3  -0x1.2f9e393af3c9fp-3 -0x1.960cbbf788d5cp-4
    -0x1.a6f9db6475fcep-5 0x0p+0                0x1.338ca9f24f53dp-4  0x1.476a9543891bap-3
    0x1.e840b4ac4e4d2p-3  0x1.40645f0c6651cp-2  0x1.88e9c2c1b9ff8p-2  0x1.ce0a44eb17bccp-2
"""
LOGARITHMS = np.array([float.fromhex(x) for x in _LOGARITHMS.split()])
"""log2(c) of the middles of 16 intervals, whose inverses are those of logf."""
_LOG = tuple(
    map(
        float.fromhex,
        (
            "0x1.27616c9496e0bp-2",
            "-0x1.71969a075c67ap-2",
            "0x1.ec70a6ca7baddp-2",
            "-0x1.7154748bef6c8p-1",
            "0x1.71547652ab82bp0",
        ),
    )
)
_EXP = tuple(
    map(float.fromhex, ("0x1.c6af84b912394p-5", "0x1.ebfce50fac4f3p-3", "0x1.62e42ff0c52d6p-1"))
)
_EVEN = np.float32(2.0**24)  # from here on every float32 is an even number
_NO_REAL = np.array(0xFFC00000, np.uint32).view(np.float32)[()]
_MOST, _LEAST = float.fromhex("0x1.fffffffd1d571p+6"), -150.0
_NEAR_WHOLE = np.float32(1e-5)


def pow32(x: Values, y: Values) -> Values:
    """x**y of float32 values that broadcast, within 0.82 units of the last place; where there is no
    real result, the NaN that x86 gives.
    """
    x, y = np.broadcast_arrays(x, y)
    size, reach = np.abs(x), np.abs(y)
    whole = (reach >= _EVEN) | (np.trunc(y) == y)
    odd = (reach < _EVEN) & whole & (np.where(reach < _EVEN, y, 0).astype(np.int64) & 1 == 1)
    usual = np.isfinite(y) & np.isfinite(x) & (size > 0) & (y != 0)
    power = _of_positive(np.where(usual, size, 1), np.where(usual, y, 1))
    beyond = np.where((size > 1) == (y > 0), np.float32(np.inf), np.float32(0))
    power = np.where(usual, power, np.where((size == 1) & ~np.isnan(y), np.float32(1), beyond))
    power = np.where(np.signbit(x) & odd, -power, power)
    power = np.where((x < 0) & np.isfinite(x) & ~whole, _NO_REAL, power)
    power = np.where(np.isnan(y), y, power)
    power = np.where(np.isnan(x), x, power)
    return np.asarray(np.where((y == 0) | (x == 1), np.float32(1), power))


def _of_positive(x: Values, y: Values) -> Values:
    """x**y of finite x > 0 and finite y."""
    tiny = x < np.float32(2.0**-126)
    bits = np.where(tiny, x * np.float32(2.0**23), x).astype(np.float32).view(np.int32)
    bits = bits - np.where(tiny, np.int32(23 << 23), np.int32(0))
    above = bits - np.int32(LOWEST)
    k, at = above >> 23, above >> 19 & 15
    r = (bits - (k << 23)).view(np.float32).astype(np.float64) * INVERSES[at] - 1
    a, b, c, d, e = _LOG
    square = r * r
    low = (c * r + d) * square + (e * r + (LOGARITHMS[at] + k))
    product = y.astype(np.float64) * ((a * r + b) * (square * square) + low)
    inside = np.clip(product, _LEAST, _MOST)
    steps = np.rint(inside * 32)
    rest, count = inside - steps / 32, steps.astype(np.int64)
    scale = np.ldexp(ROOTS[count & 31], (count >> 5).astype(np.int32))
    cubic, quadratic, linear = _EXP
    power = (cubic * rest + quadratic) * (rest * rest) + (linear * rest + 1)
    result = (power * scale).astype(np.float32)
    result = np.where(product > _MOST, np.float32(np.inf), result)
    return np.asarray(np.where(product <= _LEAST, np.float32(0), result))


def whole_power(x: Values, y: Values) -> tuple[Values, Values]:
    """Which y are within 1e-5 of a whole number from 1 on, and x to the power of these, multiplied
    in float32, each product bounded to finite numbers.
    """
    positive = (y >= 0.5) & (y < 2.0**31)
    exponent = np.floor(np.where(positive, y, 1).astype(np.float64) + 0.5).astype(np.int64)
    near = positive & (np.abs(y - exponent.astype(np.float32)) < _NEAR_WHOLE)
    exponent = np.where(near, exponent, 1)
    x, exponent = np.broadcast_arrays(x, exponent)
    power = x
    for bit in reversed(range(int(exponent.max(initial=1)).bit_length() - 1)):
        power = np.where(exponent >> bit > 1, _bounded(power * power), power)
        power = np.where(
            (exponent >> bit > 1) & (exponent >> bit & 1 == 1), _bounded(x * power), power
        )
    return near, power


def _bounded(x: Values) -> Values:
    return np.clip(x, np.float32(-LARGEST), np.float32(LARGEST))
