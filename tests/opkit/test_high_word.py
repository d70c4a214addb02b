"""The single-multiply requantization by a high word: every sum within reach, the corners of 32 bits, and
the proof itself.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgeq.opkit.high_word import SEARCH, HighWord, find_high_word, proved
from edgeq.opkit.requantization_steps import steps
from edgeq.opkit.requantize import Integers, Requantization, channel_multipliers


def rectified(*factors: float) -> Requantization:
    """What layers before a RELU have: the zero point at the lower end."""
    return Requantization(*channel_multipliers(factors), zero_point=-128, low=-128, high=127)


def column(*values: int) -> Integers:
    return np.array(values, np.int64)


def every_sum(reach: Integers) -> Integers:
    """[sums, channels], the same for all channels."""
    most = int(reach.max())
    return np.arange(-most, most + 1)[:, None] * np.ones(len(reach), np.int64)


@settings(max_examples=60, deadline=None)
@given(
    factors=st.lists(st.floats(1e-4, 0.45), min_size=1, max_size=3),
    bias=st.integers(-4000, 4000),
    reach=st.integers(1, 3000),
    low=st.integers(-128, 0),
    high=st.integers(1, 127),
)
def test_it_is_the_reference_for_every_sum(
    factors: list[float], bias: int, reach: int, low: int, high: int
) -> None:
    r = replace(rectified(*factors), zero_point=low, low=low, high=high)
    channels = len(factors)
    form = find_high_word(r, column(*[bias] * channels), column(*[reach] * channels))
    if form is not None:
        sums = every_sum(column(reach)) * np.ones(channels, np.int64)
        np.testing.assert_array_equal(form(sums, low, high), r(sums + bias))


def test_layers_before_a_relu_have_it_nearly_always() -> None:
    rng, found = np.random.default_rng(3), 0
    for _ in range(40):
        r = rectified(*rng.uniform(0.0005, 0.01, 8))
        found += (
            find_high_word(r, rng.integers(-9000, 9000, 8), rng.integers(10_000, 200_000, 8))
            is not None
        )
    assert found >= 38


def test_no_offset_nearer_to_the_natural_one_would_do() -> None:
    """Of all offsets, tried one by one with the bias that suits each best."""
    r, bias, reach = rectified(0.0031), column(777), column(60_000)
    form = find_high_word(r, bias, reach)
    assert form is not None
    natural = (r.zero_point << form.shift) + (1 << form.shift >> 1)
    moved = int(form.offset[0]) - natural
    assert 1 < abs(moved) < SEARCH
    step = steps(r, bias, reach)
    for offset in range(natural - abs(moved) + 1, natural + abs(moved)):
        best = -((offset << 32) // int(form.multiplier[0])) - int(
            step[127, 0]
        )  # so that 0 is reached there
        for b in range(best - 1, best + 2):
            other = replace(form, bias=np.int32([b]), offset=np.int32([offset]))
            assert not proved(other, step, reach, r)


def test_the_proof_refuses_just_the_forms_that_are_wrong_somewhere() -> None:
    """A channel's constants moved a little, judged by every sum."""
    r, bias, reach = rectified(0.013, 0.0021), column(50, -300), column(4_000, 9_000)
    form = find_high_word(r, bias, reach)
    assert form is not None
    step, verdicts = steps(r, bias, reach), set[bool]()
    sums = np.arange(-9_000, 9_001)
    for field in ("bias", "multiplier", "offset"):
        for move in (-4000, -40, -1, 1, 40, 4000):
            for channel in (0, 1):
                moved = getattr(form, field).copy()
                moved[channel] += move
                other = replace(form, **{field: moved})
                inside = sums[np.abs(sums) <= reach[channel], None]
                right = np.array_equal(
                    other(inside, -128, 127)[:, channel], r(inside + bias)[:, channel]
                )
                assert proved(other, step, reach, r) == right
                verdicts.add(right)
    assert verdicts == {True, False}


