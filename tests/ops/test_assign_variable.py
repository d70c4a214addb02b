"""ASSIGN_VARIABLE against tflite-runtime, TFLM and the compiled C, step by step."""

import numpy as np
import pytest
from ops.harness import agrees, assert_all_agree, constant, quantized
from ops.streaming import variable

from edgeq.errors import UnsupportedError
from edgeq.graph import Graph, Model, Op
from edgeq.ops import bind
from edgeq.simulate.compare import compare_with
from edgeq.simulate.execute import execute, random_inputs
from edgeq.simulate.interpreter import interpreter_of
from edgeq.simulate.oracles import ORACLES

SHAPE = (1, 5)


def swapped(dtype: str) -> Model:
    """The output is the input of the step before the last; two variables, one after the other."""
    start = np.arange(5).reshape(SHAPE).astype(dtype)
    x, first, second = (quantized(name, SHAPE, dtype=dtype) for name in ("x", "one", "two"))
    like = x.quantization
    tensors = (x, variable("a", start, like), variable("b", start + 5, like), first, second)
    ops = (
        Op("READ_VARIABLE", (1,), (3,)),
        Op("READ_VARIABLE", (2,), (4,)),
        Op("ASSIGN_VARIABLE", (2, 3), (2,)),
        Op("ASSIGN_VARIABLE", (1, 0), (1,)),
    )
    return Model((Graph(tensors, ops, (0,), (4,)),))


SEEDS = {dtype: swapped(dtype) for dtype in ("int8", "int16", "float32")}
"""Models that differential testing starts from (tools/difftest.py)."""


def test_variables_take_the_values_in_the_files_order() -> None:
    model = swapped("int16")
    (x,) = random_inputs(model.main, 4)
    starts = np.arange(10).reshape(2, 5)[::-1]
    np.testing.assert_array_equal(execute(model.main, [x])[4][:, 0], [*starts, *x[:2, 0]])


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["int8", "int16", "float32"])
def test_every_step_of_a_sequence(dtype: str) -> None:
    model = swapped(dtype)
    assert_all_agree(model)
    for name, oracle in ORACLES.items():
        inputs = random_inputs(model.main, 8)
        assert agrees(compare_with(oracle, model, inputs, by=interpreter_of(name))), name


@pytest.mark.slow
def test_a_constant_that_replaces_the_initial_value() -> None:
    y = quantized("y", SHAPE)
    after = constant("after", np.array([[1, -2, 3, -4, 5]], np.int8), 0.05)
    tensors = (
        variable("state", np.zeros(SHAPE, np.int8), y.quantization),
        after,
        y,
        quantized("x", SHAPE),
    )
    ops = (
        Op("READ_VARIABLE", (0,), (2,)),
        Op("ASSIGN_VARIABLE", (0, 1), (0,)),
    )
    outputs = assert_all_agree(Model((Graph(tensors, ops, (3,), (2,)),)), samples=3)
    np.testing.assert_array_equal(outputs[:, 0], [[0] * 5, [1, -2, 3, -4, 5], [1, -2, 3, -4, 5]])


def test_refuses_another_type() -> None:
    state = variable("state", np.zeros(SHAPE, np.int8))
    x = quantized("x", SHAPE, dtype="int16")
    graph = Graph((state, x), (Op("ASSIGN_VARIABLE", (0, 1), (0,)),), (1,), (1,))
    with pytest.raises(UnsupportedError, match="its types are int8 x int16 -> int8"):
        bind(graph)
