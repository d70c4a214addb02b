"""Keras models with fake quantization, and the outputs of their integer models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from ops.harness import agrees

from edgeq.convert.backend import imported
from edgeq.data import dequantize, quantized_inputs
from edgeq.graph.compact import without_unused
from edgeq.quantize.assemble import assemble
from edgeq.simulate.compare import compare_with
from edgeq.simulate.execute import execute
from edgeq.simulate.interpreter import interpreter_of
from edgeq.simulate.oracles import tflite_runtime

Floats = npt.NDArray[np.float32]


@pytest.fixture(scope="session")
def keras() -> Any:
    return imported("keras")


@pytest.fixture
def functional(keras: Any) -> Callable[..., Any]:
    """A float model around some layers; batch norm statistics are not the initial ones."""

    def build(body: Callable[[Any], Any], shape: tuple[int, ...] = (8, 8, 3)) -> Any:
        keras.utils.set_random_seed(1)
        inputs = keras.Input(shape, name="x")
        model = keras.Model(inputs, body(inputs))
        rng = np.random.default_rng(2)
        for layer in model.layers:
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.set_weights([rng.uniform(0.5, 1.5, w.shape) for w in layer.get_weights()])
        return model

    return build


@pytest.fixture
def samples() -> Callable[..., Floats]:
    """Seeded normal values [32, *shape]."""
    return lambda shape=(8, 8, 3), n=32: (
        np.random.default_rng(0).normal(0, 1, (n, *shape)).astype(np.float32)
    )


@pytest.fixture
def tflite_outputs() -> Callable[[Any, Floats], Floats]:
    """The dequantized output of the model's integers by the simulator, with which TFLite's
    reference kernels agree.
    """

    def run(model: Any, x: Floats) -> Floats:
        from edgeq.trainable.restore import restore

        whole = without_unused(assemble(restore(model)))
        inputs = quantized_inputs(whole.main, [x])
        assert agrees(
            compare_with(tflite_runtime, whole, inputs, by=interpreter_of("tflite-runtime"))
        )
        t = whole.main.outputs[0]
        output = whole.main.tensors[t]
        return dequantize(execute(whole.main, inputs)[t], output).reshape(len(x), *output.shape[1:])

    return run
