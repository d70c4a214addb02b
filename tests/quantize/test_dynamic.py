"""Dynamic range: real in and out, near the float model, the bytes of tflite-runtime where it runs the layers."""

from __future__ import annotations

import numpy as np
from quantize.models import RELU, FloatModel, outputs, residual, samples
from quantize.test_assemble import calibrated

from edgeq.graph import read_tflite
from edgeq.quantize.dynamic import assemble_dynamic
from edgeq.quantize.quantize import content
from edgeq.simulate import simulate


def test_it_is_near_the_float_model() -> None:
    model = residual()
    made = read_tflite(content(assemble_dynamic(calibrated(model))))
    data = samples(model)
    result = simulate.simulate(made, data)
    np.testing.assert_allclose(result.outputs, outputs(model, data)[0].reshape(32, -1), atol=0.03)
    assert {made.main.tensors[t].dtype for t in (*made.main.inputs, *made.main.outputs)} == {"float32"}


def test_convolutions_agree_with_tflite_runtime() -> None:
    m = FloatModel()
    model = m.model(m.depthwise(m.conv(m.input(1, 6, 6, 3), 8, **RELU), **RELU))
    made = read_tflite(content(assemble_dynamic(calibrated(model))))
    result = simulate.simulate(made, samples(model), oracles=("tflite-runtime",))
    assert result.oracles["tflite-runtime"].bytes_different == 0


def test_dense_layers_need_a_runtime_that_knows_scales_of_units() -> None:
    m = FloatModel()
    made = assemble_dynamic(calibrated(m.model(m.dense(m.input(1, 6), 4))))
    assert made.main.ops[0].version == 12
