"""Natural logarithms of whole numbers by a table of the base-2 logarithm (TFLM signal/src/log.cc)."""

from __future__ import annotations

from math import log2
from typing import Any

import numpy as np
import numpy.typing as npt

SEGMENTS = 128
ONE = 1 << 16  # of fractions
LOG_2 = 45426

LOG2_TABLE: npt.NDArray[Any] = np.array(
    [round((log2(1 + i / SEGMENTS) - i / SEGMENTS) * ONE) for i in range(SEGMENTS + 1)], np.uint16
)
"""log2(1 + f) - f at the ends of 128 segments of f from 0 to 1, with 16 fraction bits."""


def scaled_log(x: npt.ArrayLike, scale: int) -> npt.NDArray[Any]:
    """scale * log(x) of whole numbers from 1 to 2**32 - 1, uint32, modulo 2**32.

    Rounded to nearest twice, ties up: the logarithm to 16 fraction bits, then the product; what the
    table adds is rounded down.

    >>> scaled_log([1, 3, 1000, 2**32 - 1], 1 << 10).tolist()
    [0, 1125, 7074, 22715]
    """
    x = np.asarray(x, np.int64)
    whole = np.frexp(x.astype(np.float64))[1].astype(np.int64) - 1
    rest = x - (1 << whole)
    fraction = np.where(
        whole < 16, rest << np.maximum(16 - whole, 0), rest >> np.maximum(whole - 16, 0)
    )
    segment, within = np.divmod(fraction, ONE // SEGMENTS)
    table = LOG2_TABLE.astype(np.int64)
    bend = table[segment] + (((table[segment + 1] - table[segment]) * within) >> 16)
    log = ((whole << 16) + fraction + bend) * LOG_2 + ONE // 2 >> 16
    product = log.astype(np.uint32) * np.uint32(scale) + np.uint32(ONE // 2)
    return np.asarray(product >> np.uint32(16), np.uint32)
