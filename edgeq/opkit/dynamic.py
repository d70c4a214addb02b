"""Activations that are quantized during inference, as in TFLite's dynamic-range (hybrid) kernels.

Source: kernels/internal/reference/portable_tensor_utils.cc, which tflite-runtime's wheels for
x86-64 use. Each row, an image or an input vector, has a scale of its own. Accumulators are
integers, so the order of summation does not matter.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from edgeq.fixedpoint import round_reals
from edgeq.opkit.node import Node, Values, unsupported


class Activations(NamedTuple):
    """Quantized rows. steps: q - zero_point, float32 [rows, elements]; scale: of each row, float32
    [rows].
    """

    steps: Values
    scale: Values


def quantize_asymmetric(x: Values) -> Activations:
    """Quantizes float32 rows [rows, elements] to 256 steps between their minimum and maximum, 0
    included.

    `PortableAsymmetricQuantizeFloats`: scale = (max - min) / 255 in float64, the zero point from
    the end whose error is smaller, q = round(zero_point + x * (1 / scale)) in float32.

    There NaN and infinity are undefined. Here NaN is no end of a row, and where an end is infinite
    the zero point is 0.
    """
    low, high = (
        np.fmin.reduce(x, axis=1, initial=0).astype(np.float64),
        np.fmax.reduce(x, axis=1, initial=0).astype(np.float64),
    )
    wide = low != high
    with np.errstate(all="ignore"):
        scale = np.where(wide, (high - low) / 255, 1.0)
        single = scale.astype(np.float32)
        from_min, from_max = -128 - low / scale, 127 - high / scale
        nearer_min = 128 + np.abs(low / scale) < 127 + np.abs(high / scale)
        nearest = round_reals(np.where(nearer_min, from_min, from_max))
        zero_point = np.where(np.isnan(nearest), 0, np.clip(nearest, -128, 127)).astype(np.float32)
        exact = zero_point[:, None] + x * (np.float32(1) / single)[:, None]
    steps = _to_int8(exact, -128) - zero_point[:, None]
    steps[~wide] = 0
    return Activations(steps, single)


def quantize_symmetric(x: Values) -> Activations:
    """Quantizes float32 rows [rows, elements] to 255 steps around 0, with scale = max|x| / 127
    (`PortableSymmetricQuantizeFloats`).
    """
    reach = np.fmax.reduce(np.abs(x), axis=1, initial=0)
    wide = reach != 0
    with np.errstate(all="ignore"):
        exact = x * (np.float32(127) / reach)[:, None]
        scale = np.where(wide, reach / np.float32(127), np.float32(1))
    steps = _to_int8(exact, -127)
    steps[~wide] = 0
    return Activations(steps, scale)


def _to_int8(x: Values, least: int) -> Values:
    """Rounds to whole numbers, ties away from 0, clamped to [least, 127]; values that no int32 can
    hold become `least`, as on x86.
    """
    with np.errstate(invalid="ignore"):
        return np.where(np.abs(x) < 2.0**31, np.clip(round_reals(x), least, 127), np.float32(least))


def check_sums(node: Node, weights: Values) -> None:
    """Raises UnsupportedError for weights [taps, channels] whose accumulators may overflow 32 bits,
    as the steps of activations go up to 255.
    """
    if np.any(255 * np.abs(weights.astype(np.int64)).sum(axis=0) >= 2**31):
        raise unsupported(node, f"its {len(weights)} weights of a channel give sums beyond 32 bits")


def weights_for_sums(weights: Values) -> Values:
    """int8 weights [taps, channels] in the narrowest floating dtype in which every order of
    summation is exact.
    """
    reach = 255 * np.abs(weights.astype(np.int64)).sum(axis=0)
    return weights.astype(np.float32 if np.all(reach < 2**24) else np.float64)
