"""States of int16 where a sequence needs them: of a resonant filter."""

import numpy as np
import pytest
from ops.harness import agrees, constant
from ops.streaming import variable
from quantize.recurrent import FEATURES, real
from quantize.test_kept_states import QUICK, error_db, sequence, streaming

from edgeq.data import quantized_inputs
from edgeq.graph import Graph, Model, Op, read_tflite, write_tflite
from edgeq.quantize.kept_states import open_states
from edgeq.quantize.quantize import quantize
from edgeq.quantize.wide_states import wide_types
from edgeq.simulate.compare import compare_with
from edgeq.simulate.interpreter import interpreter_of
from edgeq.simulate.oracles import ORACLES

NONE = (("fused_activation_function", "NONE"),)
ADD = (*NONE, ("pot_scale_int16", False))
RESONANT, SMOOTH = (1.8, -0.83), (0.6, 0.1)


def filtered(first: float, second: float) -> Model:
    """y = first y[-1] + second y[-2] + rest x, a gain of 1 for constants; outputs y, which is a state, and
    x - y.
    """
    width = (1, FEATURES)
    factors = {"first": first, "second": second, "rest": 1 - first - second}
    tensors = (
        real("x", *width),
        *(variable(name, np.zeros(width, np.float32)) for name in ("y[-1]", "y[-2]")),
        *(constant(name, np.array(factor, np.float32)) for name, factor in factors.items()),
        *(real(name, *width) for name in ("last", "before", "a", "b", "c", "sum", "y", "x-y")),
    )
    ops = (
        Op("READ_VARIABLE", (1,), (6,), options_type="ReadVariableOptions"),
        Op("READ_VARIABLE", (2,), (7,), options_type="ReadVariableOptions"),
        Op("MUL", (6, 3), (8,), NONE, options_type="MulOptions"),
        Op("MUL", (7, 4), (9,), NONE, options_type="MulOptions"),
        Op("MUL", (0, 5), (10,), NONE, options_type="MulOptions"),
        Op("ADD", (8, 9), (11,), ADD, options_type="AddOptions"),
        Op("ADD", (11, 10), (12,), ADD, options_type="AddOptions"),
        Op("SUB", (0, 12), (13,), ADD, options_type="SubOptions"),
        Op("ASSIGN_VARIABLE", (2, 6), (2,), options_type="AssignVariableOptions"),
        Op("ASSIGN_VARIABLE", (1, 12), (1,), options_type="AssignVariableOptions"),
    )
    return Model((Graph(tensors, ops, (0,), (12, 13)),))


def state_type(model: Model) -> str:
    return {model.main.tensors[t].dtype for t in model.main.states}.pop()


@pytest.mark.slow
def test_a_resonant_filter_has_16_bits_inside_alone() -> None:
    model, x = filtered(*RESONANT), sequence(80, seed=5)
    made = read_tflite(quantize(write_tflite(model), sequence(120), QUICK).content)
    graph = made.main
    assert state_type(made) == "int16"
    assert {graph.tensors[t].dtype for t in (*graph.inputs, *graph.outputs)} == {"int8"}
    assert error_db(model, made, x) > 28
    inputs = quantized_inputs(graph, x.inputs)
    assert agrees(compare_with(ORACLES["tflm"], made, inputs, by=interpreter_of("tflm")))


def test_states_that_int8_serves_stay() -> None:
    made = read_tflite(quantize(write_tflite(filtered(*SMOOTH)), sequence(60), QUICK).content)
    assert state_type(made) == "int8"


def test_what_only_leads_to_a_state_keeps_8_bits() -> None:
    graph = open_states(streaming()).model.main
    named = {graph.tensors[t].name: dtype for t, dtype in wide_types(graph, 1).items()}
    assert named == dict.fromkeys(("state", "Uh", "sum", "h+"), "int16")
