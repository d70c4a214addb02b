"""The accumulators at which the output of a requantization changes, by hand and by trying all."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from opkit.requantizations import FACTORS, everything, requantization

from edgeq.opkit.requantization_steps import steps


def test_a_step_is_the_least_accumulator_that_gives_a_value() -> None:
    """A factor of 1/4 is a half, ties up, and then a half, ties away from zero: 1 becomes 1, and -1
    becomes 0.
    """
    r = requantization(0.25, low=-2, high=2)
    assert steps(r, np.array([0]), np.array([100])).ravel().tolist() == [-5, -1, 1, 5]
    assert steps(r, np.array([3]), np.array([100])).ravel().tolist() == [-8, -4, -2, 2]


def test_a_value_out_of_reach_has_its_step_beyond() -> None:
    r = requantization(0.25, low=-2, high=2)
    assert steps(r, np.array([0]), np.array([4])).ravel().tolist() == [-4, -1, 1, 5]


@settings(max_examples=60, deadline=None)
@given(FACTORS, st.integers(-2000, 2000), st.integers(-128, 127), st.integers(0, 3000))
def test_steps_are_where_the_output_changes(
    factor: float, bias: int, zero_point: int, reach: int
) -> None:
    r = requantization(factor, zero_point=zero_point)
    outputs = r(everything(reach) + bias).ravel().astype(int)
    least = steps(r, np.array([bias]), np.array([reach])).ravel()
    for q, step in zip(range(r.low + 1, r.high + 1), least, strict=True):
        reached = np.flatnonzero(outputs >= q)
        assert step == (reached[0] - reach if len(reached) else reach + 1)
