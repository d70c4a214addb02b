"""RELU_N1_TO_1 on every int8 input against tflite-runtime, real numbers and the compiled C (TFLM
has none).
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ops.unary import EVERY_INT8, output_of_every_input, unary

from edgeq.graph import Model


def relu(x: tuple[float, int], y: tuple[float, int], dtype: str = "int8") -> Model:
    return unary("RELU_N1_TO_1", x, y, dtype)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.floats(1e-4, 3.0), st.integers(-128, 127), st.floats(0.01, 100), st.integers(-128, 127))
def test_every_input_at_any_scale(
    scale: float, zero_point: int, ratio: float, output_zero_point: int
) -> None:
    outputs = output_of_every_input(
        relu((scale, zero_point), (scale * ratio, output_zero_point)), tflm=False
    )
    one = np.round(np.float32(1) / np.float32(scale * ratio))
    real = (
        np.clip((EVERY_INT8.ravel().astype(float) - zero_point) / ratio, -1 * one, one)
        + output_zero_point
    )
    assert np.max(np.abs(outputs - np.clip(real, -128, 127))) < 0.76  # two roundings


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("ratio", [1.0, 0.6])
def test_compiled(compiler: str, ratio: float) -> None:
    output_of_every_input(relu((0.01, -7), (0.01 * ratio, -7)), tflm=False, compiler=compiler)


def test_the_factor_is_a_float32_quotient_as_in_tflite() -> None:
    """x_scale / y_scale is near 1.25 and exceeds it only in float32, so that 2 becomes 3; with
    TFLM's RELU it becomes 2.
    """
    model = relu((0.006458731833845377, 0), (0.005166985560208559, 0))
    assert output_of_every_input(model, tflm=False)[128 + 2] == 3
