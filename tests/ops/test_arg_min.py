"""ARG_MIN against tflite-runtime, TFLM and the compiled C."""

import numpy as np
import pytest
from ops.cases import assert_cases_agree
from ops.harness import compiled_output
from ops.searches import (
    assert_the_first_of_equals_is_found,
    every_axis,
    search,
    search_cases,
)

from edgeq.errors import UnsupportedError
from edgeq.ops import bind
from edgeq.simulate.execute import execute

KIND = "ARG_MIN"
CASES = search_cases(KIND)


def test_every_computer_gives_the_same_bytes() -> None:
    assert_cases_agree(CASES)


@pytest.mark.slow
def test_every_axis_and_type() -> None:
    assert_cases_agree(every_axis(KIND, "int8") | every_axis(KIND, "float32"))
    others = every_axis(KIND, "uint8") | every_axis(KIND, "int8", "int64")
    assert_cases_agree(others, tflm=False)  # it has neither


def test_int16_as_numpy_has_it() -> None:
    """The oracles have no int16."""
    model = search(KIND, (6, 3), 0, "int16")
    x = np.random.default_rng(0).integers(-3, 3, (4, 6, 3)).astype(np.int16)
    expected = execute(model.main, [x])[2]
    np.testing.assert_array_equal(expected, x.argmin(axis=1))
    np.testing.assert_array_equal(expected, compiled_output(model, [x]))


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["int8", "float32"])
def test_of_equals_the_first(dtype: str) -> None:
    assert_the_first_of_equals_is_found(KIND, dtype)


def test_an_axis_that_is_not_there_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="not one axis"):
        bind(search(KIND, (1, 4), 1, to=2).main)
