"""Figures of layers, held against NumPy on cases whose answer is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from quantize.models import FloatModel, residual, samples
from quantize.test_assemble import calibrated

from edgeq.data import quantized_inputs
from edgeq.explain.layers import decibels, figures
from edgeq.explain.match import match, state_of
from edgeq.quantize.assemble import assemble
from edgeq.quantize.dynamic import assemble_dynamic
from edgeq.quantize.observe import activations
from edgeq.quantize.state import Range
from edgeq.simulate.execute import execute


def test_the_input_s_own_error_is_that_of_rounding() -> None:
    model = residual()
    pair = match(model, assemble(calibrated(model)))
    data = samples(model)
    found = figures(pair, data)[model.main.inputs[0]]
    step = pair.integer.main.tensors[pair.integer.main.inputs[0]].scale
    expected = decibels(float(np.square(data.x.astype(float)).mean()), step**2 / 12)
    assert found.own_db == pytest.approx(expected, abs=0.3)
    assert found.sqnr_db == pytest.approx(found.own_db, abs=1e-3)
    assert (found.clipping, found.rounding) == (0.0, 1.0)


def test_a_narrow_range_shows_as_clipping_and_saturation() -> None:
    model = residual()
    state = calibrated(model)
    first = state.graph.ops[0].outputs[0]
    narrow = assemble(state.with_ranges({first: Range(0.0, state.ranges[first].high / 4)}))
    found = figures(match(model, narrow), samples(model))[first]
    (values,) = activations(state.model, samples(model), [first])
    beyond = (values[first] > state.ranges[first].high / 4).mean()
    assert found.clipping > 0.9
    assert found.saturated == pytest.approx(float(beyond), abs=0.01)


def test_dead_and_outlying_channels_are_counted() -> None:
    m = FloatModel()
    x = m.input(1, 4)
    weights = m.constant(np.diag([0.0, 1.0, 1.0, 100.0]), "weights")
    model = m.model(m.op("FULLY_CONNECTED", (x, weights), (1, 4), "FullyConnectedOptions"))
    found = figures(match(model, assemble(calibrated(model))), samples(model))[model.main.outputs[0]]
    assert (found.dead_channels, found.outlier_channels, found.channels) == (1, 1, 4)


def test_four_bits_of_weights_are_24_decibels_less_than_eight() -> None:
    model = residual()
    eight, four = (figures(match(model, assemble(calibrated(model, bits))), samples(model)) for bits in (8, 4))
    t = residual().main.ops[0].outputs[0]
    assert eight[t].weights_db is not None
    assert four[t].weights_db == pytest.approx(eight[t].weights_db - 24, abs=4)


def test_a_quantized_model_can_be_taken_apart_and_put_together() -> None:
    model = residual()
    state = calibrated(model)
    made = assemble(state)
    again = state_of(match(model, made))
    assert again is not None
    for a, b in zip(assemble(again).main.tensors, made.main.tensors, strict=True):
        assert a.quantization is None or np.allclose(a.quantization.scale, b.quantization.scale)  # type: ignore[union-attr]
        assert a.dtype == b.dtype


def test_models_of_other_layers_are_refused() -> None:
    model = residual()
    made = assemble(calibrated(model))
    renamed = replace(made.main, tensors=tuple(replace(t, name=f"other{k}") for k, t in enumerate(made.main.tensors)),
                      outputs=())  # fmt: skip
    with pytest.raises(Exception, match="no layer of one"):
        match(model, replace(made, graphs=(renamed,)))


def test_real_activations_have_the_network_s_error_and_none_of_their_own() -> None:
    model = residual()
    pair = match(model, assemble_dynamic(calibrated(model)))
    data = samples(model)
    found = figures(pair, data)
    first = pair.exact.main.ops[0].outputs[0]
    assert found[first].own_db == 200.0
    assert (found[first].clipping, found[first].rounding, found[first].saturated) == (0.0, 0.0, 0.0)
    (exact,) = activations(pair.exact, data, [first])
    graph, t = pair.integer.main, pair.tensors[first]
    made = execute(graph, quantized_inputs(graph, data.inputs), [t])[t]
    error = np.square(made.astype(float) - exact[first]).sum()
    assert found[first].sqnr_db == pytest.approx(decibels(float(np.square(exact[first].astype(float)).sum()), error))
    assert found[first].weights_db is not None
    assert found[first].weights_db > 40
