"""What operators declare of channels holds on small layers of all of them, in random shapes."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from firmware.samples import samples

from edgeq.dead_channels.behaviour import behaviour
from edgeq.dead_channels.sums import taps_by_filter
from edgeq.graph import Graph
from edgeq.opkit.channels import INTEGERS, OUTPUT, Channels
from edgeq.opkit.node import Node, Values
from edgeq.ops import bind
from edgeq.simulate.execute import execute, random_inputs

MOST = 4  # channels of an input that are tried


@cache
def layers() -> dict[str, tuple[Graph, Node, Channels]]:
    """Layers of one operator on integers that declare something."""
    found = {}
    for name, model in samples().items():
        graph = model.main
        integers = all(graph.tensors[t].dtype in INTEGERS for t in (*graph.inputs, *graph.outputs))
        if len(graph.ops) == 1 and integers:
            node = bind(graph)[0]
            channels = behaviour(graph, node)
            if channels is not None:
                found[name] = (graph, node, channels)
    return found


def kinds() -> set[str]:
    return {node.kind for _, node, _ in layers().values()}


def outputs(graph: Graph, inputs: list[Values]) -> Values:
    return execute(graph, inputs)[graph.outputs[0]]


def test_most_operators_on_integers_declare_something() -> None:
    assert kinds() >= {
        "ADD",
        "AVERAGE_POOL_2D",
        "CONCATENATION",
        "CONV_2D",
        "DEPTHWISE_CONV_2D",
        "FULLY_CONNECTED",
        "HARD_SWISH",
        "MAX_POOL_2D",
        "MEAN",
        "PAD",
        "RELU",
        "RESHAPE",
        "TRANSPOSE_CONV",
    }


@pytest.mark.slow
def test_outputs_that_rise_never_fall_where_an_input_rises() -> None:
    rng = np.random.default_rng(0)
    for name, (graph, _, channels) in layers().items():
        if not channels.rising:
            continue
        lower = random_inputs(graph, 20, 0)
        steps = [rng.integers(0, 60, x.shape) * (rng.random(x.shape) < 0.5) for x in lower]
        higher = [
            np.minimum(x.astype(np.int64) + step, np.iinfo(x.dtype).max).astype(x.dtype)
            for x, step in zip(lower, steps, strict=True)
        ]
        assert (outputs(graph, lower) <= outputs(graph, higher)).all(), name


@pytest.mark.slow
def test_a_channel_reaches_no_others_than_declared() -> None:
    for name, (graph, node, channels) in layers().items():
        inputs = random_inputs(graph, 3, 1)
        before = outputs(graph, inputs)
        for i, t in enumerate(graph.inputs):
            position = graph.ops[0].inputs.index(t)
            for k in range(min(inputs[i].shape[-1], MOST)):
                changed = [x.copy() for x in inputs]
                changed[i][..., k] = ~changed[i][..., k]
                differs = (outputs(graph, changed) != before).any(
                    axis=tuple(range(before.ndim - 1))
                )
                assert not differs[~reached(node, channels, position, k)].any(), (name, k)


def reached(node: Node, channels: Channels, position: int, k: int) -> Values:
    """Which output channels a channel of an input may change: bool [output channels]."""
    found = np.zeros(node.output.shape[-1], bool)
    if channels.sums is not None:
        weights = taps_by_filter(node)
        found |= ((weights != 0) & (channels.sums.sources == k)).any(axis=1)
        return found
    named = False
    for link in channels.links:
        if link.a.position == position and link.b.position == OUTPUT:
            named = True
            found[link.b.places[link.a.places == k]] = True
    return found if named else np.ones_like(found)
