"""Constants of the micro-frontend, computed as TensorFlow's C computes them (tensorflow/lite/
experimental/microfrontend/lib: window_util.c, filterbank_util.c, pcan_gain_control_util.c).

The reference computes in float32 by functions of the C library, whose last bit depends on that
library; here cosf and powf are float64 functions rounded to float32, and log1pf is fdlibm's.
"""

from __future__ import annotations

from math import cos, floor, pi

import numpy as np

from edgeq.features.log1p32 import log1p32
from edgeq.features.parameters import MicroParameters
from edgeq.opkit.filter_bank import Bands
from edgeq.opkit.node import Values

_F = np.float32
_BITS = 12  # fraction bits of windows and of weights
_MOST = (1 << 15) - 1


def window_function(size: int) -> Values:
    """The Hann window, sampled between its ends: int16 [size], 12 fraction bits."""
    step = _F(pi) * _F(2) / _F(size)
    cosines = [_F(cos(float(step * (_F(i) + _F(0.5))))) for i in range(size)]
    return np.array([_fixed(_F(0.5) - _F(0.5) * value) for value in cosines], np.int16)


def _fixed(value: np.float32) -> int:
    return floor(value * _F(1 << _BITS) + _F(0.5))


def _mel(hertz: np.float32) -> np.float32:
    return _F(_F(1127) * log1p32(hertz / _F(700)))


def bands(p: MicroParameters) -> Bands:
    """The channels + 1 bands between neighbouring centres, with the bins that lie in them.

    A bin's weight falls from 1 at the centre below to 0 at the centre above.
    """
    low, high = _mel(_F(p.lower_hz)), _mel(_F(p.upper_hz))
    spacing = (high - low) / _F(p.channels + 1)
    centres = [low + spacing * _F(i + 1) for i in range(p.channels + 1)]
    width_hz = _F(_F(0.5) * _F(p.sample_rate)) / _F(p.transform // 2)
    first = int(_F(1.5) + _F(p.lower_hz) / width_hz)
    starts, widths = list[int](), list[int]()
    weights, unweights = list[int](), list[int]()
    offsets = list[int]()
    below = low
    for centre in centres:
        starts.append(first)
        offsets.append(len(weights))
        while (at := _mel(_F(first) * width_hz)) <= centre:
            weight = (centre - at) / (centre - below)
            weights.append(_fixed(weight))
            unweights.append(_fixed(_F(1) - weight))
            first += 1
        widths.append(first - starts[-1])
        below = centre
    return Bands(*(np.array(v, np.int16) for v in (weights, unweights, starts, offsets, widths)))


def gains(p: MicroParameters) -> Values:
    """The gain of each noise: int16 [125], of noise 0 and 1, then of each power of two the value, and
    the coefficients of a parabola through the values at its middle and at the next one.
    """
    table = np.zeros(4 * 32 - 3, np.int64)
    table[0], table[1] = _gain(p, 0), _gain(p, 1)
    for interval in range(2, 33):
        start = 1 << (interval - 1)
        end = 2 * start - (interval == 32)
        y0, y1, y2 = (_gain(p, x) for x in (start, start + start // 2, end))
        slope = 4 * (y1 - y0) - (y2 - y0)
        table[4 * interval - 6 : 4 * interval - 3] = y0, slope, y2 - y0 - slope
    return table.astype(np.int16)


def _gain(p: MicroParameters, noise: int) -> int:
    unit = 1 << (p.smoothing_bits - p.correction_bits)
    base = _F(noise) / _F(unit) + _F(p.pcan_offset)
    power = _F(float(base) ** float(-_F(p.pcan_strength)))
    gain = _F(1 << p.pcan_gain_bits) * power
    return _MOST if gain > _MOST else int(gain + _F(0.5))


def smoothing(p: MicroParameters) -> tuple[int, int, int]:
    """even_smoothing, odd_smoothing and min_signal_remaining with 14 fraction bits, rounded down."""
    parts = (p.even_smoothing, p.odd_smoothing, p.min_signal_remaining)
    even, odd, least = (int(_F(part) * _F(1 << 14)) for part in parts)
    return even, odd, least