def test_sums_that_leave_32_bits_on_the_way_are_refused() -> None:
    """A bias of 1 puts the steps in their places, and moves the largest sum to 2^31 or to one below
    it.
    """
    r = rectified(2.0**-24)
    form = find_high_word(r, column(0), column(2**31 - 2))
    assert form is not None
    assert form.bias.tolist() == [1]
    assert find_high_word(r, column(0), column(2**31 - 1)) is None


def test_an_offset_that_leaves_32_bits_is_refused() -> None:
    """All sums are beyond the highest step; the largest has a high word of 2."""
    r, bias, reach = rectified(0.01), column(900_000), column(10)
    form, step = find_high_word(r, bias, reach), steps(r, bias, reach)
    assert form is not None
    wide = replace(form, bias=np.int32([0]), multiplier=np.int32([1 << 30]))
    assert proved(replace(wide, offset=np.int32([2**31 - 3])), step, reach, r)
    assert not proved(replace(wide, offset=np.int32([2**31 - 2])), step, reach, r)


@pytest.mark.parametrize(
    ("r", "why"),
    [
        (
            replace(rectified(0.01), zero_point=-127),
            "both sides of the zero point are within the range",
        ),
        (rectified(1.0), "the reference shifts to the left"),
        (rectified(0.7), "the slope needs more than the high word's bits"),
    ],
)
def test_where_there_is_no_such_form_none_is_given(r: Requantization, why: str) -> None:
    assert find_high_word(r, column(100), column(5_000)) is None, why


def test_biases_that_wrap_with_the_sums_are_refused() -> None:
    assert find_high_word(rectified(2.0**-20), column(2**31 - 1 - 2**20), column(2**20)) is not None
    assert find_high_word(rectified(2.0**-20), column(2**31 - 2**20), column(2**20)) is None


def test_channels_that_never_change_are_constants() -> None:
    """The first has no weights, the second a factor of 0, the third only sums above its highest
    step.
    """
    r = rectified(0.01, 0.0, 0.01)
    bias, reach = column(600, 7, 900_000), column(0, 50, 10)
    form = find_high_word(r, bias, reach)
    assert form is not None
    assert form.multiplier.tolist() == [0, 0, 0]
    sums = np.zeros((1, 3), np.int64)
    np.testing.assert_array_equal(form(sums, -128, 127), [[-122, -128, 127]])
    np.testing.assert_array_equal(form(sums, -128, 127), r(sums + bias))


def test_the_form_by_hand() -> None:
    """(sum + 1) / 4 + 1/4, rounded down: high32 of 2^30 times the sum, less a shift of 0."""
    form = HighWord(np.int32([1]), np.int32([1 << 30]), np.int32([2]), 0)
    assert form(column(-5, -1, 3, 7, 600)[:, None], -128, 127).ravel().tolist() == [1, 2, 3, 4, 127]
    assert replace(form, shift=1)(column(-5, -1, 3, 7)[:, None], -128, 127).ravel().tolist() == [
        0,
        1,
        1,
        2,
    ]


def test_channels_of_one_scale_have_one_multiplier_and_offset() -> None:
    """Those too whose output never changes: always the least, the most, or one between."""
    r = rectified(*[0.0031] * 6)
    bias = column(0, 777, -4321, -90_000, 90_000, 12_345)
    reach = column(60_000, 3_000, 9_000, 500, 400, 2)
    form = find_high_word(r, bias, reach)
    assert form is not None
    assert len(set(form.multiplier.tolist())) == len(set(form.offset.tolist())) == 1
    for c, most in enumerate(reach.tolist()):
        sums = np.arange(-most, most + 1)[:, None] * np.ones(6, np.int64)
        expected = r(sums + bias)[:, c]
        np.testing.assert_array_equal(form(sums, r.low, r.high)[:, c], expected)
    assert set(r(bias)[3:].tolist()) == {-128, 127, int(r(bias)[5])}
