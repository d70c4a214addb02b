"""RSQRT on every int8 input that is not negative, and on floats, against tflite-runtime, TFLM, real
numbers and the compiled C.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opkit.test_float_unary import every_kind
from opkit.test_float_unary import unary as float_unary
from ops.cases import assert_cases_agree
from ops.harness import compiled_output, reference_output, tflm_output
from ops.unary import EVERY_INT8, EVERY_INT16, simulated, unary

from edgeq.errors import UnsupportedError
from edgeq.graph import Model
from edgeq.opkit.node import Values
from edgeq.ops import bind


def rsqrt(x: tuple[float, int], y: tuple[float, int]) -> Model:
    return unary("RSQRT", x, y, version=2)


def inputs(zero_point: int) -> Values:
    """All int8 values, those below the zero point replaced by it, because the oracles stop at them."""
    return np.maximum(EVERY_INT8, np.int8(zero_point))


def assert_agree(model: Model, zero_point: int) -> Values:
    x = inputs(zero_point)
    expected = simulated(model, x)
    np.testing.assert_array_equal(expected, reference_output(model, [x]))
    np.testing.assert_array_equal(expected, tflm_output(model, [x]))
    return expected.ravel()


@pytest.mark.parametrize("zero_point", [-128, -5, 0, 126, 127])
@pytest.mark.parametrize("y", [(0.02, -128), (0.1, 3), (1.0, 127), (0.001, 0)])
def test_every_input(zero_point: int, y: tuple[float, int]) -> None:
    outputs = assert_agree(rsqrt((0.03, zero_point), y), zero_point)
    steps = inputs(zero_point).ravel().astype(float) - zero_point
    real = 1 / np.sqrt(np.maximum(steps, 1e-9) * 0.03) / y[0] + y[1]
    assert np.max(np.abs(outputs - np.clip(real, -128, 127))[steps > 0], initial=0) < 0.76
    assert set(outputs[steps == 0]) <= {127}


@pytest.mark.slow
@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.floats(1e-4, 3.0), st.integers(-128, 127), st.floats(0.001, 3), st.integers(-128, 127))
def test_every_input_at_any_scale(
    scale: float, zero_point: int, output_scale: float, output_zero_point: int
) -> None:
    assert_agree(rsqrt((scale, zero_point), (output_scale, output_zero_point)), zero_point)


def test_negative_values_give_the_greatest_output() -> None:
    outputs = simulated(rsqrt((0.03, 0), (0.02, -128)), EVERY_INT8).ravel()
    assert set(outputs[:129]) == {127}


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_compiled(compiler: str) -> None:
    model = rsqrt((0.03, -7), (0.02, -90))
    np.testing.assert_array_equal(
        simulated(model, EVERY_INT8), compiled_output(model, [EVERY_INT8], compiler)
    )


@pytest.mark.parametrize(("x", "y"), [(1e-8, 1e-9), (100.0, 1e4), (1e-36, 1e-30)])
def test_refuses_scales_too_far_apart(x: float, y: float) -> None:
    with pytest.raises(UnsupportedError, match="are too far apart"):
        bind(rsqrt((x, 0), (y, 0)).main)


def wide(x: float, y: float) -> Model:
    return unary("RSQRT", (x, 0), (y, 0), "int16", version=3)


WIDE = [(1e-4, 3e-3), (0.03, 1e-4), (2.0, 0.01), (1e-6, 7.0), (0.25, 2.0)]


def test_every_input_of_int16() -> None:
    """All that are not negative; TFLite has int8 alone."""
    x = np.maximum(EVERY_INT16, 0)
    for scales in WIDE:
        expected = simulated(wide(*scales), x)
        np.testing.assert_array_equal(expected, tflm_output(wide(*scales), [x]))
    assert set(simulated(wide(*WIDE[0]), EVERY_INT16).ravel()[:32769]) == {32767}


def test_refuses_zero_points_of_int16() -> None:
    with pytest.raises(UnsupportedError, match="have zero points other than 0"):
        bind(unary("RSQRT", (0.1, 3), (0.1, 0), "int16", version=3).main)


FLOATS = {"floats": float_unary("RSQRT")}
CASES = {**FLOATS, **{f"int16 {k}": wide(*scales) for k, scales in enumerate(WIDE[:2])}}


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_compiled_int16(compiler: str) -> None:
    for scales in WIDE:
        got = compiled_output(wide(*scales), [EVERY_INT16], compiler)
        np.testing.assert_array_equal(simulated(wide(*scales), EVERY_INT16), got)


def test_every_kind_of_float() -> None:
    assert_cases_agree(FLOATS, inputs=[np.abs(every_kind())], compiled=False)


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_compiled_floats(compiler: str) -> None:
    assert_cases_agree(FLOATS, inputs=[np.abs(every_kind())], compiler=compiler)
