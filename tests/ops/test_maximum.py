"""MAXIMUM against tflite-runtime, TFLM and the compiled C."""

from dataclasses import replace

import numpy as np
import pytest
from ops.broadcasts import FLOATS, broadcast_cases, every_pair, pair, tensor
from ops.cases import assert_cases_agree

from edgeq.errors import UnsupportedError
from edgeq.graph import Quantization
from edgeq.ops import bind
from edgeq.plan import lower, plan_arena
from edgeq.simulate.execute import execute

DTYPES = ("int8", "int16", "int32", "int64", "float32")
CASES = broadcast_cases("MAXIMUM", DTYPES, options="MaximumMinimumOptions", version=4)


def test_every_type_and_broadcast() -> None:
    assert_cases_agree(CASES, samples=2, compiled=False)


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_compiled(compiler: str) -> None:
    assert_cases_agree(CASES, compiler=compiler)


@pytest.mark.slow
def test_zeros_of_both_signs_and_what_does_not_compare() -> None:
    a, b = (tensor(name, (1, FLOATS.size**2), "float32") for name in "ab")
    assert_cases_agree({"floats": pair("MAXIMUM", a, b, "float32")}, inputs=every_pair(FLOATS))


def test_the_larger_of_each_pair() -> None:
    a, b = (tensor(name, (3,), "int8") for name in "ab")
    inputs = [np.int8([[5, -4, -128]]), np.int8([[-3, -1, 127]])]
    computed = execute(pair("MAXIMUM", a, b, "int8").main, inputs)[2]
    np.testing.assert_array_equal(computed, [[5, -1, 127]])


def test_the_output_lies_over_an_operand_of_its_size() -> None:
    a, b = tensor("a", (4, 64), "int16"), tensor("b", (64,), "int16")
    assert plan_arena(lower(pair("MAXIMUM", a, b, "int16").main)).arena_bytes == 640


def test_refuses_another_scale_than_the_outputs() -> None:
    a, b = (tensor(name, (3,), "int8") for name in "ab")
    other = replace(b, quantization=Quantization((0.1,), (3,)))
    with pytest.raises(UnsupportedError, match="differ in scale or zero point"):
        bind(pair("MAXIMUM", a, other, "int8").main)
