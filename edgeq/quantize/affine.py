"""From ranges to scales and zero points, as TFLite's specification of 8-bit quantization demands."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from edgeq.errors import EdgeqError
from edgeq.fixedpoint import LIMITS, round_half_away
from edgeq.graph import Quantization
from edgeq.quantize.state import Floats, Range

SMALLEST, LARGEST = 2.0**-96, 2.0**96
"""Widths of ranges; products of two scales stay normal float32 numbers."""


LEAST_STEP = 2.0**-120  # of sums and biases


def affine(range_: Range, dtype: str, name: str) -> Quantization:
    """real = scale * (q - zero_point) over a range that is widened to hold 0, which is exact.

    int8: scale = (high - low) / 255, zero_point = round(-128 - low / scale), asymmetric; int16: zero_point = 0,
    scale = max(-low, high) / 32767 (TFLite's quantization specification; Jacob et al. 2018, equation 1). A range of no
    width, as of a tensor that is always 0, counts as one of width 1. name: of the tensor, for the EdgeqError that
    NaN, infinite and enormous ranges end in.
    """
    low, high = min(range_.low, 0.0), max(range_.high, 0.0)
    if not math.isfinite(high - low) or high - low > LARGEST:
        why = f"its values reach from {low:g} to {high:g}, which no scale can express"
        raise EdgeqError(f"tensor {name!r}", why, "check the calibration data for infinite and missing values")
    if high - low < SMALLEST:
        low, high = 0.0, 1.0
    if dtype == "int16":
        return Quantization((float(float32(max(-low, high) / LIMITS["int16"][1])),), (0,))
    scale = float(float32((high - low) / 255))
    zero_point = round_half_away(-128 - low / scale)
    return Quantization((scale,), (min(max(zero_point, -128), 127),))


def weight_scale(rows: Floats, limit: int) -> Floats:
    """Symmetric scales [channels] of weights [channels, weights]: the largest magnitude becomes `limit`.

    A channel of zeros, or of less than float32 can scale, gets the scale that makes 1 the largest value.
    """
    largest = np.abs(rows).max(axis=1, initial=0.0)
    return np.where(largest < SMALLEST, 1.0, largest).astype(np.float64) / limit


def fitting_scale(scale: Floats, bias: Floats, input_scale: float, dtype: str) -> Floats:
    """Scales that leave the bias, in steps of input_scale * scale, half of its int32 (int16 layers: of 2**46), and
    whose product with input_scale is a normal float32 number."""
    room = 2.0**45 if dtype == "int16" else 2.0**30
    least = np.broadcast_to(np.abs(bias).max(initial=0.0) if scale.size == 1 else np.abs(bias), scale.shape)
    return float32(np.maximum(np.maximum(scale, least / (room * input_scale)), LEAST_STEP / input_scale))


def float32(values: npt.ArrayLike) -> Floats:
    """The nearest float32 values, which are what a file can hold."""
    return np.asarray(values, np.float32).astype(np.float64)


def to_nearest(rows: Floats, scale: Floats, limit: int) -> Floats:
    """The integers, of at most `limit` either way, whose multiples lie nearest to weights [..., n] of scales [...]."""
    return np.asarray(np.clip(np.round(rows / scale[..., None]), -limit, limit))


def symmetric(scale: Floats, axis: int = 0) -> Quantization:
    """Zero points of 0, and a scale for all or one for each slice along an axis."""
    return Quantization(tuple(scale.tolist()), (0,) * len(scale), axis if len(scale) > 1 else 0)
