"""NEG on every kind of float against tflite-runtime, TFLM and the compiled C."""

import pytest
from opkit.test_float_unary import every_kind, unary
from ops.cases import assert_cases_agree

CASES = {"floats": unary("NEG")}


def test_every_kind_of_float() -> None:
    assert_cases_agree(CASES, inputs=[every_kind()], compiled=False)


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_compiled(compiler: str) -> None:
    assert_cases_agree(CASES, inputs=[every_kind()], compiler=compiler)
