"""sinf and cosf with the bits of the GNU C library, which is what tflite-runtime's and TFLM's float
kernels call on Linux.

Its algorithm, that of ARM's optimized routines: with x = n * pi / 2 + r and |r| <= pi / 4, the sine
is that of r, its cosine, or one of these negated, each a polynomial in float64. Below 120 the
remainder r is one float64 product and difference; from there on it is an exact product of whole
numbers, modulo 4, with the bits of 4 / pi that matter.

SPDX-FileCopyrightText: 2018 Arm Limited, for the algorithm and its constants
SPDX-License-Identifier: MIT OR Apache-2.0 WITH LLVM-exception
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from edgeq.opkit.node import Values

_QUARTER_TURN = float.fromhex("0x1.921fb54442d18p0")  # pi / 2
_QUARTERS = float.fromhex("0x1.45f306dc9c883p+23")  # 2**24 / (pi / 2)
_SINE = tuple(
    map(float.fromhex, ("-0x1.555545995a603p-3", "0x1.1107605230bc4p-7", "-0x1.994eb3774cf24p-13"))
)
_COSINE = tuple(
    map(
        float.fromhex,
        (
            "-0x1.ffffffd0c621cp-2",
            "0x1.55553e1068f19p-5",
            "-0x1.6c087e89a359dp-10",
            "0x1.99343027bf8c3p-16",
        ),
    )
)
_FOUR_OVER_PI = 0xA2F9836E4E441529FC2757D1F534DDC0DB6295993C439041  # times 2**191
_WORDS = np.array([_FOUR_OVER_PI >> 184 - 8 * i & 0xFFFFFFFF for i in range(24)], np.uint64)
"""The 32 bits of 4 / pi that end with byte i."""
_LOW, _HALF, _WHOLE = np.uint64(0xFFFFFFFF), np.uint64(32), np.uint64(62)
FROM_HERE_EXACT = np.float32(120)
SAME = np.float32(2.0**-12)  # below, a sine is its argument
Remainder = tuple[npt.NDArray[np.int64], Values]


def sin32(x: Values) -> Values:
    """Sines of float32 values, within 0.5607 units of the last place; of infinity the NaN that x86
    gives.
    """
    sines = _of_quarter(*_quarter_turns(x))
    return _of_finite(x, np.where(np.abs(x) < SAME, x, sines))


def cos32(x: Values) -> Values:
    """Cosines of float32 values, within 0.5607 units of the last place; of infinity the NaN that
    x86 gives.
    """
    turns, rest = _quarter_turns(x)
    return _of_finite(x, _of_quarter(turns + 1, rest))


def _of_finite(x: Values, y: Values) -> Values:
    no_number = np.where(np.isnan(x), x, np.array(0xFFC00000, np.uint32).view(np.float32))
    return np.asarray(np.where(np.isfinite(x), y, no_number))


def _of_quarter(turns: npt.NDArray[np.int64], r: Values) -> Values:
    """Sines of turns * pi / 2 + r."""
    square = r * r
    cube = r * square
    sine = (r + cube * _SINE[0]) + cube * square * (_SINE[1] + square * _SINE[2])
    fourth = square * square
    cosine = (1.0 + square * _COSINE[0]) + fourth * _COSINE[1]
    cosine = cosine + fourth * square * (_COSINE[2] + square * _COSINE[3])
    y = np.where(turns & 1, cosine, sine)
    return np.asarray(np.where(turns & 2, -y, y), np.float32)


def _quarter_turns(x: Values) -> Remainder:
    """n and r of x = n * pi / 2 + r; of values that are not finite any."""
    large, near = np.abs(x) >= FROM_HERE_EXACT, np.abs(x) < FROM_HERE_EXACT
    few = np.where(near, x, 0).astype(np.float64)
    turns = ((few * _QUARTERS).astype(np.int64) + (1 << 23)) >> 24
    rest = few - turns * _QUARTER_TURN
    exact_turns, exact_rest = _exact_quarter_turns(np.where(large, x, FROM_HERE_EXACT))
    return np.where(large, exact_turns, turns), np.where(large, exact_rest, rest)


def _exact_quarter_turns(x: Values) -> Remainder:
    """n, modulo 4, and r of |x| >= 2. The fraction of a turn has 62 bits, of which r keeps 53."""
    bits = np.abs(x).astype(np.float32).view(np.uint32).astype(np.uint64)
    at = (bits >> np.uint64(26) & np.uint64(15)).astype(np.int64)
    whole = bits & np.uint64(0xFFFFFF) | np.uint64(0x800000)
    whole = whole << (bits >> np.uint64(23) & np.uint64(7)) & _LOW
    high, middle, low = whole * _WORDS[at], whole * _WORDS[at + 4], whole * _WORDS[at + 8]
    product = (high << _HALF | low >> _HALF) + middle
    turns = product + np.uint64(1 << 61) >> _WHOLE
    fraction = (product - (turns << _WHOLE)).view(np.int64)
    rest = fraction.astype(np.float64) * (_QUARTER_TURN * 2.0**-62)
    negative, counted = x < 0, turns.astype(np.int64)
    return np.where(negative, -counted, counted), np.where(negative, -rest, rest)
