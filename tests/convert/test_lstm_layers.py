"""Keras's LSTM layers: one operator of each, equal to TFLM in every byte, near to Keras."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ops.harness import agrees

from edgeq.convert.convert import convert
from edgeq.convert.options import ConvertOptions
from edgeq.convert.to_float import load_float
from edgeq.data import Samples
from edgeq.graph import Graph, read_tflite
from edgeq.simulate.compare import compare_with
from edgeq.simulate.execute import random_inputs, real_outputs
from edgeq.simulate.interpreter import interpreter_of
from edgeq.simulate.oracles import ORACLES

pytestmark = pytest.mark.slow
KIND, STEPS = "UNIDIRECTIONAL_SEQUENCE_LSTM", (7, 4)
QUICK = ConvertOptions(calibrator="min-max")
Layers = Callable[[Any], list[Any]]


def _stack(k: Any) -> list[Any]:
    return [k.layers.LSTM(5, return_sequences=True), k.layers.LSTM(3, use_bias=False)]


def _backwards(k: Any) -> list[Any]:
    return [k.layers.LSTM(5, return_sequences=True, go_backwards=True)]


def _both_ways(k: Any) -> list[Any]:
    return [k.layers.Bidirectional(k.layers.LSTM(3, return_sequences=True)), k.layers.LSTM(4)]


def _cell(k: Any) -> list[Any]:
    return [k.layers.RNN(k.layers.LSTMCell(6)), k.layers.Dense(3)]


CASES: dict[str, tuple[int, Layers]] = {
    "stack": (2, _stack),
    "backwards": (1, _backwards),
    "both ways": (3, _both_ways),
    "cell": (1, _cell),
}
"""How many operators there are, and the layers."""


def values(count: int, shape: tuple[int, ...]) -> Samples:
    return Samples((np.random.default_rng(3).normal(size=(count, *shape)).astype(np.float32),))


def built(
    keras: Any, layers: list[Any], batch_shape: tuple[int | None, ...] = (None, *STEPS)
) -> Any:
    keras.utils.set_random_seed(1)
    return keras.Sequential([keras.Input(batch_shape=batch_shape), *layers])


def relative_error(model: Any, made: Graph, samples: Samples, want: Any = None) -> float:
    """RMS difference from Keras, over the RMS value."""
    want = model.predict(samples.inputs[0], verbose=0) if want is None else want
    got = real_outputs(made, samples)[0].reshape(want.shape)
    return float(np.sqrt(np.mean((got - want) ** 2) / np.mean(want**2)))


@pytest.mark.parametrize("name", CASES)
def test_layers_are_operators_near_to_keras(name: str, keras: Any) -> None:
    count, layers = CASES[name]
    model, samples = built(keras, layers(keras)), values(24, STEPS)
    result = convert(model, samples, options=QUICK)
    made = read_tflite(result.model)
    assert result.operators[KIND] == count
    assert not {"WHILE", "CUSTOM"} & result.operators.keys()
    assert result.fidelity is not None
    assert result.fidelity.relative < 1e-5
    assert relative_error(model, made.main, samples) < 0.05
    given = random_inputs(made.main, 4)
    assert agrees(compare_with(ORACLES["tflm"], made, given, by=interpreter_of("tflm")))


def test_a_stateful_layer_takes_one_step_after_the_other(keras: Any) -> None:
    model = built(keras, [keras.layers.LSTM(5, stateful=True)], (1, 1, 4))
    samples = values(20, (1, 4))
    made = read_tflite(convert(model, samples, options=QUICK).model)
    assert len(made.main.states) == 2
    model.layers[0].reset_state()
    steps = [np.asarray(model(x[None], training=False)) for x in samples.inputs[0]]
    want = np.concatenate(steps)
    assert np.abs(want[1:] - want[:1]).max() > 0.1
    assert relative_error(model, made.main, samples, want) < 0.1


def test_16_bits_are_nearer(keras: Any) -> None:
    model, samples = built(keras, _both_ways(keras)), values(24, STEPS)
    schemes = ("int8", "int16x8")
    files = [convert(model, samples, options=QUICK, scheme=scheme).model for scheme in schemes]
    errors = [relative_error(model, read_tflite(file).main, samples) for file in files]
    assert errors[1] < errors[0] / 3


@pytest.mark.parametrize("case", ["activation", "mask", "state", "unrolled"])
def test_another_layer_is_not_taken_for_it(case: str, keras: Any) -> None:
    layers = keras.layers
    x = keras.Input(STEPS)
    y = {
        "activation": lambda: layers.LSTM(3, activation="relu")(x),
        "mask": lambda: layers.LSTM(3)(layers.Masking()(x)),
        "state": lambda: layers.LSTM(3)(x, initial_state=[layers.Flatten()(x)[:, :3]] * 2),
        "unrolled": lambda: layers.LSTM(3, unroll=True)(x),
    }[case]()
    content = load_float(keras.Model(x, y)).content
    assert KIND not in {op.kind for op in read_tflite(content).main.ops}


def test_a_layer_beside_another_one_is_taken(keras: Any, tmp_path: Path) -> None:
    """Of a file, beside a layer that is a loop."""
    x = keras.Input(STEPS)
    both = [keras.layers.LSTM(3, name="first")(x), keras.layers.GRU(3)(x)]
    model, path = keras.Model(x, keras.layers.Concatenate()(both)), tmp_path / "both.keras"
    model.save(path)
    graph = read_tflite(load_float(path).content).main
    assert {KIND, "WHILE"} <= {op.kind for op in graph.ops}
    (lstm,) = (op for op in graph.ops if op.kind == KIND)
    assert "/first" in graph.tensors[lstm.outputs[0]].name


def test_tensorflow_quantizes_the_operator_too(keras: Any) -> None:
    """State starts anew in its file as well, and edgeq's own is as near or nearer."""
    model, samples = built(keras, _stack(keras)), values(48, STEPS)
    files = [convert(model, samples, quantizer=q).model for q in ("tensorflow", "edgeq")]
    made = [read_tflite(file).main for file in files]
    assert not made[0].states
    theirs, ours = (relative_error(model, graph, samples) for graph in made)
    assert ours < 1.1 * theirs
