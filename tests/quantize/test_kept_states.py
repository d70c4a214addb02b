"""Variables of a float model: real ones become integers of one scale, calibrated on a sequence."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from codegen.building import C99, SANITIZERS, STUBS, run
from ops.harness import agrees, constant
from ops.streaming import variable
from quantize.recurrent import FC, FEATURES, UNITS, real

from edgeq.codegen.generate import generate
from edgeq.data import Samples, dequantize, quantized_inputs
from edgeq.graph import Graph, Model, Op, Tensor, read_tflite, write_tflite
from edgeq.quantize.kept_states import open_states, with_states
from edgeq.quantize.options import Options
from edgeq.quantize.quantize import quantize
from edgeq.runtime import float_interpreter, run_samples
from edgeq.simulate.compare import compare_with
from edgeq.simulate.execute import execute
from edgeq.simulate.interpreter import interpreter_of
from edgeq.simulate.oracles import ORACLES

QUICK = Options(calibrator="min-max", rounding="nearest", fill_ranges=False)
START = 0.25  # what the state begins with
COUNTED = np.int64(5_000_000_000)  # what a counter begins with, more than an int32 holds


def streaming() -> Model:
    """h = tanh(W x + U h), one step an inference; y = V h."""
    random = np.random.default_rng(2)

    def weights(name: str, *shape: int) -> Tensor:
        return constant(name, random.normal(0, 0.4, shape).astype(np.float32))

    tensors = (
        real("x", 1, FEATURES),
        variable("state", np.full((1, UNITS), START, np.float32)),
        real("h", 1, UNITS),
        weights("W", UNITS, FEATURES),
        weights("U", UNITS, UNITS),
        real("Wx", 1, UNITS),
        real("Uh", 1, UNITS),
        real("sum", 1, UNITS),
        real("h+", 1, UNITS),
        weights("V", 3, UNITS),
        real("y", 1, 3),
    )
    dense = "FullyConnectedOptions"
    add = (("fused_activation_function", "NONE"), ("pot_scale_int16", True))
    ops = (
        Op("READ_VARIABLE", (1,), (2,), options_type="ReadVariableOptions"),
        Op("FULLY_CONNECTED", (0, 3, -1), (5,), FC, options_type=dense),
        Op("FULLY_CONNECTED", (2, 4, -1), (6,), FC, options_type=dense),
        Op("ADD", (5, 6), (7,), add, options_type="AddOptions"),
        Op("TANH", (7,), (8,)),
        Op("FULLY_CONNECTED", (8, 9, -1), (10,), FC, options_type=dense),
        Op("ASSIGN_VARIABLE", (1, 8), (1,), options_type="AssignVariableOptions"),
    )
    return Model((Graph(tensors, ops, (0,), (10,)),))


def sequence(steps: int, seed: int = 0) -> Samples:
    time = np.arange(steps)[:, None, None] / 9
    phase = 2 * np.pi * np.random.default_rng(seed).random((1, 1, FEATURES))
    return Samples((np.sin(time * (1 + np.arange(FEATURES)) + phase).astype(np.float32),))


def test_a_variable_is_an_input_and_an_output_while_it_is_quantized() -> None:
    opened = open_states(streaming())
    graph = opened.model.main
    assert [op.kind for op in graph.ops if "VARIABLE" in op.kind] == []
    assert len(graph.inputs) == len(graph.outputs) == 2
    assert not graph.states


def test_samples_of_a_state_are_what_the_sequence_leaves() -> None:
    model, x = streaming(), sequence(6)
    found = with_states(open_states(model), model, x)
    h, seen = np.full((1, UNITS), START, np.float32), []
    w, u = (model.main.tensors[t].array for t in (3, 4))
    for step in x.inputs[0]:
        seen.append(h)
        h = np.tanh(step @ w.T + h @ u.T)
    np.testing.assert_allclose(found.inputs[1], np.array(seen), rtol=1e-5, atol=1e-6)


def test_the_integer_model_keeps_its_state_in_one_scale() -> None:
    made = read_tflite(quantize(write_tflite(streaming()), sequence(90), QUICK).content)
    graph = made.main
    (state,) = graph.states
    variable = graph.tensors[state]
    touching = [op for op in graph.ops if state in op.inputs]
    ends = [graph.tensors[touching[0].outputs[0]], graph.tensors[touching[1].inputs[1]]]
    assert variable.dtype == "int8"
    assert all(end.quantization == variable.quantization for end in ends)
    held = np.frombuffer(variable.initial or b"", np.int8)
    np.testing.assert_allclose(dequantize(held, variable), START, atol=variable.scale)


def test_it_follows_a_sequence_that_nothing_was_calibrated_with() -> None:
    model = streaming()
    made = read_tflite(quantize(write_tflite(model), sequence(90), QUICK).content)
    x = sequence(60, seed=5)
    assert error_db(model, made, x) > 25
    for name, oracle in ORACLES.items():
        inputs = quantized_inputs(made.main, x.inputs)
        assert agrees(compare_with(oracle, made, inputs, by=interpreter_of(name))), name


def debounced(start: np.integer[Any]) -> Model:
    """A debounced signal: from the third step on, y = V x for the elements of x that are above 0.1 at
    this step and were at the one before; V 0 for the others. A bool variable keeps which elements
    were above, and a variable of the type of `start` counts steps, beginning at `start`.
    """
    random = np.random.default_rng(4)
    width = (1, FEATURES)
    before = np.arange(FEATURES)[None] % 2 == 0
    tensors = (
        real("x", *width),
        variable("above before", before),
        Tensor("before", width, "bool"),
        constant("bound", np.full((1,), 0.1, np.float32)),
        Tensor("above", width, "bool"),
        Tensor("both", width, "bool"),
        variable("count", np.array([start])),
        Tensor("steps", (1,), start.dtype.name),
        constant("one", np.ones(1, start.dtype)),
        Tensor("more", (1,), start.dtype.name),
        constant("limit", np.array([start + 3], start.dtype)),
        Tensor("limited", (1,), start.dtype.name),
        Tensor("warm", (1,), "bool"),
        Tensor("taken", width, "bool"),
        constant("zeros", np.zeros(width, np.float32)),
        real("chosen", *width),
        constant("V", random.normal(0, 0.5, (3, FEATURES)).astype(np.float32)),
        real("y", 1, 3),
    )
    add = (("fused_activation_function", "NONE"), ("pot_scale_int16", False))
    ops = (
        Op("READ_VARIABLE", (1,), (2,), options_type="ReadVariableOptions"),
        Op("GREATER", (0, 3), (4,), options_type="GreaterOptions"),
        Op("ASSIGN_VARIABLE", (1, 4), (1,), options_type="AssignVariableOptions"),
        Op("LOGICAL_AND", (2, 4), (5,), options_type="LogicalAndOptions"),
        Op("READ_VARIABLE", (6,), (7,), options_type="ReadVariableOptions"),
        Op("ADD", (7, 8), (9,), add, options_type="AddOptions"),
        Op("MINIMUM", (9, 10), (11,), options_type="MaximumMinimumOptions"),
        Op("ASSIGN_VARIABLE", (6, 11), (6,), options_type="AssignVariableOptions"),
        Op("GREATER_EQUAL", (11, 10), (12,), options_type="GreaterEqualOptions"),
        Op("LOGICAL_AND", (5, 12), (13,), options_type="LogicalAndOptions"),
        Op("SELECT_V2", (13, 0, 14), (15,), options_type="SelectV2Options"),
        Op("FULLY_CONNECTED", (15, 16, -1), (17,), FC, options_type="FullyConnectedOptions"),
    )
    return Model((Graph(tensors, ops, (0,), (17,)),))


def test_variables_of_other_types_are_kept_as_they_are() -> None:
    model, x = debounced(np.int32(7)), sequence(60, seed=5)
    made = read_tflite(quantize(write_tflite(model), sequence(40), QUICK).content)
    given, kept = (
        {m.main.tensors[t].dtype: m.main.tensors[t] for t in m.main.states} for m in (model, made)
    )
    assert kept.keys() == {"bool", "int32"}
    for dtype, tensor in kept.items():
        assert tensor.quantization is None
        assert (tensor.shape, tensor.initial) == (given[dtype].shape, given[dtype].initial)
    assert error_db(model, made, x) > 25
    inputs = quantized_inputs(made.main, x.inputs)
    y = made.main.outputs[0]
    off = execute(made.main, inputs)[y][:, 0] == made.main.tensors[y].zero_point
    assert off[:2].all()
    assert not off.all()
    for name, oracle in ORACLES.items():
        assert agrees(compare_with(oracle, made, inputs, by=interpreter_of(name))), name


@pytest.mark.slow
def test_c_keeps_variables_of_other_types_until_it_starts_anew(tmp_path: Path) -> None:
    made = read_tflite(quantize(write_tflite(debounced(COUNTED)), sequence(40), QUICK).content)
    generate(made, tmp_path, framework="headers", name="ring")
    sources = ["ring.c", STUBS / "two_instances.c", "-o", "ring", "-lm"]
    run("gcc", *C99, *SANITIZERS, "-I.", *sources, cwd=tmp_path)
    (x,) = quantized_inputs(made.main, sequence(12, seed=5).inputs)
    got = np.frombuffer(run("./ring", cwd=tmp_path, stdin=x.tobytes()), np.int8).reshape(12, 1, 3)
    y = made.main.outputs[0]
    for first in (0, 1, 6, 7):
        part = slice(first, first + 5, 2)
        np.testing.assert_array_equal(got[part], execute(made.main, [x[part]])[y])


def error_db(model: Model, made: Model, x: Samples) -> float:
    """The SQNR in dB of the integer model's outputs on a sequence, against the float model's."""
    exact, *_ = run_samples(float_interpreter(write_tflite(model)), x.inputs)
    y = made.main.outputs[0]
    got = execute(made.main, quantized_inputs(made.main, x.inputs))[y]
    error = dequantize(got, made.main.tensors[y]).reshape(exact.shape) - exact
    return float(10 * np.log10(exact.var() / np.square(error).mean()))
