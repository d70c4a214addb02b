"""ADD_N against tflite-runtime, TFLM and the compiled C."""

import pytest
from ops.broadcasts import fixed, tensor
from ops.cases import assert_cases_agree
from ops.harness import quantized, single_op

from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Tensor
from edgeq.ops import bind

SHAPE = (2, 3, 5)
SCALES = ((0.05, 0.05, 3, 3), (0.1, 0.3, -128, 127), (2.0, 0.001, 127, -5), (0.01, 5.0, 0, 0))


def add(dtype: str, count: int, constants: int = 0) -> Model:
    given = [tensor(f"x{k}", SHAPE, dtype) for k in range(count)]
    given += [fixed(f"c{k}", SHAPE, dtype, k) for k in range(constants)]
    return single_op("ADD_N", given, tensor("y", SHAPE, dtype))


def scaled(x_scale: float, y_scale: float, x_zero: int, y_zero: int, count: int = 3) -> Model:
    given = [quantized(f"x{k}", (1, 256), x_scale, x_zero) for k in range(count)]
    return single_op("ADD_N", given, quantized("y", (1, 256), y_scale, y_zero))


CASES = {
    "int8": add("int8", 3),
    "fifteen": add("int8", 15),
    "int8 and a constant": add("int8", 2, 1),
    "float32": add("float32", 4),
    "float32 and a constant": add("float32", 1, 1),
}
INT32 = {"int32": add("int32", 3)}


def test_the_bytes_of_tflm() -> None:
    """tflite-runtime has no int8."""
    assert_cases_agree(CASES, tflite=False, compiled=False)


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_compiled(compiler: str) -> None:
    assert_cases_agree(CASES | INT32, tflite=False, tflm=False, compiler=compiler)


@pytest.mark.slow
def test_the_bytes_of_tflite() -> None:
    cases = {"float32": CASES["float32"]} | INT32
    assert_cases_agree(cases, tflm=False, compiled=False)


@pytest.mark.slow
def test_scales_and_zero_points() -> None:
    cases = {f"{ends}": scaled(*ends) for ends in SCALES}
    assert_cases_agree(cases, samples=32, tflite=False)


def test_inputs_that_differ_are_refused() -> None:
    y = quantized("y", (2, 3))
    other = single_op("ADD_N", [quantized("a", (2, 3)), quantized("b", (2, 3), 0.1)], y)
    with pytest.raises(UnsupportedError, match="differ in scale"):
        bind(other.main)
    shapes = single_op("ADD_N", [Tensor("a", (2, 3), "int32"), Tensor("b", (3,), "int32")], y)
    with pytest.raises(UnsupportedError, match=r"types are|shapes \[2, 3\] and \[3\]"):
        bind(shapes.main)


def test_sixteen_overflow_in_the_reference() -> None:
    with pytest.raises(UnsupportedError, match="16 inputs"):
        bind(add("int8", 16).main)


def test_a_scale_that_stops_the_reference_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="too far apart"):
        bind(scaled(1e6, 0.01, 0, 0).main)
