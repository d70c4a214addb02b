"""A complete analysis of a small model: a damaged layer is found, and its remedy gains what was
reported.
"""

from __future__ import annotations

import pytest
from dead_channels.planted import network
from quantize.models import calibrated, residual, samples

from edgeq.codegen.native import NativeOptions, render_native
from edgeq.explain.explain import explain
from edgeq.explain.footprint import footprint
from edgeq.explain.remedies import best, remedies
from edgeq.inspection import inspect
from edgeq.quantize.assemble import assemble
from edgeq.quantize.calibrator_search import distance
from edgeq.quantize.incremental_run import run
from edgeq.quantize.observe import observe
from edgeq.quantize.quantization_state import Range


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
