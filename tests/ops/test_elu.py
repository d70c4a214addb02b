"""ELU on every int8 input against TFLM, real numbers and the compiled C (tflite-runtime's
BUILTIN_REF has none).
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ops.unary import EVERY_INT8, ZERO_POINTS, output_of_every_input, unary

from edgeq.graph import Model


def elu(x: tuple[float, int], y: tuple[float, int]) -> Model:
    return unary("ELU", x, y)


@pytest.mark.parametrize("zero_point", ZERO_POINTS)
@pytest.mark.parametrize("output_zero_point", ZERO_POINTS)
@pytest.mark.parametrize("scale", [1e-6, 0.01, 0.03, 0.5, 50.0])
def test_every_input(zero_point: int, output_zero_point: int, scale: float) -> None:
    outputs = output_of_every_input(
        elu((scale, zero_point), (0.02, output_zero_point)), tflite=False
    )
    x = np.float32(scale) * (EVERY_INT8.ravel().astype(float) - zero_point)
    real = np.where(x < 0, np.expm1(np.minimum(x, 0)), x) / 0.02 + output_zero_point
    assert np.max(np.abs(outputs - np.clip(real, -128, 127))) < 0.501


@settings(max_examples=60, deadline=None)
@given(st.floats(1e-4, 3.0), st.integers(-128, 127), st.floats(0.001, 3.0), st.integers(-128, 127))
def test_every_input_at_any_scale(
    scale: float, zero_point: int, output_scale: float, output_zero_point: int
) -> None:
    output_of_every_input(elu((scale, zero_point), (output_scale, output_zero_point)), tflite=False)


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_compiled(compiler: str) -> None:
    output_of_every_input(elu((0.03, -7), (0.02, -70)), tflite=False, compiler=compiler)
