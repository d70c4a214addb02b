"""TANH on every int8 and int16 input against tflite-runtime, TFLM, real numbers and the compiled C."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ops.harness import assert_all_agree
from ops.unary import EVERY_INT8, EVERY_INT16, ZERO_POINTS, output_of_every_input, unary

from edgeq.errors import UnsupportedError
from edgeq.graph import Model
from edgeq.ops import bind

OUTPUT = (1 / 128, 0)


def tanh(scale: float, zero_point: int, shape: tuple[int, ...] | None = None) -> Model:
    return unary("TANH", (scale, zero_point), OUTPUT, shape=shape)


@pytest.mark.parametrize("zero_point", ZERO_POINTS)
@pytest.mark.parametrize("scale", [2.0**-20, 0.001, 0.0123, 0.05, 0.0625, 0.1, 0.3, 0.9, 2.0, 7.9])
def test_every_input(scale: float, zero_point: int) -> None:
    outputs = output_of_every_input(tanh(scale, zero_point))
    real = 128 * np.tanh(np.float32(scale) * (EVERY_INT8.ravel().astype(float) - zero_point))
    assert np.max(np.abs(outputs - np.clip(real, -128, 127))) < 0.51


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.floats(1e-4, 0.99), st.integers(-128, 127))
def test_every_input_at_any_scale(scale: float, zero_point: int) -> None:
    output_of_every_input(tanh(scale, zero_point))


def test_hand_made_corners() -> None:
    outputs = output_of_every_input(tanh(0.1, 0))
    assert [int(outputs[x + 128]) for x in (-128, -10, 0, 10, 127)] == [-128, -97, 0, 97, 127]


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_compiled(compiler: str) -> None:
    output_of_every_input(tanh(0.03, -7), compiler=compiler)


@pytest.mark.parametrize("shape", [(1,), (2, 3, 5, 7)])
def test_compiled_in_any_shape(shape: tuple[int, ...]) -> None:
    assert_all_agree(tanh(0.03, -7, shape))


@pytest.mark.parametrize(
    "scale", [1e-9, 2.0**-13, 2.0**-12, 2.0**-12 * 1.0006, 2.0**-11, 2.0**-10, 0.00031, 0.02, 2.6]
)
def test_every_int16_input(scale: float) -> None:
    model = unary("TANH", (scale, 0), (1 / 32768, 0), "int16", version=2)
    outputs = output_of_every_input(model, compiler="gcc" if scale == 0.00031 else "")
    x = np.float32(scale) * EVERY_INT16.ravel().astype(float)
    real = 32768 * np.tanh(x)
    assert np.max(np.abs(outputs - real)) < 11


@pytest.mark.parametrize("scale", [2.0**-12, 2.0**-11, 0.0004])
def test_int16_compiled_with_clang(scale: float) -> None:
    output_of_every_input(
        unary("TANH", (scale, 0), (1 / 32768, 0), "int16", version=2), compiler="clang"
    )


def test_refuses_int16_beyond_32_bits() -> None:
    with pytest.raises(
        UnsupportedError, match=r"its int16 input has scale 2\.7, TFLite computes it below 2"
    ):
        bind(unary("TANH", (2.7, 0), (1 / 32768, 0), "int16").main)
    with pytest.raises(UnsupportedError, match="its int16 input has zero point 5, not 0"):
        bind(unary("TANH", (0.1, 5), (1 / 32768, 0), "int16").main)


@pytest.mark.parametrize(
    ("x", "y", "why"),
    [
        (
            (0.1, 0),
            (1 / 256, 0),
            "its output has scale 0.00390625 and zero point 0, TFLite has 0.0078125 and 0",
        ),
        ((2.0**32, 0), OUTPUT, "TFLM computes it from 2"),
    ],
)
def test_refuses(x: tuple[float, int], y: tuple[float, int], why: str) -> None:
    with pytest.raises(UnsupportedError, match=why):
        bind(unary("TANH", x, y).main)
