"""LESS_EQUAL against tflite-runtime, TFLM and the compiled C."""

import numpy as np
import pytest
from ops.broadcasts import broadcast_cases
from ops.cases import assert_cases_agree
from ops.comparisons import assert_floats, assert_int8, assert_refused_scale, compared

CASES = broadcast_cases("LESS_EQUAL", ("int8", "int32", "int64", "float32"), "bool")


def test_every_type_and_broadcast() -> None:
    assert_cases_agree(CASES, samples=2, compiled=False)


def test_by_hand() -> None:
    np.testing.assert_array_equal(
        compared("LESS_EQUAL", [5, -4, 7], [-3, 5, 7]), [False, True, True]
    )


def test_refuses_a_scale_at_which_the_reference_stops() -> None:
    assert_refused_scale("LESS_EQUAL")


@pytest.mark.slow
def test_every_pair_of_int8_at_any_scales() -> None:
    assert_int8("LESS_EQUAL")


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_compiled(compiler: str) -> None:
    assert_cases_agree(CASES, compiler=compiler)
    assert_floats("LESS_EQUAL", compiler)
