"""ABS on every int8 and int16 input against tflite-runtime, TFLM, real numbers and the compiled C."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ops.harness import reference_output, single_op
from ops.unary import (
    EVERY_INT8,
    ZERO_POINTS,
    assert_int8_but_for_ties,
    output_of_every_input,
    unary,
)

from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Tensor
from edgeq.ops import bind


def absolute(x: tuple[float, int], y: tuple[float, int], dtype: str = "int8") -> Model:
    return unary("ABS", x, y, dtype, version=3)


@pytest.mark.parametrize("zero_point", ZERO_POINTS)
@pytest.mark.parametrize("output_zero_point", ZERO_POINTS)
@pytest.mark.parametrize("ratio", [0.3, 1.0, 1.7, 200.0])
def test_every_input(zero_point: int, output_zero_point: int, ratio: float) -> None:
    outputs = output_of_every_input(absolute((0.05, zero_point), (0.05 * ratio, output_zero_point)))
    real = np.abs(EVERY_INT8.ravel().astype(float) - zero_point) / ratio + output_zero_point
    assert np.max(np.abs(outputs - np.clip(real, -128, 127))) < 0.76  # two roundings


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.floats(1e-4, 3.0), st.integers(-128, 127), st.floats(0.01, 100), st.integers(-128, 127))
def test_every_input_at_any_scale(
    scale: float, zero_point: int, ratio: float, output_zero_point: int
) -> None:
    model = absolute((scale, zero_point), (scale * ratio, output_zero_point))
    assert_int8_but_for_ties(model, np.where(EVERY_INT8.ravel() < zero_point, -1, 1) / ratio)


def test_the_factor_is_a_quotient_of_doubles() -> None:
    """TFLM (2026-10) divides scales in float64; tflite-runtime 2.14 in float32, which gives 2.5, a
    tie.
    """
    model = absolute((1.0, 0), (0.4, 0))
    assert output_of_every_input(model, tflite=False)[128 + 1] == 2
    assert reference_output(model, [EVERY_INT8]).ravel()[128 + 1] == 3


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_compiled(compiler: str) -> None:
    output_of_every_input(absolute((0.03, -7), (0.02, -90)), compiler=compiler)
    output_of_every_input(absolute((0.5, 0), (0.5, 0), "int16"), compiler=compiler)
    output_of_every_input(absolute((0.0003, 0), (0.0007, 0), "int16"), compiler=compiler)
    output_of_every_input(plain((4096,)), compiler=compiler)


def plain(shape: tuple[int, ...]) -> Model:
    """ABS on int16 without a scale."""
    return single_op("ABS", [Tensor("x", shape, "int16")], Tensor("y", shape, "int16"), version=3)


CASES = {"without a scale": plain((3, 13))}


def test_int16_without_a_scale_wraps_around() -> None:
    outputs = output_of_every_input(plain((4096,))).ravel()
    np.testing.assert_array_equal(
        outputs[[0, 1, 32767, 32768, 65535]], [-32768, 32767, 1, 0, 32767]
    )


def test_refuses() -> None:
    with pytest.raises(UnsupportedError, match="its int16 tensors have zero points 0 and 4, not 0"):
        bind(absolute((0.1, 0), (0.1, 4), "int16").main)
    with pytest.raises(
        UnsupportedError, match=r"its input scale 1e\+06 is 2\*\*30 times its output scale"
    ):
        bind(absolute((1e6, 0), (1e-4, 0)).main)
