"""A graph without the channels that no output depends on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from edgeq.dead_channels.behaviour import behaviour
from edgeq.dead_channels.cut import cut_op, cut_tensor
from edgeq.dead_channels.liveness import find_live
from edgeq.dead_channels.reach import reach_of_channels
from edgeq.graph import Graph
from edgeq.opkit.node import Values
from edgeq.ops import bind

Kept = Mapping[int, tuple[int, ...]]
"""Computed tensor -> the channels that stay, where some do not."""


@dataclass(frozen=True)
class LivePart:
    """A graph without dead channels.

    graph: tensors keep their indices; constants that were cut stand behind them.
    """

    graph: Graph
    kept: Kept

    def part(self, t: int, values: Values) -> Values:
        """Of the values [samples, *shape] of a tensor of the whole graph, those that stay."""
        return np.ascontiguousarray(values[..., list(self.kept[t])]) if t in self.kept else values

    def shape(self, t: int, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape that stays of a tensor's."""
        return (*shape[:-1], len(self.kept[t])) if t in self.kept else shape


def whole(graph: Graph) -> LivePart:
    """The graph with all channels."""
    return LivePart(graph, {})


@lru_cache(maxsize=4)
def leave_out(graph: Graph) -> LivePart:
    """The graph without channels that no output depends on; their constants become part of the bias of
    layers that read them. Every byte that stays is the same for all inputs; inputs, outputs and
    variables stay whole.

    Raises what `bind` raises.
    """
    nodes = bind(graph)
    behaviours = {node.index: behaviour(graph, node) for node in nodes}
    reaches = reach_of_channels(graph, nodes, behaviours)
    groups = find_live(graph, nodes, behaviours, reaches)
    every = {axis.tensor: groups.stays(axis) for axis in groups.computed()}
    kept = {t: stays for t, stays in every.items() if not stays.all()}
    if not kept:
        return whole(graph)
    tensors = list(graph.tensors)
    for t, stays in kept.items():
        tensors[t] = cut_tensor(tensors[t], {len(tensors[t].shape) - 1: stays})
    ops = tuple(
        cut_op(graph.ops[node.index], node, behaviours[node.index], groups, reaches, tensors)
        for node in nodes
    )
    indices = {t: tuple(np.flatnonzero(stays).tolist()) for t, stays in kept.items()}
    return LivePart(replace(graph, tensors=tuple(tensors), ops=ops), indices)
