"""Dot products computed in floating point equal those of int64 arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
from opkit.requantizations import requantization

from edgeq.fixedpoint import multiply_by_quantized_multiplier, wrap_int32
from edgeq.opkit.dot_products import Dot, prepare_dot
from edgeq.opkit.requantize import Requantization


def exact(
    rows: np.ndarray, weights: np.ndarray, bias: np.ndarray, zero_point: int, r: Requantization
) -> np.ndarray:
    """The dot product by int64 arithmetic, zero point taken off first, as the reference does."""
    sums = (rows.astype(np.int64) - zero_point) @ weights.astype(np.int64) + bias
    scaled = multiply_by_quantized_multiplier(wrap_int32(sums), r.multiplier, r.shift)
    return np.clip(scaled + r.zero_point, r.low, r.high).astype(r.dtype)


@pytest.mark.parametrize(
    ("taps", "dtype", "magnitude", "precision"),
    [
        (9, "int8", 128, "float32"),
        (1000, "int8", 128, "float32"),
        (2000, "int8", 128, "float64"),
        (64, "int16", 32768, "float64"),
    ],
)
def test_dot_products_are_exact_in_the_least_precision_that_can_be(
    taps: int, dtype: str, magnitude: int, precision: str
) -> None:
    """All at the ends of their ranges, where sums are largest, and at random."""
    rng = np.random.default_rng(taps)
    weights = rng.choice([-127, 127], (taps, 3)).astype(np.int8)
    if taps in (9, 1000):
        weights = rng.integers(-127, 128, (taps, 3)).astype(np.int8)
    bias = rng.integers(-5000, 5000, 3)
    r = requantization(1e-3, 2e-4, 0.5**12, zero_point=-3)
    dot: Dot = prepare_dot(weights, bias, 7, magnitude, r)
    assert dot.compute_dtype == precision
    ends = np.where(weights.T > 0, magnitude - 1, -magnitude)
    rows = np.concatenate(
        [ends, -ends - 1, rng.integers(-magnitude, magnitude, (20, taps))]
    ).astype(dtype)
    np.testing.assert_array_equal(dot(rows.astype(precision)), exact(rows, weights, bias, 7, r))


def test_sums_that_no_float_holds_are_refused() -> None:
    weights = np.full((4, 1), 2**40)
    with pytest.raises(ValueError, match=r"2\*\*53"):
        prepare_dot(weights, None, 0, 32768, requantization(0.5))
