"""LEAKY_RELU on every int8 and int16 input against tflite-runtime, TFLM, real numbers and the
compiled C.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ops.harness import assert_all_agree
from ops.unary import (
    EVERY_INT8,
    ZERO_POINTS,
    assert_int8_but_for_ties,
    output_of_every_input,
    unary,
)

from edgeq.errors import UnsupportedError
from edgeq.graph import Model
from edgeq.ops import bind


def leaky_relu(
    alpha: float,
    x: tuple[float, int],
    y: tuple[float, int],
    dtype: str = "int8",
    shape: tuple[int, ...] | None = None,
) -> Model:
    slope = float(np.float32(alpha))
    return unary(
        "LEAKY_RELU",
        x,
        y,
        dtype,
        shape,
        "LeakyReluOptions",
        version=2 if dtype == "int16" else 1,
        alpha=slope,
    )


@pytest.mark.parametrize("zero_point", ZERO_POINTS)
@pytest.mark.parametrize("output_zero_point", ZERO_POINTS)
@pytest.mark.parametrize("alpha", [0.0, 0.01, 0.3, 1.0, 1.7, -0.37, -2.0])
def test_every_input(zero_point: int, output_zero_point: int, alpha: float) -> None:
    outputs = output_of_every_input(
        leaky_relu(alpha, (0.05, zero_point), (0.03, output_zero_point))
    )
    x = EVERY_INT8.ravel().astype(float) - zero_point
    real = np.where(x >= 0, x, alpha * x) * 0.05 / 0.03 + output_zero_point
    assert np.max(np.abs(outputs - np.clip(real, -128, 127))) < 0.76  # two roundings


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    st.floats(-3, 3),
    st.floats(1e-4, 3.0),
    st.integers(-128, 127),
    st.floats(0.01, 100),
    st.integers(-128, 127),
)
def test_every_input_at_any_scale(
    alpha: float, scale: float, zero_point: int, ratio: float, output_zero_point: int
) -> None:
    model = leaky_relu(alpha, (scale, zero_point), (scale * ratio, output_zero_point))
    assert_int8_but_for_ties(model, np.where(EVERY_INT8.ravel() < zero_point, alpha, 1) / ratio)


@pytest.mark.parametrize("alpha", [0.2, -1.5])
def test_int16_is_as_tflm_multiplies(alpha: float) -> None:
    # TFLM (2026-10) computes both factors in float64, tflite-runtime 2.14 in float32: they differ
    # in some bytes.
    output_of_every_input(
        leaky_relu(alpha, (0.0001, 0), (0.00007, 0), "int16"), tflite=False, compiler="gcc"
    )


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("alpha", [0.1, -0.5])
def test_compiled(compiler: str, alpha: float) -> None:
    output_of_every_input(leaky_relu(alpha, (0.04, -7), (0.03, -90)), compiler=compiler)


def test_compiled_int16_with_clang() -> None:
    output_of_every_input(leaky_relu(0.25, (0.5, 0), (0.5, 0), "int16"), compiler="clang")


@pytest.mark.parametrize("shape", [(1,), (2, 3, 5, 7)])
def test_compiled_in_any_shape(shape: tuple[int, ...]) -> None:
    assert_all_agree(leaky_relu(0.1, (0.03, -7), (0.02, -90), shape=shape))


def test_refuses_scales_too_far_apart() -> None:
    with pytest.raises(UnsupportedError, match=r"its scales 1e\+06 -> 0.0001 are too far apart"):
        bind(leaky_relu(0.1, (1e6, 0), (1e-4, 0)).main)
