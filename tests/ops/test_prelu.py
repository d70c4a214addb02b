"""PRELU against tflite-runtime, TFLM, real numbers and the compiled C."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ops.harness import (
    assert_all_agree,
    assert_tflite_explained,
    compiled_output,
    constant,
    quantized,
    reference_output,
    single_op,
    tflm_output,
)
from ops.unary import EVERY_INT8, ZERO_POINTS, simulated

from edgeq.codegen.native import render_native
from edgeq.errors import UnsupportedError
from edgeq.graph import Model
from edgeq.ops import bind


def prelu(
    shape: tuple[int, ...],
    alpha: tuple[int, ...],
    zero_points: tuple[int, int, int] = (3, -7, -50),
    scales: tuple[float, float, float] = (0.05, 0.01, 0.04),
    dtype: str = "int8",
) -> Model:
    """A model of one PRELU. zero_points, scales: of x, alpha and y; alpha is random int8."""
    slopes = np.random.default_rng(5).integers(-128, 128, alpha, np.int8)
    x, a, y = zero_points
    tensors = [
        quantized("x", shape, scales[0], x, dtype),
        constant("alpha", slopes, scales[1], zero_point=a),
    ]
    return single_op("PRELU", tensors, quantized("y", shape, scales[2], y, dtype))


@pytest.mark.parametrize(
    ("shape", "alpha"),
    [
        ((1, 3, 5, 4), (1, 1, 4)),
        ((1, 3, 5, 4), (3, 5, 4)),
        ((1, 3, 5, 4), (1, 5, 1)),
        ((2, 3, 5, 4), (1, 1, 1)),
        ((2, 3, 5, 4), (2, 3, 5, 4)),
        ((1, 7), (7,)),
        ((1,), (1,)),
    ],
)
def test_compiled_in_any_shape(shape: tuple[int, ...], alpha: tuple[int, ...]) -> None:
    assert_all_agree(prelu(shape, alpha))


@pytest.mark.parametrize("x", ZERO_POINTS)
@pytest.mark.parametrize("alpha", [-128, 0, 127])
@pytest.mark.parametrize("y", [-128, 0, 127])
def test_every_input_with_every_alpha(x: int, alpha: int, y: int) -> None:
    slopes = np.arange(-128, 128).astype(np.int8).reshape(256, 1)
    tensors = [
        quantized("x", (256, 256), 0.03, x),
        constant("alpha", slopes, 0.011, zero_point=alpha),
    ]
    model = single_op("PRELU", tensors, quantized("y", (256, 256), 0.02, y))
    inputs = np.broadcast_to(EVERY_INT8, (1, 256, 256)).copy()
    expected = simulated(model, inputs)
    np.testing.assert_array_equal(expected, reference_output(model, [inputs]))
    np.testing.assert_array_equal(expected, tflm_output(model, [inputs]))
    centred, slope = inputs.astype(float) - x, (slopes.astype(float) - alpha) * 0.011
    real = np.where(centred >= 0, centred, slope * centred) * 1.5 + y
    assert np.max(np.abs(expected - np.clip(real, -128, 127))) < 0.76


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(st.tuples(*[st.floats(1e-4, 2.0)] * 3), st.tuples(*[st.integers(-128, 127)] * 3))
def test_any_parameters(
    scales: tuple[float, float, float], zero_points: tuple[int, int, int]
) -> None:
    model, x = (
        prelu((1, 256), (256,), zero_points, scales),
        np.stack([np.roll(EVERY_INT8, k) for k in range(9)]),
    )
    np.testing.assert_array_equal(simulated(model, x), tflm_output(model, [x]))
    assert_tflite_explained(model, [x])


def test_compiled_int16() -> None:
    # tflite-runtime 2.14 has no int16 PRELU
    assert_all_agree(
        prelu((2, 9, 4), (1, 4), (0, 3, 0), (0.001, 0.01, 0.0007), "int16"),
        samples=64,
        tflite=False,
    )


def test_compiled_with_clang() -> None:
    model = prelu((1, 3, 5, 4), (1, 1, 4))
    x = np.random.default_rng(1).integers(-128, 128, (16, 1, 3, 5, 4), np.int8)
    np.testing.assert_array_equal(simulated(model, x), compiled_output(model, [x], "clang"))


def test_alpha_of_a_channel_is_stored_once() -> None:
    assert render_native(prelu((1, 30, 50, 4), (1, 1, 4)), "m").model_bytes == 4


def test_refuses_an_alpha_that_does_not_fit() -> None:
    with pytest.raises(
        UnsupportedError, match=r"its alpha of shape \[3\] does not broadcast to \[1, 4\]"
    ):
        bind(prelu((1, 4), (3,)).main)
    with pytest.raises(
        UnsupportedError, match=r"its alpha of shape \[2, 4\] does not broadcast to \[1, 4\]"
    ):
        bind(prelu((1, 4), (2, 4)).main)


def test_refuses_a_computed_alpha() -> None:
    model = single_op("PRELU", [quantized("x", (4,)), quantized("a", (4,))], quantized("y", (4,)))
    with pytest.raises(UnsupportedError, match='its input 1 "a" is computed, not constant'):
        bind(model.main)
