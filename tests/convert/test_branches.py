"""Branches that depend on data convert: keras.ops.cond in a layer, tf.cond in a SavedModel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from convert.streams import QUICK
from ops.harness import agrees

from edgeq.codegen.native import render_native
from edgeq.convert.backend import imported, quietly
from edgeq.convert.convert import convert
from edgeq.data import Samples, dequantize, quantized_inputs
from edgeq.graph import read_tflite
from edgeq.simulate.compare import compare_with
from edgeq.simulate.execute import execute
from edgeq.simulate.oracles import ORACLES, interpreter_of
from edgeq.verify.host import run_host

pytestmark = pytest.mark.slow
FEATURES, UNITS = 4, 5


def clear(count: int, seed: int) -> np.ndarray:
    """[count, FEATURES]: samples whose sum is far from 0, where integers might take the other branch."""
    random = np.random.default_rng(seed)
    x = random.uniform(-1, 1, (count, FEATURES)) + random.choice([-0.5, 0.5], (count, 1))
    return x[np.abs(x.sum(axis=1)) > 0.4].astype(np.float32)


def follows(model: Any, exact: np.ndarray, x: np.ndarray) -> None:
    """The model converts and is near to the exact outputs [samples, UNITS] on x; TFLM and the
    compiled C give the simulator's bytes.
    """
    integer = read_tflite(convert(model, Samples((clear(200, 1),)), options=QUICK).model)
    graph = integer.main
    assert [op.kind for op in graph.ops if op.regions] == ["IF"]
    inputs, y = quantized_inputs(graph, (x,)), graph.outputs[0]
    simulated = execute(graph, inputs)[y]
    error = dequantize(simulated, graph.tensors[y]).reshape(exact.shape) - exact
    assert 10 * np.log10(exact.var() / np.square(error).mean()) > 25
    assert agrees(compare_with(ORACLES["tflm"], integer, inputs, by=interpreter_of("tflm")))
    compiled = run_host(render_native(integer, "branches"), inputs)[y]
    np.testing.assert_array_equal(compiled, simulated)


def test_a_layer_that_branches(keras: Any) -> None:
    class Chooses(keras.layers.Layer):  # type: ignore[misc]
        def build(self, shape: Any) -> None:
            self.a = self.add_weight(shape=(shape[-1], UNITS))
            self.b = self.add_weight(shape=(shape[-1], UNITS))

        def call(self, x: Any) -> Any:
            ops = keras.ops
            return ops.cond(
                ops.sum(x) > 0,
                lambda: ops.tanh(ops.matmul(x, self.a)),
                lambda: ops.matmul(x, self.b),
            )

    keras.utils.set_random_seed(4)
    model = keras.Sequential([keras.Input((FEATURES,)), Chooses(), keras.layers.Dense(UNITS)])
    x = clear(60, 9)
    follows(model, np.concatenate([np.asarray(model(row[None])) for row in x]), x)


def test_a_saved_model_that_branches(tmp_path: Path) -> None:
    tf = imported("tensorflow")
    module, random = tf.Module(), np.random.default_rng(2)
    module.w = tf.Variable(random.normal(size=(FEATURES, UNITS)).astype(np.float32))

    def serve(x: Any) -> Any:
        wide = x @ module.w
        return {"y": tf.cond(tf.reduce_sum(x) > 0, lambda: tf.nn.relu(wide), lambda: 0.5 * wide)}

    spec = tf.TensorSpec((1, FEATURES), tf.float32, name="x")
    module.serve = tf.function(serve, input_signature=[spec])
    path = tmp_path / "model"
    quietly("save", "", lambda: tf.saved_model.save(module, str(path), signatures=module.serve))
    x = clear(60, 9)
    follows(path, np.concatenate([np.asarray(module.serve(row[None])["y"]) for row in x]), x)
