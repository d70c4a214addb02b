"""LOG_SOFTMAX against tflite-runtime, TFLM, real numbers and the compiled C."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ops.harness import compiled_output, quantized, reference_output, single_op, tflm_output
from ops.test_softmax import real_softmax, rows
from ops.unary import simulated

from edgeq.errors import UnsupportedError
from edgeq.graph import Model
from edgeq.opkit.node import Values
from edgeq.ops import bind

OUTPUT = (1 / 16, 127)


def log_softmax(shape: tuple[int, ...], scale: float, output: tuple[float, int] = OUTPUT) -> Model:
    return single_op(
        "LOG_SOFTMAX", [quantized("x", shape, scale, 3)], quantized("y", shape, *output), version=2
    )


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
