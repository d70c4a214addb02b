"""HARD_SWISH on every int8 input against tflite-runtime, TFLM, real numbers and the compiled C."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ops.harness import assert_all_agree
from ops.unary import EVERY_INT8, ZERO_POINTS, output_of_every_input, unary

from edgeq.errors import UnsupportedError
from edgeq.graph import Model
from edgeq.ops import bind


def hard_swish(
    scale: float,
    zero_point: int,
    ratio: float = 0.7,
    output_zero_point: int = -100,
    shape: tuple[int, ...] | None = None,
) -> Model:
    """A model of one HARD_SWISH. ratio: the output's scale over the input's."""
    return unary("HARD_SWISH", (scale, zero_point), (scale * ratio, output_zero_point), shape=shape)


@pytest.mark.parametrize("zero_point", ZERO_POINTS)
@pytest.mark.parametrize("scale", [1e-5, 0.001, 0.0117, 0.02, 0.05, 0.3, 2.0, 30.0])
def test_every_input(scale: float, zero_point: int) -> None:
    outputs = output_of_every_input(hard_swish(scale, zero_point))
    x = np.float32(scale) * (EVERY_INT8.ravel().astype(float) - zero_point)
    real = x * np.clip(x + 3, 0, 6) / 6 / (0.7 * scale) - 100
    assert np.max(np.abs(outputs - np.clip(real, -128, 127))) < 1.1


@pytest.mark.parametrize("ratio", [1 / 127.9, 0.01, 0.5, 1.0, 3.0, 100.0, 500.0])
@pytest.mark.parametrize("output_zero_point", [-128, 127])
def test_ends_of_the_output_scale(ratio: float, output_zero_point: int) -> None:
    output_of_every_input(hard_swish(0.04, 3, ratio, output_zero_point))


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.floats(1e-4, 3.0), st.integers(-128, 127), st.floats(0.01, 100), st.integers(-128, 127))
def test_every_input_at_any_scale(
    scale: float, zero_point: int, ratio: float, output_zero_point: int
) -> None:
    output_of_every_input(hard_swish(scale, zero_point, ratio, output_zero_point))


def test_hand_made_corners() -> None:
    # Scale 1/16 both ways: 0 up to -3, x from 3 on; at 1 it is 4/6, at -1.5 it is -1.5 * 1.5 / 6 =
    # -0.375 = -6/16.
    outputs = output_of_every_input(hard_swish(1 / 16, 0, 1.0, 0))
    assert [int(outputs[x + 128]) for x in (-128, -48, -24, 0, 16, 48, 127)] == [
        0,
        0,
        -6,
        0,
        11,
        48,
        127,
    ]


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_compiled(compiler: str) -> None:
    output_of_every_input(hard_swish(0.03, -7), compiler=compiler)


@pytest.mark.parametrize("shape", [(1,), (2, 3, 5, 7)])
def test_compiled_in_any_shape(shape: tuple[int, ...]) -> None:
    assert_all_agree(hard_swish(0.03, -7, shape=shape))


@pytest.mark.parametrize(
    ("scale", "ratio"), [(0.05, 1 / 129), (0.05, 520.0), (1e-8, 1.0), (1000.0, 1.0), (1e8, 1.0)]
)
def test_refuses_scales_beyond_16_bits(scale: float, ratio: float) -> None:
    with pytest.raises(UnsupportedError, match="leave the 16 bits of TFLite's arithmetic"):
        bind(hard_swish(scale, 0, ratio).main)
