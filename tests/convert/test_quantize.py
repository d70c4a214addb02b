"""TensorFlow's quantizer on files: equal to its own converter, and nothing is left in float unsaid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edgeq.convert.backend import imported, quietly
from edgeq.convert.quantize import quantize_with_tensorflow, refuse_float
from edgeq.convert.to_float import to_float_tflite
from edgeq.data import Samples
from edgeq.errors import UnsupportedError
from edgeq.graph import Graph, Model, Op, Quantization, Tensor, read_tflite


def chain(*kinds: str, custom: str = "") -> Model:
    """Operators one after the other between int8 ends, floats between them."""
    integer = Quantization((1.0,), (0,))
    inner = tuple(
        Tensor(f"model/layer_{i}/Op;model/other", (1, 2), "float32") for i in range(len(kinds) - 1)
    )
    ends = [
        Tensor("q", (1, 2), "int8", integer),
        Tensor("PartitionedCall:0", (1, 2), "int8", integer),
    ]
    ops = tuple(
        Op(kind, (i,), (i + 1,), custom_code=custom if kind == "CUSTOM" else "")
        for i, kind in enumerate(kinds)
    )
    return Model((Graph((ends[0], *inner, ends[1]), ops, (0,), (len(kinds),)),))


def test_operators_left_in_float_are_named_with_their_layer() -> None:
    with pytest.raises(
        UnsupportedError,
        match=r"SIGN \(layer 'model/layer_1/Op'\) — TensorFlow's quantizer leaves them in",
    ):
        refuse_float(chain("DEQUANTIZE", "SIGN", "QUANTIZE"))
    with pytest.raises(UnsupportedError, match=r"DEQUANTIZE.*QUANTIZE"):
        refuse_float(chain("DEQUANTIZE", "QUANTIZE"))
    with pytest.raises(UnsupportedError, match=r"FlexErf \(layer at the model's output\)"):
        refuse_float(chain("CUSTOM", custom="FlexErf"))
    refuse_float(chain("RELU"))


@pytest.mark.slow
def test_equals_tensorflows_own_converter(
    tiny: Callable[..., Path], keras: Any, random_samples: Any
) -> None:
    layers = [
        keras.layers.Conv2D(4, 3, padding="same", activation="relu"),
        keras.layers.BatchNormalization(),
        keras.layers.DepthwiseConv2D(3),
        keras.layers.Flatten(),
        keras.layers.Dense(3, activation="softmax"),
    ]
    path = tiny(keras.Sequential(layers), shape=(8, 8, 2))
    float_model = to_float_tflite(path)
    samples: Samples = random_samples(float_model)
    ours = read_tflite(quantize_with_tensorflow(float_model, samples))
    theirs = read_tflite(
        quietly("converter", "", lambda: public_conversion(keras.models.load_model(path), samples))
    )
    assert unnamed(ours.main) == unnamed(theirs.main)


def unnamed(graph: Graph) -> Graph:
    """The graph without the names of its tensors, which TensorFlow 2.21 numbers as it likes."""
    return replace(graph, tensors=tuple(replace(t, name="") for t in graph.tensors))


def public_conversion(model: Any, samples: Samples) -> bytes:
    """The documented path, from a function with a fixed batch and frozen variables."""
    tf = imported("tensorflow")
    freeze = imported(
        "tensorflow.python.framework.convert_to_constants"
    ).convert_variables_to_constants_v2
    spec = tf.TensorSpec((1, 8, 8, 2), tf.float32, name="features")
    function = tf.function(
        lambda x: model(x, training=False), autograph=False
    ).get_concrete_function(spec)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([freeze(function)], tf.Module())
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([x[None]] for x in samples.x)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    return bytes(converter.convert())


@pytest.mark.slow
def test_a_float_only_layer_and_a_loop_are_refused(
    tiny: Callable[..., Path], keras: Any, random_samples: Any
) -> None:
    cases = [
        (
            lambda x: keras.layers.Dense(2)(keras.ops.sin(x)),
            (4,),
            "SIN .*compute it in your program",
        ),
        (keras.layers.GRU(2), (5, 3), "control flow.*unroll=True"),
    ]
    for layer, shape, said in cases:
        model = to_float_tflite(tiny(layer, shape=shape))
        with pytest.raises(UnsupportedError, match=said):
            quantize_with_tensorflow(model, random_samples(model))
