"""Dynamic-range models converted by TensorFlow: simulator, tflite-runtime and C agree."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ops.harness import agrees
from verify.tools import needed

from edgeq.graph import Model, read_tflite
from edgeq.simulate.compare import compare_with
from edgeq.simulate.execute import random_inputs
from edgeq.simulate.interpreter import interpreter_of
from edgeq.simulate.oracles import tflite_runtime
from edgeq.verify import find_target, verify
from edgeq.verify.job import Settings

CORES = ("host", "cortex-m4", "cortex-m0")


def dynamic_range(keras_model: Any) -> Model:
    """TensorFlow's conversion with its default optimization and no representative data, for a batch
    of 1.
    """
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    spec = tf.TensorSpec((1, *keras_model.input_shape[1:]), tf.float32, name="x")
    function = tf.function(
        lambda x: keras_model(x, training=False), autograph=False
    ).get_concrete_function(spec)
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [convert_variables_to_constants_v2(function)], tf.Module()
    )
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    return read_tflite(bytes(converter.convert()))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "hybrid"), [("kws_dscnn", 5), ("vww_mobilenet", 18)])
def test_no_byte_of_a_converted_model_differs(
    shared_float_models: Path, name: str, hybrid: int
) -> None:
    import keras

    model = dynamic_range(
        keras.models.load_model(shared_float_models / f"{name}.keras", compile=False)
    )
    weights = [model.main.tensors[op.inputs[1]] for op in model.main.ops if len(op.inputs) > 2]
    assert sum(t.dtype == "int8" for t in weights) == hybrid
    inputs = [3 * x for x in random_inputs(model.main, 4)]
    found = compare_with(tflite_runtime, model, inputs, by=interpreter_of("tflite-runtime"))
    assert agrees(found), found
    assert found.tensors == len(model.main.ops)
    for target in CORES[1:]:
        needed(find_target(target))
    settings = Settings(emulated_samples=1)
    for result in verify(model, targets=CORES, samples=1, settings=settings, strict=True).targets:
        assert (result.status, result.bytes_different) == ("ok", 0), result


@pytest.mark.slow
def test_a_network_of_lines_runs_with_its_activations() -> None:
    import keras
    from keras import layers

    keras.utils.set_random_seed(1)
    lines = [
        layers.Conv1D(32, 5, padding="same", activation="relu"),
        layers.MaxPooling1D(2),
        layers.Conv1D(64, 5, activation="tanh"),
        layers.Conv1D(32, 3, padding="causal", dilation_rate=2),
        layers.LeakyReLU(),
        layers.GlobalAveragePooling1D(),
        layers.Dense(3, activation="sigmoid"),
    ]
    model = dynamic_range(keras.Sequential([keras.Input((64, 6)), *lines]))
    inputs = [np.float32(2) * x for x in random_inputs(model.main, 8)]
    found = compare_with(tflite_runtime, model, inputs, by=interpreter_of("tflite-runtime"))
    assert agrees(found), found
    (result,) = verify(model, targets=("host",), samples=4, strict=True).targets
    assert (result.status, result.bytes_different) == ("ok", 0)
