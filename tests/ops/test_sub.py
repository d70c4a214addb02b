"""SUB against tflite-runtime, TFLM and the compiled C; what it shares with ADD is tested there."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ops.broadcasts import SHAPES, plain_pair
from ops.cases import assert_cases_agree, reference_outputs, tflm_outputs
from ops.pairs import (
    EVERY_PAIR,
    EVERY_PAIR_OF_ENDS,
    deep_cases,
    int16_range_cases,
    pair,
    range_cases,
    shape_cases,
    wide_cases,
)

from edgeq.errors import UnsupportedError
from edgeq.plan import lower
from edgeq.simulate.execute import execute


def test_shapes_and_wider_types() -> None:
    assert_cases_agree(shape_cases("SUB") | wide_cases("SUB"))


def test_six_dimensions_and_clang() -> None:
    cases = {
        "int16": pair("SUB", (3, 4), (4,), "int16"),
        "int32": pair("SUB", (3, 4), (4,), "int32"),
    }
    assert_cases_agree(cases | deep_cases("SUB"), tflite=False, compiler="clang")


@pytest.mark.slow
def test_every_pair_of_values_at_the_ends_of_zero_points_scales_and_activations() -> None:
    # The scales of the last one tell double factors from the float factors of TFLM's older sources.
    scales = (0.011223286636752858, 0.038067051803855646, 0.033631128035278506)
    cases = range_cases("SUB") | {"double factors": pair("SUB", (256, 1), (1, 256), scales=scales)}
    assert_cases_agree(cases, inputs=EVERY_PAIR)


def test_the_ends_of_int16() -> None:
    assert_cases_agree(int16_range_cases("SUB"), inputs=EVERY_PAIR_OF_ENDS)


def test_a_difference_by_hand() -> None:
    model = pair("SUB", (1, 2), (1, 2), scales=(0.5, 0.25, 0.5), zero_points=(0, 0, 10))
    a, b = np.int8([[[4, -3]]]), np.int8([[[3, 100]]])
    # 4 * 0.5 - 3 * 0.25 = 1.25 = 2.5 steps, the tie away from zero; -1.5 - 25 = -26.5 = -53 steps
    np.testing.assert_array_equal(execute(model.main, [a, b])[2], [[[13, -43]]])


def test_int32_wraps_as_registers_do() -> None:
    model = pair("SUB", (2,), (2,), "int32")
    a, b = np.int32([[-(2**31), 2**31 - 1]]), np.int32([[1, -1]])
    np.testing.assert_array_equal(execute(model.main, [a, b])[2], [[2**31 - 1, -(2**31)]])


@settings(max_examples=25, deadline=None)
@given(
    scales=st.tuples(*[st.floats(1e-3, 10.0)] * 3),
    zero_points=st.tuples(*[st.integers(-128, 127)] * 3),
)
def test_any_scales_and_zero_points(
    scales: tuple[float, float, float], zero_points: tuple[int, int, int]
) -> None:
    model = pair("SUB", (256, 1), (1, 256), "int8", scales, zero_points)
    computed = execute(model.main, EVERY_PAIR)[2]
    np.testing.assert_array_equal(computed, reference_outputs(model, EVERY_PAIR)[0])
    np.testing.assert_array_equal(computed, tflm_outputs(model, EVERY_PAIR)[0])


def test_scales_that_stop_the_reference_are_refused() -> None:
    with pytest.raises(UnsupportedError, match="too far apart"):
        lower(pair("SUB", (4,), (4,), scales=(100.0, 1.0, 1e-5)).main)


WIDE = {f"{a}, {b}": plain_pair("SUB", a, b) for a, b in SHAPES}
SEEDS = WIDE
"""int64, which TFLM does not take."""


def test_int64_wraps() -> None:
    assert_cases_agree(WIDE, tflm=False, compiled=False)


@pytest.mark.slow
def test_int64_compiled() -> None:
    assert_cases_agree(WIDE, tflite=False, tflm=False)
