"""RELU on every int8 and int16 input against tflite-runtime, TFLM, real numbers and the compiled C."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ops.cases import assert_cases_agree
from ops.harness import assert_all_agree, reference_output
from ops.unary import (
    EVERY_INT8,
    ZERO_POINTS,
    assert_int8_but_for_ties,
    output_of_every_input,
    simulated,
    unary,
)

from edgeq.codegen.native import render_native
from edgeq.errors import UnsupportedError
from edgeq.graph import Model
from edgeq.ops import bind


def relu(
    x: tuple[float, int],
    y: tuple[float, int],
    dtype: str = "int8",
    shape: tuple[int, ...] | None = None,
) -> Model:
    return unary("RELU", x, y, dtype, shape, version=2 if dtype == "int16" else 1)


@pytest.mark.parametrize("zero_point", ZERO_POINTS)
@pytest.mark.parametrize("output_zero_point", ZERO_POINTS)
@pytest.mark.parametrize("ratio", [1e-3, 0.3, 1.0, 1.7, 200.0])
def test_every_input(zero_point: int, output_zero_point: int, ratio: float) -> None:
    outputs = output_of_every_input(relu((0.05, zero_point), (0.05 * ratio, output_zero_point)))
    real = np.maximum(EVERY_INT8.ravel().astype(float) - zero_point, 0) / ratio + output_zero_point
    assert np.max(np.abs(outputs - np.clip(real, -128, 127))) < 0.76  # two roundings


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.floats(1e-4, 3.0), st.integers(-128, 127), st.floats(0.01, 100), st.integers(-128, 127))
def test_every_input_at_any_scale(
    scale: float, zero_point: int, ratio: float, output_zero_point: int
) -> None:
    model = relu((scale, zero_point), (scale * ratio, output_zero_point))
    assert_int8_but_for_ties(model, np.full(256, 1 / ratio))


def test_the_factor_is_a_float64_quotient() -> None:
    # 92 * x_scale / y_scale is next to 162.5. TFLM (2026-10) divides in float64; tflite-runtime
    # 2.14 in float32, which gives 35 here.
    model = relu((0.014116732403635979, -128), (0.007992242462933064, -128))
    assert output_of_every_input(model, tflite=False)[92] == 34
    assert reference_output(model, [EVERY_INT8]).ravel()[92] == 35


def test_int16_is_as_tflm_divides() -> None:
    output_of_every_input(relu((0.0001, 0), (0.00007, 0), "int16"), tflite=False, compiler="gcc")


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("ratio", [1.0, 0.6])
def test_compiled(compiler: str, ratio: float) -> None:
    output_of_every_input(relu((0.03, -7), (0.03 * ratio, -7)), compiler=compiler)


def test_compiled_at_every_length_of_a_remainder() -> None:
    assert_cases_agree(
        {
            f"{n} elements, ratio {ratio}": relu((0.03, -7), (0.03 * ratio, -7), shape=(n,))
            for n in range(1, 10)
            for ratio in (1.0, 0.6)
        }
    )


def test_compiled_int16_with_clang() -> None:
    output_of_every_input(relu((0.25, 0), (0.5, 0), "int16"), compiler="clang")


@pytest.mark.parametrize("shape", [(1,), (2, 3, 5, 7)])
def test_compiled_in_any_shape(shape: tuple[int, ...]) -> None:
    assert_all_agree(relu((0.03, -7), (0.02, -90), shape=shape))


def test_one_scale_needs_no_table() -> None:
    engine = render_native(relu((0.05, 3), (0.05, 3)), "m")
    assert "edgeq_clip_s8(" in engine.files["m.c"]
    assert engine.model_bytes == 0


def test_many_samples_are_looked_up_together() -> None:
    model = relu((0.05, 3), (0.04, -3), shape=(4, 5))
    x = np.random.default_rng(0).integers(-128, 128, (1000, 4, 5), np.int8)
    got = simulated(model, x)
    np.testing.assert_array_equal(got[::100], reference_output(model, [x[::100]]))


@pytest.mark.parametrize(
    ("x", "y", "dtype", "why"),
    [
        ((0.05, 1), (0.05, 0), "int16", "its int16 tensors have zero points 1 and 0, not 0"),
        (
            (1e6, 0),
            (1e-4, 0),
            "int8",
            r"its input scale 1e\+06 is 2\*\*30 times its output scale 0.0001 or more",
        ),
    ],
)
def test_refuses(x: tuple[float, int], y: tuple[float, int], dtype: str, why: str) -> None:
    with pytest.raises(UnsupportedError, match=why):
        bind(relu(x, y, dtype).main)
