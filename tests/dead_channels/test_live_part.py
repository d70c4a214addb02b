"""Graphs without their dead channels compute what they did: in edgeq's simulator, in TFLite's reference
kernels, and in C.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from dead_channels.planted import computed, network
from ops.harness import reference_output

from edgeq.cleanup import cleaned
from edgeq.codegen.native import NativeOptions, render_native
from edgeq.dead_channels import LivePart, leave_out, left_out
from edgeq.dead_channels.behaviour import behaviour
from edgeq.dead_channels.reach import reach_of_channels
from edgeq.graph import Graph, Model
from edgeq.ops import bind
from edgeq.simulate.execute import execute, random_inputs
from edgeq.verify import verify

SEEDS = range(12)


def assert_same_bytes(graph: Graph, live: LivePart, samples: int = 6) -> None:
    """Every tensor of the live part holds what it does in the whole graph."""
    inputs = random_inputs(graph, samples, 1)
    inputs = [np.concatenate([x, *extremes(x)]) for x in inputs]
    before = execute(graph, inputs, computed(graph))
    after = execute(live.graph, inputs, computed(live.graph))
    for t in computed(live.graph):
        name = graph.tensors[t].name
        np.testing.assert_array_equal(live.part(t, before[t]), after[t], name)


def extremes(x: np.ndarray) -> list[np.ndarray]:
    """A sample of the type's least integer and one of its largest."""
    info = np.iinfo(x.dtype)
    return [np.full_like(x[:1], end) for end in (info.min, info.max)]


@pytest.mark.parametrize("seed", SEEDS)
def test_what_stays_is_the_same(seed: int) -> None:
    graph = network(seed).main
    live = leave_out(graph)
    assert_same_bytes(graph, live)
    assert [live.graph.tensors[t] for t in (*graph.inputs, *graph.outputs)] == [
        graph.tensors[t] for t in (*graph.inputs, *graph.outputs)
    ]


def test_much_is_left_out() -> None:
    graphs = [network(seed).main for seed in SEEDS]
    shares = [len(leave_out(graph).kept) / len(computed(graph)) for graph in graphs]
    assert np.mean(shares) > 0.5


@pytest.mark.parametrize("seed", SEEDS)
def test_no_channel_leaves_its_reach(seed: int) -> None:
    graph = network(seed).main
    nodes = bind(graph)
    reaches = reach_of_channels(graph, nodes, {n.index: behaviour(graph, n) for n in nodes})
    inputs = [np.concatenate([x, *extremes(x)]) for x in random_inputs(graph, 6, 2)]
    for t, values in execute(graph, inputs, computed(graph)).items():
        flat = values.reshape(-1, values.shape[-1])
        assert (reaches[t].low <= flat.min(axis=0)).all(), graph.tensors[t].name
        assert (flat.max(axis=0) <= reaches[t].high).all(), graph.tensors[t].name


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_the_references_kernels_compute_the_same_of_both_graphs(seed: int) -> None:
    model = network(seed)
    live = replace(model, graphs=(leave_out(model.main).graph,))
    inputs = random_inputs(model.main, 4, 3)
    np.testing.assert_array_equal(reference_output(model, inputs), reference_output(live, inputs))


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_the_firmware_computes_the_same(seed: int) -> None:
    model = network(seed)
    result = verify(model, samples=4)
    assert result.ok, result
    engine = render_native(model, "m")
    every = render_native(model, "m", (), NativeOptions(keep_dead_channels=True))
    assert engine.live.kept
    assert not every.live.kept
    assert engine.model_bytes < every.model_bytes


@pytest.mark.slow
@pytest.mark.published
def test_half_of_the_published_visual_wake_words_is_left_out(published_models: Path) -> None:
    graph = cleaned(published_models / "vww_96_int8.tflite").main
    live = leave_out(graph)
    assert_same_bytes(graph, live, 2)
    found = left_out(graph, live)
    assert found is not None
    assert found.macs == 3_762_351
    for name in ("ad01_int8", "kws_ref_model", "pretrainedResnet_quant"):
        other: Model = cleaned(published_models / f"{name}.tflite")
        assert not leave_out(other.main).kept
