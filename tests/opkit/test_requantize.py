"""Requantization by integer arithmetic: scaled, shifted and clamped, by hand."""

from __future__ import annotations

import numpy as np
from opkit.requantizations import requantization

from edgeq.fixedpoint import quantize_multiplier
from edgeq.opkit.requantize import channel_multipliers


def test_an_accumulator_is_scaled_shifted_and_clamped() -> None:
    """By hand: 100 / 4 + 3 = 28; 30 / 4 = 7.5 goes away from zero, on both sides; 1000 saturates."""
    accumulators = np.array([[100], [30], [-30], [1000], [-1000]])
    assert requantization(0.25, zero_point=3)(accumulators).ravel().tolist() == [
        28,
        11,
        -5,
        127,
        -128,
    ]
    relu = requantization(0.25, zero_point=3, low=3, high=20)
    assert relu(accumulators).ravel().tolist() == [20, 11, 3, 20, 3]


def test_each_channel_has_its_own_factor() -> None:
    result = requantization(0.5, 0.25, 0.125)(np.full((2, 3), 80))
    assert result.dtype == np.int8
    assert result.tolist() == [[40, 20, 10]] * 2
    assert requantization(0.5, 0.25, 0.125).channels(slice(1, 3))(np.full((1, 2), 80)).tolist() == [
        [20, 10]
    ]


def test_int16_outputs() -> None:
    r = requantization(0.5, low=-32768, high=32767, dtype="int16")
    assert r(np.array([[70000], [-70000], [9]])).ravel().tolist() == [32767, -32768, 5]


def test_channel_multipliers_are_those_of_each_factor() -> None:
    multiplier, shift = channel_multipliers([0.5, 0.0, 3.7e-5])
    assert list(zip(multiplier, shift, strict=True)) == [
        quantize_multiplier(f) for f in (0.5, 0.0, 3.7e-5)
    ]
