"""Fake quantization in float32, with straight-through gradients.

Scales are computed in float64 and rounded once, because a scale must be equal to the last bit
wherever it is used, and TensorFlow's graph mode divides and multiplies in another order than eager
mode.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from edgeq.trainable.grid_info import GridInfo

LIMITS = {8: (-128.0, 127.0), 16: (-32768.0, 32767.0)}
SMALLEST = 2.0**-96  # width of the narrowest range, as in quantize.affine


def double(x: Any) -> Any:
    """x, or a variable's value, as float64."""
    return tf.cast(tf.convert_to_tensor(x), tf.float64)


def single(x: Any) -> Any:
    """x as float32."""
    return tf.cast(x, tf.float32)


def affine(low: Any, high: Any, bits: int) -> tuple[Any, Any]:
    """Scale and zero point, float32 scalars, of a range low <= 0 <= high, as
    `quantize.affine.affine`.

    8 bits: scale = (high - low) / 255, zero_point = round(-128 - low / scale). 16 bits: scale =
    max(-low, high) / 32767, zero_point = 0 (Jacob et al. 2018, equation 1).
    """
    low, high = double(low), double(high)
    narrow = high - low < SMALLEST
    low, high = (
        tf.where(narrow, tf.zeros_like(low), low),
        tf.where(narrow, tf.ones_like(high), high),
    )
    least, most = LIMITS[bits]
    if bits == 16:
        return single(tf.maximum(-low, high) / most), tf.constant(0.0)
    scale = single((high - low) / (most - least))
    return scale, single(tf.clip_by_value(tf.round(least - low / double(scale)), least, most))


def learned_scale(start: Any, logarithm: Any) -> Any:
    """The scale start * exp(logarithm), as float32."""
    return single(double(start) * tf.exp(double(logarithm)))


def scaled_gradient(x: Any, factor: float) -> Any:
    """x, with its gradient multiplied by `factor`."""
    return tf.stop_gradient(x) + (x * factor - tf.stop_gradient(x * factor))


def straight_through(x: Any, y: Any) -> Any:
    """The values of y with the gradient of x (straight-through estimator, Bengio et al. 2013)."""
    return x + tf.stop_gradient(y - x)


def fake_quantized(x: Any, scale: Any, zero_point: Any, bits: int) -> Any:
    """x quantized and dequantized; gradient 1 inside the range, 0 outside, none to the scale.

    One fused operation, tf.quantization.fake_quant_with_min_max_vars, whose ties round up.
    """
    least, most = LIMITS[bits]
    ends = (least - zero_point) * scale, (most - zero_point) * scale
    return tf.quantization.fake_quant_with_min_max_vars(x, *ends, num_bits=bits)


def lsq_quantized(x: Any, scale: Any, least: Any, most: Any) -> Any:
    """scale * clip(round(x / scale), least, most) with gradients to x and to the scale.

    Gradient to x: 1 inside the limits, 0 outside. Gradient to the scale, with v = x / scale:
    round(v) - v inside, the limit outside (LSQ, Esser et al. 2020, equation 3). Ties round to even.
    """
    v = tf.clip_by_value(x / scale, least, most)
    return straight_through(v, tf.round(v)) * scale


def kernel_quantized(x: Any, scale: Any, zero_point: Any, bits: int, known: GridInfo) -> Any:
    """x quantized and dequantized with the roundings of TFLite's reference kernels; gradient 1
    everywhere.

    8-bit outputs with known accumulators are requantized from them with two roundings
    (`_requantized`), and so are values on another grid. Other values are rounded as x / scale, ties
    away from 0; averages of pooling round away from integer 0.

    known: how x was computed.
    """
    least, most = LIMITS[bits]
    if known.pooled and known.sums is not None:
        q = single(round_half_away(known.sums + double(zero_point)))
    elif bits == 8 and known.sums is not None:
        bounds = (
            round_half_away(single(bound / double(scale))) for bound in (known.low, known.high)
        )
        q = (
            tf.clip_by_value(
                _requantized(known.sums, known.unit / double(scale), known.divisor), *bounds
            )
            + zero_point
        )
    elif bits == 8 and known.scale is not None:
        q = (
            _requantized(
                tf.round(double(x) / double(known.scale)), double(known.scale) / double(scale), 1
            )
            + zero_point
        )
    else:
        q = round_half_away(x / scale) + zero_point
    return straight_through(x, (tf.clip_by_value(q, least, most) - zero_point) * scale)


def _requantized(sums: Any, factor: Any, divisor: int) -> Any:
    """sums * factor / divisor, with factor = m * 2 ** -n and 1/2 <= m < 1, rounded first to
    multiples of 2 ** -n and then to integers.

    These are gemmlowp's SaturatingRoundingDoublingHighMul and RoundingDivideByPOT; a division
    increases n by floor(log2(divisor)) (TFLite reference/reduce.h).
    """
    n = -tf.floor(tf.math.log(factor) / np.log(2.0)) - 1 + float(divisor.bit_length() - 1)
    parts = 2.0 ** tf.maximum(n, 0.0)
    return round_half_away(single(tf.floor(sums * (factor / divisor) * parts + 0.5) / parts))


def round_half_away(x: Any) -> Any:
    """The nearest integer, ties away from 0."""
    return tf.sign(x) * tf.floor(tf.abs(x) + 0.5)
