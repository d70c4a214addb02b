"""Keras's recurrent layers convert as people save them: one loop with one copy of the weights, or with
`stateful=True` one step at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ops.harness import agrees

from edgeq.convert.convert import convert
from edgeq.convert.options import ConvertOptions
from edgeq.data import Samples, dequantize, quantized_inputs
from edgeq.graph import Graph, read_tflite
from edgeq.simulate.compare import compare_with
from edgeq.simulate.execute import execute
from edgeq.simulate.interpreter import interpreter_of
from edgeq.simulate.oracles import ORACLES

pytestmark = pytest.mark.slow
QUICK = ConvertOptions(calibrator="min-max", rounding="nearest", fill_ranges=False)
STEPS, FEATURES = 9, 4

LAYERS: dict[str, Callable[[Any], list[Any]]] = {
    "gru": lambda k: [k.GRU(6)],
    "gru, reset before": lambda k: [k.GRU(6, reset_after=False)],
    "simple": lambda k: [k.SimpleRNN(6)],
    "backwards": lambda k: [k.GRU(6, go_backwards=True)],
    "bidirectional": lambda k: [k.Bidirectional(k.GRU(5, return_sequences=True)), k.Flatten()],
    "stacked": lambda k: [k.GRU(6, return_sequences=True), k.SimpleRNN(5)],
    "with relu": lambda k: [k.SimpleRNN(6, activation="relu")],
}


def waves(count: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    time = np.arange(STEPS)[None, :, None] / STEPS
    phase, speed = random.random((count, 1, FEATURES)), random.uniform(1, 3, (count, 1, 1))
    return np.sin(2 * np.pi * (speed * time + phase)).astype(np.float32)


def sqnr_db(truth: np.ndarray, content: bytes, x: np.ndarray) -> float:
    graph = read_tflite(content).main
    got = execute(graph, quantized_inputs(graph, (x,)))[graph.outputs[0]]
    real = dequantize(got, graph.tensors[graph.outputs[0]]).reshape(truth.shape)
    return float(10 * np.log10(truth.var() / np.square(real - truth).mean()))


def matrices(graph: Graph) -> int:
    """Elements of all weights of dense layers, those in regions included."""
    dense = [graph.tensors[op.inputs[1]] for op in graph.ops if op.kind == "FULLY_CONNECTED"]
    inner = (matrices(region) for op in graph.ops for _, region in op.regions)
    return sum(t.size for t in dense) + sum(inner)


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_is_a_loop(name: str, keras: Any) -> None:
    keras.utils.set_random_seed(3)
    body = [*LAYERS[name](keras.layers), keras.layers.Dense(3)]
    model = keras.Sequential([keras.Input((STEPS, FEATURES)), *body])
    made = convert(model, Samples((waves(80, 0),)), options=QUICK)
    assert 1 <= made.operators["WHILE"] <= 2
    integer = read_tflite(made.model)
    kernels = sum(np.size(w) for w in model.get_weights() if w.shape[0] != 2 and w.ndim == 2)
    assert matrices(integer.main) == kernels
    x = waves(40, 7)
    assert sqnr_db(model.predict(x, verbose=0), made.model, x) > 18
    inputs = quantized_inputs(integer.main, (x[:6],))
    assert agrees(compare_with(ORACLES["tflm"], integer, inputs, by=interpreter_of("tflm")))


@pytest.mark.parametrize("steps", [1, 3])
def test_a_stateful_layer_keeps_its_state(steps: int, keras: Any, tmp_path: Path) -> None:
    keras.utils.set_random_seed(3)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((steps, FEATURES), batch_size=1),
            layers.GRU(6, stateful=True),
            layers.Dense(3),
        ]
    )
    sequence = np.concatenate(list(waves(30, 0))).reshape(-1, steps, FEATURES)
    model.save(tmp_path / "model.keras")
    made = convert(tmp_path / "model.keras", Samples((sequence,)), options=QUICK)
    assert made.fidelity is not None
    integer = read_tflite(made.model)
    assert len(integer.main.states) == 1
    x = np.concatenate(list(waves(10, 5))).reshape(-1, steps, FEATURES)
    model.layers[0].reset_state()
    truth = np.concatenate([np.asarray(model(step[None])) for step in x])
    assert sqnr_db(truth, made.model, x) > 20
    inputs = quantized_inputs(integer.main, (x,))
    assert agrees(compare_with(ORACLES["tflm"], integer, inputs, by=interpreter_of("tflm")))
