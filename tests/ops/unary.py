"""Operators with one input, tested on every possible input value."""

from __future__ import annotations

import numpy as np
from ops.harness import compiled_output, quantized, reference_output, single_op, tflm_output

from edgeq.graph import Model
from edgeq.opkit.node import Values
from edgeq.simulate.execute import execute

Quantized = tuple[float, int]  # scale, zero point
EVERY_INT8 = np.arange(-128, 128).astype(np.int8).reshape(1, 256)
EVERY_INT16 = np.arange(-32768, 32768).astype(np.int16).reshape(16, 4096)
ZERO_POINTS = (-128, -5, 0, 127)


def unary(
    kind: str,
    x: Quantized,
    y: Quantized,
    dtype: str = "int8",
    shape: tuple[int, ...] | None = None,
    options_type: str = "",
    version: int = 1,
    **attributes: object,
) -> Model:
    """A model of one operator with one input; by default a row of `EVERY_INT8` or `EVERY_INT16`."""
    shape = shape or {"int8": EVERY_INT8, "int16": EVERY_INT16}[dtype].shape[1:]
    tensors = quantized("x", shape, *x, dtype), quantized("y", shape, *y, dtype)
    return single_op(kind, tensors[:1], tensors[1], options_type, version, **attributes)


def simulated(model: Model, x: Values) -> Values:
    """Output 0 for every sample, by edgeq's simulator."""
    return execute(model.main, [x])[model.main.outputs[0]]


def output_of_every_input(
    model: Model, tflite: bool = True, tflm: bool = True, compiler: str = ""
) -> Values:
    """The simulator's outputs for every input, after the oracles, and the C if a compiler is named,
    gave the same.

    Leave out an oracle only where it cannot run the operator or is known to differ, and say why at
    the call.
    """
    dtype = model.main.tensors[model.main.inputs[0]].dtype
    x: Values = EVERY_INT8 if dtype == "int8" else EVERY_INT16
    expected = simulated(model, x)
    if tflite:
        np.testing.assert_array_equal(
            expected, reference_output(model, [x]), "simulator and tflite-runtime"
        )
    if tflm:
        np.testing.assert_array_equal(expected, tflm_output(model, [x]), "simulator and TFLM")
    if compiler:
        np.testing.assert_array_equal(
            expected, compiled_output(model, [x], compiler), "simulator and compiled C"
        )
    return expected.ravel()


def assert_int8_but_for_ties(model: Model, factors: Values) -> None:
    """Every input as TFLM computes it, and as tflite-runtime 2.14 does unless x * factor is near k
    + 1/2: TFLM (2026-10) divides scales in float64, tflite-runtime in float32.
    """
    apart = (
        output_of_every_input(model, tflite=False) != reference_output(model, [EVERY_INT8]).ravel()
    )
    steps = EVERY_INT8.ravel().astype(float) - model.main.tensors[model.main.inputs[0]].zero_point
    np.testing.assert_allclose((steps * factors)[apart] % 1, 0.5, atol=5e-5)
