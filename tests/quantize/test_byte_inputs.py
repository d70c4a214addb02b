"""Inputs of bytes that a model casts to reals, as images into Rescaling."""

from dataclasses import replace

import numpy as np
import pytest
from ops.harness import agrees
from quantize.models import FloatModel

from edgeq.data import Samples
from edgeq.graph import Model, read_tflite, write_tflite
from edgeq.quantize.quantize import quantize
from edgeq.simulate.compare import compare_with
from edgeq.simulate.execute import execute
from edgeq.simulate.interpreter import interpreter_of
from edgeq.simulate.oracles import ORACLES

KINDS = {"in_data_type": "UINT8", "out_data_type": "FLOAT32"}


def image_model(given: bool = False) -> Model:
    """A convolution of rescaled bytes. given: whether the bytes are an output too."""
    m = FloatModel()
    x = m.input(1, 6, 6, 3)
    m.tensors[x] = replace(m.tensors[x], dtype="uint8")
    reals = m.op("CAST", (x,), (1, 6, 6, 3), "CastOptions", **KINDS)
    scaled = m.binary("MUL", reals, m.constant([1 / 255.0]), fused_activation_function="NONE")
    y = m.conv(scaled, 4)
    return m.model(y, x) if given else m.model(y)


def images(largest: int = 255) -> Samples:
    random = np.random.default_rng(2)
    return Samples((random.integers(0, largest, (40, 1, 6, 6, 3), np.uint8, endpoint=True),))


@pytest.mark.parametrize("largest", [255, 100])
def test_bytes_are_quantized_without_reals(largest: int) -> None:
    model = read_tflite(quantize(write_tflite(image_model()), images(largest)).content)
    given = model.main.tensors[model.main.inputs[0]]
    assert [op.kind for op in model.main.ops] == ["QUANTIZE", "MUL", "CONV_2D"]
    assert given.dtype == "uint8"
    assert given.quantization is not None
    assert (given.quantization.scale, given.quantization.zero_point) == ((1.0,), (0,))


def test_a_byte_counts_what_it_did_as_a_real() -> None:
    data = images()
    model = read_tflite(quantize(write_tflite(image_model()), data).content)
    graph = model.main
    (t,) = graph.ops[0].outputs
    values, quantized = execute(graph, data.inputs, keep=[t])[t], graph.tensors[t]
    reals = (values.astype(np.float64) - quantized.zero_point) * quantized.scale
    assert np.array_equal(reals, data.inputs[0])


def test_tflm_runs_it() -> None:
    data = images()
    model = read_tflite(quantize(write_tflite(image_model()), data).content)
    said = compare_with(ORACLES["tflm"], model, data.inputs, by=interpreter_of("tflm"))
    assert agrees(said)


def test_bytes_that_are_given_too_stay_integers() -> None:
    model = read_tflite(quantize(write_tflite(image_model(given=True)), images()).content)
    assert model.main.ops[0].kind == "CAST"
    assert model.main.tensors[model.main.inputs[0]].quantization is None
