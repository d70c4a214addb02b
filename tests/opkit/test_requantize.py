"""Requantization: the steps, and every floating form that claims to equal the integers, over its whole reach."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from edgeq.fixedpoint import multiply_by_quantized_multiplier, quantize_multiplier, wrap_int32
from edgeq.opkit.requantize import (
    CHANNELS_TOGETHER,
    Dot,
    Requantization,
    _proved,
    channel_multipliers,
    prepare_dot,
    step_form,
    steps,
)

FACTORS = st.floats(1e-6, 1.5) | st.sampled_from([2.0**-k for k in range(12)]) | st.floats(2.0**-34, 2.0**-20)


def requantization(*factors: float, zero_point: int = 0, low: int = -128, high: int = 127,
                   dtype: str = "int8") -> Requantization:  # fmt: skip
    multiplier, shift = channel_multipliers(factors)
    return Requantization(multiplier, shift, zero_point, low, high, dtype)


def everything(reach: int, channels: int = 1) -> np.ndarray:
    """Every accumulator within reach, [2 * reach + 1, channels]."""
    return np.repeat(np.arange(-reach, reach + 1)[:, None], channels, axis=1)


def test_an_accumulator_is_scaled_shifted_and_clamped() -> None:
    """By hand: 100 / 4 + 3 = 28; 30 / 4 = 7.5 goes away from zero, on both sides; 1000 saturates."""
    accumulators = np.array([[100], [30], [-30], [1000], [-1000]])
    assert requantization(0.25, zero_point=3)(accumulators).ravel().tolist() == [28, 11, -5, 127, -128]
    relu = requantization(0.25, zero_point=3, low=3, high=20)
    assert relu(accumulators).ravel().tolist() == [20, 11, 3, 20, 3]


def test_each_channel_has_its_own_factor() -> None:
    result = requantization(0.5, 0.25, 0.125)(np.full((2, 3), 80))
    assert result.dtype == np.int8
    assert result.tolist() == [[40, 20, 10]] * 2
    assert requantization(0.5, 0.25, 0.125).channels(slice(1, 3))(np.full((1, 2), 80)).tolist() == [[20, 10]]


def test_int16_outputs() -> None:
    r = requantization(0.5, low=-32768, high=32767, dtype="int16")
    assert r(np.array([[70000], [-70000], [9]])).ravel().tolist() == [32767, -32768, 5]


def test_channel_multipliers_are_those_of_each_factor() -> None:
    multiplier, shift = channel_multipliers([0.5, 0.0, 3.7e-5])
    assert list(zip(multiplier, shift, strict=True)) == [quantize_multiplier(f) for f in (0.5, 0.0, 3.7e-5)]


def test_a_step_is_the_least_accumulator_that_gives_a_value() -> None:
    """A factor of 1/4 is a half, ties up, and then a half, ties away from zero: 1 becomes 1, and -1 becomes 0."""
    r = requantization(0.25, low=-2, high=2)
    assert steps(r, np.array([0]), np.array([100])).ravel().tolist() == [-5, -1, 1, 5]
    assert steps(r, np.array([3]), np.array([100])).ravel().tolist() == [-8, -4, -2, 2]


def test_a_value_out_of_reach_has_its_step_beyond() -> None:
    r = requantization(0.25, low=-2, high=2)
    assert steps(r, np.array([0]), np.array([4])).ravel().tolist() == [-4, -1, 1, 5]


@settings(max_examples=60, deadline=None)
@given(FACTORS, st.integers(-2000, 2000), st.integers(-128, 127), st.integers(0, 3000))
def test_steps_are_where_the_output_changes(factor: float, bias: int, zero_point: int, reach: int) -> None:
    r = requantization(factor, zero_point=zero_point)
    outputs = r(everything(reach) + bias).ravel().astype(int)
    least = steps(r, np.array([bias]), np.array([reach])).ravel()
    for q, step in zip(range(r.low + 1, r.high + 1), least, strict=True):
        reached = np.flatnonzero(outputs >= q)
        assert step == (reached[0] - reach if len(reached) else reach + 1)


@settings(max_examples=120, deadline=None)
@given(st.lists(FACTORS, min_size=1, max_size=4), st.integers(-128, 127), st.integers(0, 20000), st.randoms())
def test_a_form_equals_the_integers_over_its_whole_reach(factors: list[float], zero_point: int, reach: int,
                                                         random: object) -> None:  # fmt: skip
    bias = np.array([random.randint(-30000, 30000) for _ in factors])  # type: ignore[attr-defined]
    low = random.choice([-128, zero_point])  # type: ignore[attr-defined]
    assume(low < 127)
    r = requantization(*factors, zero_point=zero_point, low=low)
    form = step_form(r, bias, np.full(len(factors), reach))
    if form is not None:
        accumulators = everything(reach, len(factors))
        np.testing.assert_array_equal(form(accumulators.astype(np.float32)), r(accumulators + bias))


@pytest.mark.parametrize("factor", [0.5, 0.25, 2.0**-7, 0.0123, 0.0009765625, 3e-5])
@pytest.mark.parametrize("zero_point", [-128, -5, 0, 127])
def test_common_factors_have_a_form(factor: float, zero_point: int) -> None:
    """Powers of two tie on both sides of zero, which takes the tilt."""
    r, bias, reach = requantization(factor, zero_point=zero_point), np.array([17]), np.array([50000])
    form = step_form(r, bias, reach)
    assert form is not None
    np.testing.assert_array_equal(form(everything(50000).astype(np.float32)), r(everything(50000) + 17))


def test_pixels_in_rows_are_computed_alike() -> None:
    r = requantization(0.01, 0.3)
    form = step_form(r, np.array([5, -7]), np.array([900, 900]))
    assert form is not None
    accumulators = np.random.default_rng(0).integers(-900, 901, (2, 3, 5, 2))
    np.testing.assert_array_equal(form(accumulators.astype(np.float32)), r(accumulators + [5, -7]))


def test_many_channels_have_one_form_with_the_bytes_of_the_integers() -> None:
    channels = CHANNELS_TOGETHER + 5
    factors = np.geomspace(1e-4, 0.1, channels).tolist()
    r, reach = requantization(*factors, zero_point=-20), np.full(channels, 40_000)
    bias = np.arange(channels, dtype=np.int64) - 2000
    form = step_form(r, bias, reach)
    assert form is not None
    sums = np.linspace(-40_000, 40_000, 41).astype(np.int64)[:, None] + np.zeros(channels, np.int64)
    np.testing.assert_array_equal(form(sums.astype(np.float32)), r(sums + bias))


def test_sums_that_wrap_or_exceed_float32_have_no_form() -> None:
    assert step_form(requantization(0.5), np.array([2**31 - 100]), np.array([1000])) is None
    assert step_form(requantization(0.5), np.array([0]), np.array([2**24])) is None
    assert step_form(requantization(1000.0), np.array([0]), np.array([2**23])) is None


@settings(max_examples=200, deadline=None)
@given(FACTORS, st.integers(-3000, 3000), st.integers(1, 3000), st.floats(-0.4, 0.4), st.floats(-0.4, 0.4),
       st.floats(0.97, 1.03))  # fmt: skip
def test_a_wrong_form_is_rejected(factor: float, bias: int, reach: int, move: float, tilt: float,
                                  stretch: float) -> None:  # fmt: skip
    """Whatever is done to a form: if it is still proved, it still equals the integers everywhere."""
    r, biases, reaches = requantization(factor), np.array([bias]), np.array([reach])
    form = step_form(r, biases, reaches)
    assume(form is not None)
    assert form is not None
    one = np.array([1], form.slope.dtype)
    wrong = replace(form, centre=form.centre + move * one, slope=form.slope * stretch * one, tilt=tilt * one)
    accumulators = everything(reach)
    equal = np.array_equal(wrong(accumulators.astype(np.float32)), r(accumulators + bias))
    assert equal or not _proved(wrong, steps(r, biases, reaches), reaches)


def test_a_form_that_is_off_by_one_at_one_step_is_rejected() -> None:
    r, bias, reach = requantization(0.25), np.array([0]), np.array([400])
    form = step_form(r, bias, reach)
    assert form is not None
    assert _proved(form, steps(r, bias, reach), reach)
    nudged = steps(r, bias, reach)
    nudged[100] += 1
    assert not _proved(form, nudged, reach)
    falling = replace(form, slope=-form.slope)
    assert not _proved(falling, steps(r, bias, reach), reach)


def exact(rows: np.ndarray, weights: np.ndarray, bias: np.ndarray, zero_point: int, r: Requantization) -> np.ndarray:
    """The dot product by int64 arithmetic, zero point taken off first, as the reference does."""
    sums = (rows.astype(np.int64) - zero_point) @ weights.astype(np.int64) + bias
    scaled = multiply_by_quantized_multiplier(wrap_int32(sums), r.multiplier, r.shift)
    return np.clip(scaled + r.zero_point, r.low, r.high).astype(r.dtype)


@pytest.mark.parametrize(("taps", "dtype", "magnitude", "precision"), [
    (9, "int8", 128, "float32"), (1000, "int8", 128, "float32"), (2000, "int8", 128, "float64"),
    (64, "int16", 32768, "float64"),
])  # fmt: skip
def test_dot_products_are_exact_in_the_least_precision_that_can_be(taps: int, dtype: str, magnitude: int,
                                                                   precision: str) -> None:  # fmt: skip
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
    rows = np.concatenate([ends, -ends - 1, rng.integers(-magnitude, magnitude, (20, taps))]).astype(dtype)
    np.testing.assert_array_equal(dot(rows.astype(precision)), exact(rows, weights, bias, 7, r))


def test_sums_that_no_float_holds_are_refused() -> None:
    weights = np.full((4, 1), 2**40)
    with pytest.raises(ValueError, match=r"2\*\*53"):
        prepare_dot(weights, None, 0, 32768, requantization(0.5))
