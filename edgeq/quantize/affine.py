"""Scales and zero points from ranges and weights, as TFLite's 8-bit quantization specification
defines them.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from edgeq.errors import EdgeqError
from edgeq.fixedpoint import LIMITS, round_half_away
from edgeq.graph import Quantization
from edgeq.quantize.quantization_state import Floats, Range

SMALLEST, LARGEST = 2.0**-96, 2.0**96
"""Bounds of a range's width, so that products of two scales stay normal float32 numbers."""


LEAST_STEP = 2.0**-120  # smallest scale of accumulators and biases


def affine(range_: Range, dtype: str, name: str) -> Quantization:
    """Scale and zero point of an activation with this range, widened to hold 0, which is then
    exact.

    int8: scale = (high - low) / 255, zero_point = round(-128 - low / scale). int16: scale =
        max(-low, high) / 32767, zero_point = 0 (TFLite's quantization specification; Jacob et al.
        2018, equation 1). A range of width 0, as of a tensor that is always 0, is treated as [0,
        1].

    name: the tensor's, for the error message.

    Raises EdgeqError for NaN, infinite or enormous ranges.
    """
    low, high = min(range_.low, 0.0), max(range_.high, 0.0)
    if not math.isfinite(high - low) or high - low > LARGEST:
        why = f"its values reach from {low:g} to {high:g}, which no scale can express"
        raise EdgeqError(
            f"tensor {name!r}", why, "check the calibration data for infinite and missing values"
        )
    if high - low < SMALLEST:
        low, high = 0.0, 1.0
    if dtype == "int16":
        return Quantization((float(float32(max(-low, high) / LIMITS["int16"][1])),), (0,))
    scale = float(float32((high - low) / 255))
    zero_point = round_half_away(-128 - low / scale)
    return Quantization((scale,), (min(max(zero_point, -128), 127),))


def weight_scale(rows: Floats, limit: int) -> Floats:
    """Symmetric scales [channels] of weights [channels, weights per channel]: the largest magnitude
    maps to `limit`.

    A channel of zeros, or of values too small for a float32 scale, gets the scale of a largest
    weight of 1.
    """
    largest = np.abs(rows).max(axis=1, initial=0.0)
    return np.where(largest < SMALLEST, 1.0, largest).astype(np.float64) / limit


def fitting_scale(scale: Floats, bias: Floats, input_scale: float, dtype: str) -> Floats:
    """Weight scales, made larger where the bias would overflow or the product of scales underflow.

    The bias, in units of input_scale * scale, must fit half of int32 (int16 layers: 2**45), and
    input_scale * scale must be a normal float32 number.

    scale: [channels] or [1].
    bias: real, [channels].
    dtype: of the layer's input.
    """
    room = 2.0**45 if dtype == "int16" else 2.0**30
    least = np.broadcast_to(
        np.abs(bias).max(initial=0.0) if scale.size == 1 else np.abs(bias), scale.shape
    )
    return float32(
        np.maximum(np.maximum(scale, least / (room * input_scale)), LEAST_STEP / input_scale)
    )


def float32(values: npt.ArrayLike) -> Floats:
    """Values rounded to float32, the precision of scales in a file, as float64."""
    return np.asarray(values, np.float32).astype(np.float64)


def to_nearest(rows: Floats, scale: Floats, limit: int) -> Floats:
    """Weights [..., n] divided by scales [...], rounded to nearest and clipped to +-`limit`."""
    return np.asarray(np.clip(np.round(rows / scale[..., None]), -limit, limit))


def symmetric(scale: Floats, axis: int = 0) -> Quantization:
    """A quantization with zero points of 0: one scale, or one for each slice along `axis`."""
    return Quantization(tuple(scale.tolist()), (0,) * len(scale), axis if len(scale) > 1 else 0)
