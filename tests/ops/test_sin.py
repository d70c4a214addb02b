"""SIN on every kind of float against tflite-runtime, TFLM and the compiled C."""

import pytest
from opkit.test_float_unary import unary
from ops.angles import assert_quarter_turns_agree, inputs
from ops.cases import assert_cases_agree

CASES = {"floats": unary("SIN")}


def test_every_kind_of_float() -> None:
    assert_cases_agree(CASES, inputs=[inputs()], compiled=False)


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_compiled(compiler: str) -> None:
    assert_cases_agree(CASES, inputs=[inputs()], compiler=compiler)


@pytest.mark.slow
def test_quarter_turns_are_as_near_as_a_library_that_fuses() -> None:
    assert_quarter_turns_agree(CASES["floats"])
