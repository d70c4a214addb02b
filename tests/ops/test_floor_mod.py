"""FLOOR_MOD against tflite-runtime, TFLM, which has float32 alone, and the compiled C."""

import numpy as np
import pytest
from ops.broadcasts import broadcast_cases
from ops.cases import assert_cases_agree
from ops.divisions import divided, ends, floats
from ops.harness import compiled_output

from edgeq.simulate.execute import execute

KIND = "FLOOR_MOD"
FLOATS = broadcast_cases(KIND, ("float32",), version=2)
INTEGERS = broadcast_cases(KIND, ("int32",), version=2)
CASES = FLOATS | INTEGERS


def test_floats_of_every_size() -> None:
    model, inputs = divided(KIND, "float32", *floats())
    assert_cases_agree({"floats": model}, inputs=inputs, compiled=False)


def test_ends_of_int32() -> None:
    model, inputs = divided(KIND, "int32", *ends())
    assert_cases_agree({"ends": model}, inputs=inputs, tflm=False, compiled=False)


@pytest.mark.slow
def test_every_broadcast() -> None:
    """Random operands are hardly ever 0, at which the oracles stop."""
    assert_cases_agree(FLOATS, samples=2, compiled=False)
    assert_cases_agree(INTEGERS, samples=2, tflm=False, compiled=False)


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_compiled(compiler: str) -> None:
    apart = {"tflite": False, "tflm": False}
    assert_cases_agree(CASES, samples=2, compiler=compiler, **apart)
    for dtype, operands in (("float32", floats()), ("int32", ends())):
        model, inputs = divided(KIND, dtype, *operands)
        assert_cases_agree({dtype: model}, inputs=inputs, compiler=compiler, **apart)


def test_int32_that_the_oracles_stop_at() -> None:
    model, inputs = divided(KIND, "int32", np.int32([-(2**31), 5, -5, 0]), np.int32([-1, 0, 0, 0]))
    computed = execute(model.main, inputs)[2]
    np.testing.assert_array_equal(computed[0, 0], [0, 0, 0, 0])
    np.testing.assert_array_equal(computed, compiled_output(model, inputs))
