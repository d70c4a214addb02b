"""Variables of a float model become integer ones of one scale, calibrated on a sequence."""

import numpy as np
import pytest
from ops.harness import agrees, constant
from quantize.recurrent import FC, FEATURES, UNITS, real

from edgeq.data import Samples, dequantize, quantized_inputs
from edgeq.errors import UnsupportedError
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


def streaming(dtype: str = "float32") -> Model:
    """h = tanh(W x + U h), one step an inference; y = V h."""
    random = np.random.default_rng(2)

    def weights(name: str, *shape: int) -> Tensor:
        return constant(name, random.normal(0, 0.4, shape).astype(np.float32))

    initial = np.full((1, UNITS), START, dtype).tobytes()
    tensors = (
        real("x", 1, FEATURES),
        Tensor("state", (1, UNITS), dtype, variable=True, initial=initial),
        Tensor("h", (1, UNITS), dtype),
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
    (exact,) = run_samples(float_interpreter(write_tflite(model)), x.inputs)
    y = made.main.outputs[0]
    got = execute(made.main, quantized_inputs(made.main, x.inputs))[y]
    error = dequantize(got, made.main.tensors[y]).reshape(exact.shape) - exact
    assert 10 * np.log10(exact.var() / np.square(error).mean()) > 25
    for name, oracle in ORACLES.items():
        inputs = quantized_inputs(made.main, x.inputs)
        assert agrees(compare_with(oracle, made, inputs, by=interpreter_of(name))), name


def test_a_state_of_another_type_is_refused() -> None:
    model = streaming("int32")
    with pytest.raises(UnsupportedError, match="states of float32 are quantized"):
        with_states(open_states(model), model, sequence(3))
