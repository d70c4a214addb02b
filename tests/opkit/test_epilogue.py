"""The output arithmetic of dot products: which form is chosen, and that both give the reference's
outputs.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgeq.fixedpoint import saturating_rounding_doubling_high_mul
from edgeq.opkit.epilogue import epilogue_fields
from edgeq.opkit.high_word import HighWord
from edgeq.opkit.kernel_call import Parameter
from edgeq.opkit.requantize import Integers, Requantization, channel_multipliers

Stage = dict[str, Parameter | None]


def requantization(
    *factors: float, zero_point: int = 5, low: int = -128, high: int = 127
) -> Requantization:
    return Requantization(*channel_multipliers(factors), zero_point, low, high)


def column(*values: int) -> Integers:
    return np.array(values, np.int64)


def outputs(stage: Stage, sums: Integers) -> Integers:
    """What requantize.h computes of sums [n, channels]."""
    constants, ends = (
        np.asarray(stage["epilogue.constants"]).T,
        (stage["epilogue.activation_min"], stage["epilogue.activation_max"]),
    )
    if stage["epilogue.single_multiply"]:
        return np.asarray(
            np.clip(HighWord(*constants, shift=stage["epilogue.shift"])(sums, -128, 127), *ends)
        )  # type: ignore[arg-type]
    twice_bias, multiplier, offset, exponent = constants.astype(np.int64)
    v = saturating_rounding_doubling_high_mul(sums + twice_bias // 2, multiplier)
    return np.asarray(np.clip(np.clip((v + offset - (v < 0)) >> exponent, -128, 127), *ends))  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None)
@given(
    factors=st.lists(st.floats(1e-4, 0.45), min_size=1, max_size=3),
    zero_point=st.integers(-128, 127),
    bias=st.integers(-4000, 4000),
    reach=st.integers(1, 3000),
    low=st.integers(-128, 0),
    high=st.integers(1, 127),
)
def test_the_stage_gives_the_references_outputs(
    factors: list[float], zero_point: int, bias: int, reach: int, low: int, high: int
) -> None:
    r = requantization(*factors, zero_point=zero_point, low=low, high=high)
    stage = epilogue_fields(r, column(*[bias] * len(factors)), column(*[reach] * len(factors)))
    assert stage is not None
    sums = np.arange(-reach, reach + 1)[:, None] * np.ones(len(factors), np.int64)
    np.testing.assert_array_equal(outputs(stage, sums), r(sums + bias))


def test_one_multiplication_is_enough_where_outputs_begin_at_the_zero_point() -> None:
    """The range of the activation does not count: outputs are clamped to it afterwards."""
    for low, single_multiply in ((-128, 1), (-127, 0), (5, 0)):
        stage = epilogue_fields(requantization(0.01, zero_point=low), column(100), column(9_000))
        assert stage is not None
        assert stage["epilogue.single_multiply"] == single_multiply
        assert np.shape(stage["epilogue.constants"]) == (1, 3 if single_multiply else 4)
        assert np.asarray(stage["epilogue.constants"]).dtype == np.int32


@pytest.mark.parametrize(
    ("ends", "clamped"), [((-128, 127), 0), ((-127, 127), 1), ((-128, 126), 1), ((5, 90), 1)]
)
def test_only_ranges_within_int8_are_clamped_to(ends: tuple[int, int], clamped: int) -> None:
    stage = epilogue_fields(
        requantization(0.01, low=ends[0], high=ends[1]), column(100), column(9_000)
    )
    assert stage is not None
    assert (
        stage["epilogue.clamped"],
        stage["epilogue.activation_min"],
        stage["epilogue.activation_max"],
    ) == (clamped, *ends)


def test_double_rounding_constants_by_hand() -> None:
    """A factor of 1/8 is 2^30 * 2^(-2 - 31); a channel without a factor gives the zero point."""
    stage = epilogue_fields(
        requantization(0.125, 0.0, zero_point=5), column(-7, 3), column(400, 400)
    )
    assert stage is not None
    assert np.asarray(stage["epilogue.constants"]).tolist() == [
        [-14, 1 << 30, (5 << 2) + 2, 2],
        [0, 0, (5 << 1) + 1, 1],
    ]
    assert (stage["epilogue.single_multiply"], stage["epilogue.shift"]) == (0, 0)


@pytest.mark.parametrize(
    ("factor", "bias", "reach", "fits"),
    [
        (0.49, 0, 1000, True),  # exponent 1, the least that shifts to the right
        (0.51, 0, 1000, False),
        (2.0**-23, 0, 1000, True),  # exponent 22
        (2.0**-24, 0, 1000, False),
        (0.01, 2**30 - 1001, 1000, True),  # twice a sum must fit 32 bits
        (0.01, 2**30 - 1000, 1000, False),
        (0.01, -(2**30) + 1000, 1000, False),
    ],
)
def test_the_general_kernel_is_left_what_does_not_fit(
    factor: float, bias: int, reach: int, fits: bool
) -> None:
    stage = epilogue_fields(requantization(factor), column(bias), column(reach))
    assert (stage is not None) == fits
    if stage is not None:
        sums = column(-reach, -1, 0, 1, reach)[:, None]
        np.testing.assert_array_equal(outputs(stage, sums), requantization(factor)(sums + bias))


def test_one_channel_that_does_not_fit_is_enough() -> None:
    r = requantization(0.01, 0.51)
    assert epilogue_fields(r, column(0, 0), column(1000, 1000)) is None
