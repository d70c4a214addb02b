"""REDUCE_MIN against tflite-runtime, TFLM and the compiled C."""

import pytest
from ops.cases import assert_cases_agree
from ops.reductions import (
    assert_unusual_floats_agree,
    every_set_of_axes,
    extreme_cases,
    extreme_cases_of_tflite,
    random_extremes,
    reduction,
)

from edgeq.errors import UnsupportedError
from edgeq.ops import bind

KIND = "REDUCE_MIN"
CASES = extreme_cases(KIND)


def test_every_computer_gives_the_same_bytes() -> None:
    assert_cases_agree(CASES)


@pytest.mark.slow
def test_types_that_tflm_does_not_know() -> None:
    assert_cases_agree(extreme_cases_of_tflite(KIND), tflm=False)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["int8", "float32"])
def test_all_sets_of_axes(dtype: str) -> None:
    assert_cases_agree(every_set_of_axes(KIND, dtype), compiler="clang")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_random_shapes(seed: int) -> None:
    assert_cases_agree(random_extremes(KIND, seed), seed=seed)


@pytest.mark.slow
def test_floats_that_are_no_plain_numbers() -> None:
    assert_unusual_floats_agree(KIND)


def test_another_scale_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="differ in scale or zero point"):
        bind(reduction(KIND, (1, 4), (1,), scales=(0.05, 0.04)).main)
