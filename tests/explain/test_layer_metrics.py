"""Layer metrics compared with NumPy in cases with known results."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from quantize.models import FloatModel, calibrated, residual, samples

from edgeq.data import quantized_inputs
from edgeq.errors import EdgeqError
from edgeq.explain.layer_metrics import decibels, measure
from edgeq.quantize.assemble import assemble
from edgeq.quantize.dynamic_range import assemble_dynamic
from edgeq.quantize.model_pair import pair_models, state_from_pair
from edgeq.quantize.observe import activations
from edgeq.quantize.quantization_state import Range
from edgeq.simulate.execute import execute


def test_the_input_s_own_error_is_that_of_rounding() -> None:
    model = residual()
    pair = pair_models(model, assemble(calibrated(model)))
    data = samples(model)
    found = measure(pair, data).figures[model.main.inputs[0]]
    step = pair.integer_model.main.tensors[pair.integer_model.main.inputs[0]].scale
    expected = decibels(float(np.square(data.x.astype(float)).mean()), step**2 / 12)
    assert found.own_db == pytest.approx(expected, abs=0.1)
    assert found.sqnr_db == pytest.approx(found.own_db, abs=1e-3)
    assert (found.clipping, found.rounding) == (0.0, 1.0)


def test_a_narrow_range_shows_as_clipping_and_saturation() -> None:
    model = residual()
    state = calibrated(model)
    first = state.graph.ops[0].outputs[0]
    narrow = assemble(state.with_ranges({first: Range(0.0, state.ranges[first].high / 4)}))
    found = measure(pair_models(model, narrow), samples(model)).figures[first]
    (values,) = activations(state.model, samples(model), [first])
    beyond = (values[first] > state.ranges[first].high / 4).mean()
    assert found.clipping > 0.999
    assert found.saturated == pytest.approx(float(beyond), abs=0.002)


def test_dead_and_outlying_channels_are_counted() -> None:
    m = FloatModel()
    x = m.input(1, 4)
    weights = m.constant(np.diag([0.0, 1.0, 1.0, 100.0]), "weights")
    model = m.model(m.op("FULLY_CONNECTED", (x, weights), (1, 4), "FullyConnectedOptions"))
    pair = pair_models(model, assemble(calibrated(model)))
    found = measure(pair, samples(model)).figures[model.main.outputs[0]]
    assert (found.dead_channels, found.outlier_channels, found.channels) == (1, 1, 4)


def test_four_bits_of_weights_are_24_decibels_less_than_eight() -> None:
    model = residual()
    pairs = (pair_models(model, assemble(calibrated(model, bits=bits))) for bits in (8, 4))
    eight, four = (measure(pair, samples(model)).figures for pair in pairs)
    t = residual().main.ops[0].outputs[0]
    assert eight[t].weights_db is not None
    assert four[t].weights_db == pytest.approx(eight[t].weights_db - 24, abs=2)


def test_a_quantized_model_can_be_reassembled() -> None:
    model = residual()
    state = calibrated(model)
    made = assemble(state)
    again = state_from_pair(pair_models(model, made))
    assert again is not None
    for a, b in zip(assemble(again).main.tensors, made.main.tensors, strict=True):
        assert (a.dtype, a.buffer, a.quantization is None) == (
            b.dtype,
            b.buffer,
            b.quantization is None,
        )
        if a.quantization is not None and b.quantization is not None:
            np.testing.assert_allclose(a.quantization.scale, b.quantization.scale, rtol=1e-6)
            assert a.quantization.zero_point == b.quantization.zero_point


def test_weights_are_distinguished_from_an_input_of_their_shape() -> None:
    m = FloatModel()
    model = m.model(m.depthwise(m.input(1, 3, 3, 4)))
    assert model.main.tensors[0].shape == model.main.tensors[1].shape
    assert state_from_pair(pair_models(model, assemble(calibrated(model)))) is not None


def test_models_of_other_layers_are_refused() -> None:
    model = residual()
    made = assemble(calibrated(model))
    renamed = replace(
        made.main,
        tensors=tuple(replace(t, name=f"other{k}") for k, t in enumerate(made.main.tensors)),
        outputs=(),
    )
    with pytest.raises(EdgeqError, match="no layer of one"):
        pair_models(model, replace(made, graphs=(renamed,)))


def test_real_activations_have_the_network_s_error_and_none_of_their_own() -> None:
    model = residual()
    pair = pair_models(model, assemble_dynamic(calibrated(model)))
    data = samples(model)
    found = measure(pair, data).figures
    first = pair.float_model.main.ops[0].outputs[0]
    assert found[first].own_db == 200.0
    assert (found[first].clipping, found[first].rounding, found[first].saturated) == (0.0, 0.0, 0.0)
    (exact,) = activations(pair.float_model, data, [first])
    graph, t = pair.integer_model.main, pair.tensors[first]
    made = execute(graph, quantized_inputs(graph, data.inputs), [t])[t]
    error = np.square(made.astype(float) - exact[first]).sum()
    assert found[first].sqnr_db == pytest.approx(
        decibels(float(np.square(exact[first].astype(float)).sum()), error)
    )
    assert found[first].weights_db is not None
    assert found[first].weights_db > 40
