"""Conversion of real numbers to quantized ones."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from edgeq.fixedpoint.multiply import LIMITS, round_half_away


def quantize_value(real: float, scale: float, zero_point: int) -> int:
    """The quantized value of a real constant: float32 division, ties away from zero
    (`kernel_util.cc`, Quantize).

    Quotients beyond int32, which are undefined in C, are clamped to int32 before the zero point is
    added.
    """
    with np.errstate(over="ignore"):
        steps = float(np.float32(real) / np.float32(scale))
    return zero_point + round_half_away(min(max(steps, -(2.0**31)), 2.0**31 - 1))


def quantize_reals(
    real: npt.ArrayLike, scale: float, zero_point: int, dtype: str
) -> npt.NDArray[Any]:
    """Quantized float32 values: float32 division, ties away from zero, saturated (`AffineQuantize`,
    quantize.h).

    NaN becomes the zero point, as on cores that convert NaN to 0; in C it is undefined, as are
    quotients beyond int32.

    >>> quantize_reals([0.25, -0.25, 1e30, np.nan], 0.5, 3, "int8").tolist()
    [4, 2, 127, 3]
    """
    low, high = LIMITS[dtype]
    with np.errstate(over="ignore"):
        scaled = np.nan_to_num(
            np.asarray(real, np.float32) / np.float32(scale), posinf=np.inf, neginf=-np.inf
        )
    within: npt.NDArray[np.float64] = np.clip(scaled, low - zero_point, high - zero_point).astype(
        np.float64
    )
    return (np.copysign(np.floor(np.abs(within) + 0.5), within) + zero_point).astype(dtype)


REAL_RANGES: Mapping[str, tuple[float, float]] = {
    "NONE": (-math.inf, math.inf),
    "RELU": (0.0, math.inf),
    "RELU6": (0.0, 6.0),
    "RELU_N1_TO_1": (-1.0, 1.0),
    "RELU_0_TO_1": (0.0, 1.0),
}
"""Real bounds of activations that clamp."""


def activation_range(activation: str, dtype: str, scale: float, zero_point: int) -> tuple[int, int]:
    """Quantized bounds of a fused activation (`CalculateActivationRangeQuantized`, kernel_util.cc).

    activation: NONE, RELU, RELU6, RELU_N1_TO_1 or RELU_0_TO_1. Raises ValueError for another one.

    >>> activation_range("RELU6", "int8", 0.05, -128)
    (-128, -8)
    """
    low, high = LIMITS[dtype]
    if activation not in REAL_RANGES:
        raise ValueError(f"no integer form of the fused activation {activation}")
    floor, ceiling = REAL_RANGES[activation]
    if floor > -math.inf:
        low = max(low, quantize_value(floor, scale, zero_point))
    if ceiling < math.inf:
        high = min(high, quantize_value(ceiling, scale, zero_point))
    return low, high


def round_reals(x: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Nearest whole numbers in the floating type of x, ties away from zero: C's `round()` and
    `roundf()`.

    >>> round_reals(np.array([2.5, -2.5, 0.49999997, -0.0], np.float32))
    array([ 3., -3.,  0., -0.], dtype=float32)
    """
    whole = np.trunc(x)
    return np.asarray(whole + np.copysign((np.abs(x - whole) >= 0.5).astype(x.dtype), x))
