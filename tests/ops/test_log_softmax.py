"""LOG_SOFTMAX against tflite-runtime, TFLM, real numbers and the compiled C."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ops.broadcasts import FLOATS
from ops.cases import assert_cases_agree
from ops.harness import compiled_output, quantized, reference_output, single_op, tflm_output
from ops.test_softmax import real_softmax, rows
from ops.unary import simulated

from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Tensor
from edgeq.opkit.node import Values
from edgeq.ops import bind

OUTPUT = (1 / 16, 127)


def log_softmax(shape: tuple[int, ...], scale: float, output: tuple[float, int] = OUTPUT) -> Model:
    return single_op(
        "LOG_SOFTMAX", [quantized("x", shape, scale, 3)], quantized("y", shape, *output), version=2
    )


def of_reals(shape: tuple[int, ...]) -> Model:
    return single_op("LOG_SOFTMAX", [Tensor("x", shape, "float32")], Tensor("y", shape, "float32"))


CASES = {f"float32 {list(s)}": of_reals(s) for s in [(1,), (7, 1), (3, 10), (2, 3, 2, 65)]}


def assert_agree(model: Model, x: Values, compiler: str = "", tflite: bool = True) -> Values:
    """Asserts that the simulator, both oracles and, with a compiler, the C agree; returns the
    outputs.
    """
    expected = simulated(model, x)
    if tflite:
        np.testing.assert_array_equal(
            expected, reference_output(model, [x]), "simulator and tflite-runtime"
        )
    np.testing.assert_array_equal(expected, tflm_output(model, [x]), "simulator and TFLM")
    if compiler:
        np.testing.assert_array_equal(
            expected, compiled_output(model, [x], compiler), "simulator and compiled C"
        )
    return expected


@pytest.mark.parametrize("shape", [(1,), (1, 10), (1, 1), (2, 3, 2, 7), (1, 255)])
@pytest.mark.parametrize("scale", [1e-6, 0.002, 0.0312, 0.07, 0.6, 4.0, 7.9])
def test_any_shape_and_scale(shape: tuple[int, ...], scale: float) -> None:
    x = rows(shape)
    outputs = assert_agree(log_softmax(shape, scale), x)
    with np.errstate(divide="ignore"):
        real = np.maximum(np.log(real_softmax(x, float(np.float32(scale)))) * 16 + 127, -128)
    assert np.max(np.abs(outputs - real)) < 0.51


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 200), st.floats(1e-4, 7.9), st.integers(0, 2**16))
def test_any_parameters(depth: int, scale: float, seed: int) -> None:
    assert_agree(log_softmax((2, depth), scale), rows((2, depth), seed=seed))


def test_float32_has_the_bits_of_the_reference() -> None:
    assert_cases_agree(CASES, samples=4, compiled=False)


def test_float32_of_values_that_are_far_apart() -> None:
    rng = np.random.default_rng(0)
    x = (rng.normal(size=(64, 4, 10)) * np.logspace(-3, 38, 64)[:, None, None]).astype(np.float32)
    x[0, :, 0], x[1] = FLOATS[~np.isnan(FLOATS)][6:10], -np.inf
    x[2, 0, 3] = np.nan
    model = of_reals((4, 10))
    expected, reference = simulated(model, x), reference_output(model, [x])
    np.testing.assert_array_equal(expected, reference)
    np.testing.assert_array_equal(expected, tflm_output(model, [x]))
    np.testing.assert_array_equal(expected, compiled_output(model, [x]))


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_float32_compiled(compiler: str) -> None:
    assert_cases_agree(CASES, samples=4, compiler=compiler, tflite=False, tflm=False)


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize(("shape", "scale"), [((2, 3, 10), 0.06), ((4095,), 0.02), ((1, 2), 7.9)])
def test_compiled(shape: tuple[int, ...], scale: float, compiler: str) -> None:
    assert_agree(log_softmax(shape, scale), rows(shape), compiler)


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (
            log_softmax((4096,), 0.1),
            "its rows have 4096 elements, sums of exponentials overflow beyond 4095",
        ),
        (log_softmax((4,), 1e-9), r"its input scale 1e-09 is not from 2\*\*-25 to below 8"),
        (log_softmax((4,), 8.0), r"its input scale 8 is not from 2\*\*-25 to below 8"),
        (log_softmax((), 0.1), "its input has no dimension"),
        (
            log_softmax((4,), 0.1, (0.1, 0)),
            "its output has scale 0.1 and zero point 0, TFLite has 0.0625 and 127",
        ),
    ],
)
def test_refuses(model: Model, why: str) -> None:
    with pytest.raises(UnsupportedError, match=why):
        bind(model.main)
