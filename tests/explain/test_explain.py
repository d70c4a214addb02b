"""A complete analysis of a small model: a damaged layer is found, and its remedy gains what was
reported.
"""

from __future__ import annotations

import pytest
from dead_channels.planted import network
from quantize.models import calibrated, residual, samples
from quantize.recurrent import recurrent
from quantize.test_kept_states import QUICK, sequence, streaming

from edgeq.codegen.native import NativeOptions, render_native
from edgeq.errors import EdgeqError
from edgeq.explain.explain import explain
from edgeq.explain.footprint import footprint
from edgeq.explain.remedies import best, remedies
from edgeq.graph import read_tflite, write_tflite
from edgeq.graph.regions import every_tensor
from edgeq.inspection import inspect
from edgeq.mixed.costs import flash_bytes
from edgeq.quantize.assemble import assemble
from edgeq.quantize.calibrator_search import distance
from edgeq.quantize.incremental_run import run
from edgeq.quantize.observe import observe
from edgeq.quantize.quantization_state import Range
from edgeq.quantize.quantize import quantize
from edgeq.simulate.simulate import simulate


def test_the_spoiled_layer_is_found_and_its_remedy_helps() -> None:
    model = residual()
    state, data = calibrated(model), samples(model)
    first = state.graph.ops[0].outputs[0]
    spoiled = state.with_ranges({first: Range(0.0, state.ranges[first].high / 8)})
    cost = distance(state.model, data, state.graph.outputs)
    tried = remedies(spoiled, observe(state.model, data), data, cost)
    gains = {t: found for t, r in tried.items() if (found := best(r)) is not None}
    worst = max(gains, key=lambda t: gains[t].gain)
    assert worst == first
    assert gains[first].name.startswith("range by")
    healed = run(assemble(state), data).outputs()
    before = run(assemble(spoiled), data).outputs()
    assert gains[first].gain == pytest.approx(
        1 - cost(healed).mean() / cost(before).mean(), abs=0.01
    )


@pytest.mark.slow
def test_an_explanation_is_whole() -> None:
    model = residual()
    result = explain(assemble(calibrated(model)), model, samples(model))
    plain = result.to_json()
    assert [layer["op"] for layer in plain["layers"]] == [op.kind for op in model.main.ops]
    assert {"index", "op", "name", "sqnr_db", "clipping", "rounding", "remedy"} <= set(
        plain["layers"][0]
    )
    assert result.tried
    assert result.after.flash_bytes < result.before.flash_bytes / 2
    assert result.after.arena_bytes is not None
    assert result.after.instructions is not None


def test_constants_of_loops_count() -> None:
    graph = recurrent().main
    stored = {t.buffer: t.nbytes for t in every_tensor(graph) if t.constant}
    outside = sum(t.nbytes for t in graph.tensors if t.constant)
    assert flash_bytes(graph) == sum(stored.values()) > outside


@pytest.mark.slow
def test_a_footprint_is_without_dead_channels() -> None:
    model = network(0)
    found, kept = (
        footprint(model),
        render_native(model, "m", (), NativeOptions("default", None, True)),
    )
    assert found.left_out is not None
    assert found.macs + found.left_out.macs == sum(layer.macs for layer in inspect(model).layers)
    assert found.flash_bytes < kept.model_bytes


@pytest.mark.slow
def test_a_model_with_state_is_explained_step_by_step() -> None:
    model, steps = streaming(), sequence(60)
    content = write_tflite(model)
    integer = read_tflite(quantize(content, steps, QUICK).content)
    result = explain(integer, model, steps)
    assert result.tried
    assert {layer.op for layer in result.layers} == {"FULLY_CONNECTED", "ADD", "TANH"}
    assert all(layer.figures.sqnr_db > 20 for layer in result.layers)
    assert all(integer.main.ops[layer.index].kind == layer.op for layer in result.layers)
    judged = simulate(integer, steps, reference=content).reference
    assert judged is not None
    assert result.mean_abs_error == pytest.approx(judged.mean_abs_error)


def test_a_model_with_state_is_explained_by_the_one_that_it_was_made_from() -> None:
    model, steps = streaming(), sequence(12)
    integer = read_tflite(quantize(write_tflite(model), steps, QUICK).content)
    with pytest.raises(EdgeqError, match="they keep 0 and 1 variables"):
        explain(integer, residual(), steps)
