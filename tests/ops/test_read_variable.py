"""READ_VARIABLE gives the same bytes in the simulator, tflite-runtime, TFLM and the compiled C at
each step of a sequence.
"""

from dataclasses import replace

import numpy as np
import pytest
from ops.harness import agrees, assert_all_agree, quantized
from ops.streaming import ring_buffer, variable

from edgeq.errors import UnsupportedError
from edgeq.graph import Graph, Model, Op, Tensor
from edgeq.ops import bind
from edgeq.simulate.compare import compare_with
from edgeq.simulate.execute import execute, random_inputs
from edgeq.simulate.interpreter import interpreter_of
from edgeq.simulate.oracles import ORACLES

SEEDS = {"ring buffer": ring_buffer(), "from zero": ring_buffer(np.zeros((1, 3, 4), np.int8))}
"""Models that differential testing starts from (tools/difftest.py)."""


@pytest.mark.slow
@pytest.mark.parametrize("initial", [None, np.full((1, 3, 4), 3, np.int8)])
def test_every_step_of_a_sequence(initial: np.ndarray | None) -> None:
    model = ring_buffer(initial)
    own = (
        interpreter_of("tflite-runtime").package == "tflite-runtime"
    )  # as later ones round dense layers
    outputs = assert_all_agree(model, samples=12, tflite=own)
    for name, oracle in ORACLES.items():
        inputs = random_inputs(model.main, 12)
        assert agrees(compare_with(oracle, model, inputs, by=interpreter_of(name))), name
    assert len(np.unique(outputs[:, 0], axis=0)) == 12


def test_a_step_sees_the_frames_before_it() -> None:
    model = ring_buffer(np.zeros((1, 3, 4), np.int8))
    (x,) = random_inputs(model.main, 5)
    window = execute(model.main, [x], keep=[3])[3][:, 0]
    before = np.concatenate([np.zeros((3, 4), np.int8), x[:, 0, 0]])
    np.testing.assert_array_equal(window, [before[i : i + 4] for i in range(5)])


def test_each_sequence_begins_with_the_initial_values() -> None:
    model = ring_buffer()
    inputs = random_inputs(model.main, 3)
    first, again = (execute(model.main, inputs)[9] for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_refuses_what_is_no_variable() -> None:
    x, y = quantized("x", (1, 2)), quantized("y", (1, 2))
    model = Model((Graph((x, y), (Op("READ_VARIABLE", (0,), (1,)),), (0,), (1,)),))
    with pytest.raises(UnsupportedError, match="its input 0 is no variable"):
        bind(model.main)


def test_refuses_a_variable_of_another_shape() -> None:
    state = variable("state", np.zeros((1, 3), np.int8))
    y = Tensor("y", (1, 2), "int8")
    graph = Graph((state, y), (Op("READ_VARIABLE", (0,), (1,)),), (), (1,))
    with pytest.raises(Exception, match=r"shape \[\(1, 2\)\]"):
        bind(graph)
    bind(replace(graph, tensors=(state, replace(y, shape=(1, 3)))))
