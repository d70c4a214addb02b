"""RELU6 on every int8 and int16 input against tflite-runtime, TFLM, real numbers and the compiled
C.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ops.harness import tflm_output
from ops.unary import EVERY_INT8, ZERO_POINTS, output_of_every_input, unary

from edgeq.graph import Model


def relu6(x: tuple[float, int], y: tuple[float, int], dtype: str = "int8") -> Model:
    return unary("RELU6", x, y, dtype, version=2 if dtype == "int16" else 1)


@pytest.mark.parametrize("zero_point", ZERO_POINTS)
@pytest.mark.parametrize("scale", [0.01, 0.0235, 0.05, 0.1, 7.0, 100.0])
def test_every_input_where_scales_are_one(scale: float, zero_point: int) -> None:
    outputs = output_of_every_input(relu6((scale, zero_point), (scale, zero_point)))
    real = (
        np.clip(EVERY_INT8.ravel().astype(float) - zero_point, 0, np.round(6 / scale)) + zero_point
    )
    np.testing.assert_array_equal(outputs, np.clip(real, -128, 127))


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.floats(1e-4, 3.0), st.integers(-128, 127), st.floats(0.01, 100), st.integers(-128, 127))
def test_requantizes_as_tflite(
    scale: float, zero_point: int, ratio: float, output_zero_point: int
) -> None:
    model = relu6((scale, zero_point), (scale * ratio, output_zero_point))
    outputs = output_of_every_input(model, tflm=False)  # TFLM: the test below
    steps = np.round(np.float32(6) / np.float32(scale * ratio))
    real = (
        np.clip((EVERY_INT8.ravel().astype(float) - zero_point) / ratio, 0, steps)
        + output_zero_point
    )
    assert np.max(np.abs(outputs - np.clip(real, -128, 127))) < 0.76  # two roundings


def test_tflm_does_not_requantize() -> None:
    model = relu6((0.05, -128), (0.025, -128))
    outputs = output_of_every_input(model, tflm=False)
    at_2 = 40  # the input's index for the real value 2.0
    assert outputs[at_2] == -128 + 80
    assert tflm_output(model, [EVERY_INT8])[0, at_2] == -128 + 40, (
        "TFLM's 2.0 reads as 1.0 in the output's scale"
    )


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("ratio", [1.0, 0.6])
def test_compiled(compiler: str, ratio: float) -> None:
    output_of_every_input(relu6((0.04, -7), (0.04 * ratio, -7)), tflm=ratio == 1, compiler=compiler)


def test_compiled_int16() -> None:
    output_of_every_input(relu6((0.0003, 0), (0.0003, 0), "int16"), compiler="gcc")
    output_of_every_input(relu6((0.0003, 0), (0.0002, 0), "int16"), tflm=False, compiler="gcc")
