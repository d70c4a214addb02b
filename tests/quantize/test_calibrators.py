"""Calibrators on distributions with known optimal ranges."""

from __future__ import annotations

import numpy as np
import pytest

from edgeq.opkit.node import Values
from edgeq.quantize.calibrators import calibrators, mean_square, min_max, moving_average, percentile
from edgeq.quantize.observe import BINS, Statistics


def seen(x: Values) -> Statistics:
    low, high = float(x.min()), float(x.max())
    counts = np.histogram(x, BINS, (low, high if high > low else low + 1))[0]
    return Statistics(low, high, low / 2, high / 2, counts)


NORMAL = np.random.default_rng(0).normal(0, 1, 200_000)
RECTIFIED = np.maximum(NORMAL, 0)


def test_min_max_and_moving_average_take_what_was_seen() -> None:
    statistics = seen(NORMAL)
    assert min_max(statistics).high == NORMAL.max()
    assert moving_average(statistics).high == NORMAL.max() / 2


def test_percentile_agrees_with_numpy() -> None:
    found = percentile(seen(NORMAL), 99.0)
    assert (found.low, found.high) == pytest.approx(
        tuple(np.percentile(NORMAL, [0.5, 99.5])), abs=0.01
    )


def test_percentile_keeps_zeros_and_all_of_100() -> None:
    assert percentile(seen(RECTIFIED), 99.0).low == 0
    assert percentile(seen(NORMAL), 100.0).high == NORMAL.max()


@pytest.mark.parametrize(("levels", "optimum"), [(16, 2.55), (256, 3.9)])
def test_mean_square_finds_the_known_optimum_of_a_normal_distribution(
    levels: int, optimum: float
) -> None:
    """Banner et al. 2019: 2.55 standard deviations for 4 bits; 3.9 for 8 (theirs for 8 bits is
    3.92).
    """
    found = mean_square(seen(NORMAL), levels)
    assert found.high == pytest.approx(optimum, abs=0.3)
    assert found.low == pytest.approx(-optimum, abs=0.3)


@pytest.mark.parametrize(("name", "below"), [("mse", 35), ("entropy", 10), ("percentile", 10)])
def test_a_lone_outlier_is_cut_off(name: str, below: float) -> None:
    assert calibrators()[name](seen(np.concatenate([NORMAL, [40.0]]))).high < below


@pytest.mark.parametrize("name", ["mse", "entropy", "percentile"])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_range_holds_values_where_they_are_far_from_zero(name: str, sign: int) -> None:
    found = calibrators()[name](seen(sign * (7 + np.clip(NORMAL, -2, 2))))
    assert max(abs(found.low), abs(found.high)) > 7


@pytest.mark.parametrize("name", list(calibrators()))
@pytest.mark.parametrize(
    "x", [np.zeros(10), np.full(10, 3.0), np.full(10, -3.0), np.array([1e-30, 2e-30])]
)
def test_constant_tensors_have_a_range(name: str, x: Values) -> None:
    found = calibrators()[name](seen(x))
    assert np.isfinite([found.low, found.high]).all()
    assert found.low <= found.high
