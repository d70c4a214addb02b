"""Quantizing and dequantizing in float32, with gradients that pass through the rounding.

Scales are computed in float64 and rounded once: TensorFlow's graphs divide and multiply in another order than it does
without them, and a scale must be the same to the last bit wherever it is used.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from edgeq.trainable.known import Known

LIMITS = {8: (-128.0, 127.0), 16: (-32768.0, 32767.0)}
SMALLEST = 2.0**-96  # as a quantizer's narrowest range


def double(x: Any) -> Any:
    """x, or a variable's value, as float64."""
    return tf.cast(tf.convert_to_tensor(x), tf.float64)


def single(x: Any) -> Any:
    """x as float32."""
    return tf.cast(x, tf.float32)


def affine(low: Any, high: Any, bits: int) -> tuple[Any, Any]:
    """Scale and zero point, float32 scalars, of a range low <= 0 <= high: what `quantize.affine` computes.

    8 bits: scale = (high - low) / 255, zero_point = round(-128 - low / scale); 16 bits: zero_point 0,
    scale = max(-low, high) / 32767 (Jacob et al. 2018, equation 1).
    """
    low, high = double(low), double(high)
    narrow = high - low < SMALLEST
    low, high = tf.where(narrow, tf.zeros_like(low), low), tf.where(narrow, tf.ones_like(high), high)
    least, most = LIMITS[bits]
    if bits == 16:
        return single(tf.maximum(-low, high) / most), tf.constant(0.0)
    scale = single((high - low) / (most - least))
    return scale, single(tf.clip_by_value(tf.round(least - low / double(scale)), least, most))


def learned(start: Any, logarithm: Any) -> Any:
    """The scale start * exp(logarithm) as float32."""
    return single(double(start) * tf.exp(double(logarithm)))


def scaled_gradient(x: Any, factor: float) -> Any:
    """x, whose gradient is multiplied by `factor`."""
    return tf.stop_gradient(x) + (x * factor - tf.stop_gradient(x * factor))


def passed(x: Any, y: Any) -> Any:
    """The values of y with the gradient of x (straight-through, Bengio et al. 2013)."""
    return x + tf.stop_gradient(y - x)


def clipped(x: Any, scale: Any, zero_point: Any, bits: int) -> Any:
    """x on the grid of an affine quantization; gradient 1 inside its range, 0 outside, none to the scale.

    One fused operation (tf.quantization.fake_quant_with_min_max_vars); its ties round up.
    """
    least, most = LIMITS[bits]
    ends = (least - zero_point) * scale, (most - zero_point) * scale
    return tf.quantization.fake_quant_with_min_max_vars(x, *ends, num_bits=bits)


def stepped(x: Any, scale: Any, least: Any, most: Any) -> Any:
    """scale * clip(round(x / scale), least, most) with gradients to x and to the scale.

    To x: 1 inside the limits, 0 outside. To the scale, for v = x / scale: round(v) - v inside, the limit outside (LSQ,
    Esser et al. 2020, equation 3). Ties round to even.
    """
    v = tf.clip_by_value(x / scale, least, most)
    return passed(v, tf.round(v)) * scale


def as_integers(x: Any, scale: Any, zero_point: Any, bits: int, known: Known) -> Any:
    """x on the grid of an affine quantization as TFLite's reference kernels put it there; gradient 1 everywhere.

    Of int8 layers whose sums are known, the sums times M = unit / scale, rounded twice (`_requantized`); so too what
    comes from another grid. Of others x / scale, ties away from 0; of means of pooling, away from integer 0.
    """
    least, most = LIMITS[bits]
    if known.pooled and known.sums is not None:
        q = single(away(known.sums + double(zero_point)))
    elif bits == 8 and known.sums is not None:
        bounds = (away(single(bound / double(scale))) for bound in (known.low, known.high))
        q = tf.clip_by_value(_requantized(known.sums, known.unit / double(scale), known.divisor), *bounds) + zero_point
    elif bits == 8 and known.scale is not None:
        q = _requantized(tf.round(double(x) / double(known.scale)), double(known.scale) / double(scale), 1) + zero_point
    else:
        q = away(x / scale) + zero_point
    return passed(x, (tf.clip_by_value(q, least, most) - zero_point) * scale)


def _requantized(sums: Any, factor: Any, divisor: int) -> Any:
    """sums * factor / divisor for factor = m * 2 ** -n, 1/2 <= m < 1, rounded first to multiples of 2 ** -n, then away.

    These are gemmlowp's SaturatingRoundingDoublingHighMul and RoundingDivideByPOT; a division makes n larger by
    floor(log2(divisor)) (TFLite reference/reduce.h).
    """
    n = -tf.floor(tf.math.log(factor) / np.log(2.0)) - 1 + float(divisor.bit_length() - 1)
    parts = 2.0 ** tf.maximum(n, 0.0)
    return away(single(tf.floor(sums * (factor / divisor) * parts + 0.5) / parts))


def away(x: Any) -> Any:
    """The nearest integer, ties away from 0."""
    return tf.sign(x) * tf.floor(tf.abs(x) + 0.5)
