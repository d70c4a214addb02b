"""Floating-point forms that claim to equal an integer requantization, over their whole reach."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from opkit.requantizations import FACTORS, everything, requantization

from edgeq.opkit.requantization_steps import steps
from edgeq.opkit.step_form import CHANNELS_TOGETHER, _proved, step_form


@pytest.mark.slow
@settings(max_examples=120, deadline=None)
@given(
    st.lists(FACTORS, min_size=1, max_size=4),
    st.integers(-128, 127),
    st.integers(0, 20000),
    st.randoms(),
)
def test_a_form_equals_the_integers_over_its_whole_reach(
    factors: list[float], zero_point: int, reach: int, random: object
) -> None:
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
    r, bias, reach = (
        requantization(factor, zero_point=zero_point),
        np.array([17]),
        np.array([50000]),
    )
    form = step_form(r, bias, reach)
    assert form is not None
    np.testing.assert_array_equal(
        form(everything(50000).astype(np.float32)), r(everything(50000) + 17)
    )


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
@given(
    FACTORS,
    st.integers(-3000, 3000),
    st.integers(1, 3000),
    st.floats(-0.4, 0.4),
    st.floats(-0.4, 0.4),
    st.floats(0.97, 1.03),
)
def test_a_wrong_form_is_rejected(
    factor: float, bias: int, reach: int, move: float, tilt: float, stretch: float
) -> None:
    """Whatever is done to a form: if it is still proved, it still equals the integers everywhere."""
    r, biases, reaches = requantization(factor), np.array([bias]), np.array([reach])
    form = step_form(r, biases, reaches)
    assume(form is not None)
    assert form is not None
    one = np.array([1], form.slope.dtype)
    wrong = replace(
        form, centre=form.centre + move * one, slope=form.slope * stretch * one, tilt=tilt * one
    )
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
