"""Weights kept as float16 are widened before a model runs."""

from __future__ import annotations

import numpy as np

from edgeq.cleanup import clean_up
from edgeq.graph import Graph, Model, Op, Tensor, write_tflite
from edgeq.runtime import reference_interpreter, run_samples
from edgeq.simulate.execute import execute

VALUES = np.array([0.1, -2.5, 65504.0, 6e-8, 0.0, 1 / 3], "<f2")  # the largest, and a subnormal


def half_precision() -> Model:
    """x + a constant that DEQUANTIZE makes of float16."""
    shape = (1, VALUES.size)
    tensors = (
        Tensor("x", shape, "float32"),
        Tensor("half", shape, "float16", buffer=VALUES.tobytes()),
        Tensor("wide", shape, "float32"),
        Tensor("y", shape, "float32"),
    )
    ops = (
        Op("DEQUANTIZE", (1,), (2,)),
        Op("ADD", (0, 2), (3,), options_type="AddOptions"),
    )
    return Model((Graph(tensors, ops, (0,), (3,)),))


def test_the_sum_is_that_of_tflite() -> None:
    model = half_precision()
    clean = clean_up(model).model.main
    assert [op.kind for op in clean.ops] == ["ADD"]
    x = np.linspace(-3, 3, VALUES.size, dtype=np.float32)[None]
    interpreter = reference_interpreter(write_tflite(model))
    run_samples(interpreter, [x[None]])
    expected = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    (y,) = clean.outputs
    np.testing.assert_array_equal(execute(clean, [x[None]], [y])[y][0], expected)
