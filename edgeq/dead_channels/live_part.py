"""A graph without the channels that no output depends on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from edgeq.dead_channels.behaviour import behaviour
from edgeq.dead_channels.bounds import Reach
from edgeq.dead_channels.constant_operands import constant_operands
from edgeq.dead_channels.cut import cut_op, cut_tensor
from edgeq.dead_channels.duplicates import merge_duplicates
from edgeq.dead_channels.liveness import constant_offsets, find_live
from edgeq.dead_channels.reach import reach_of_channels
from edgeq.dead_channels.sums import weight_role
from edgeq.graph import Graph
from edgeq.opkit.channels import Channels
from edgeq.opkit.node import Node, Values
from edgeq.ops import bind

Kept = Mapping[int, tuple[int, ...]]
"""Computed tensor -> the channels that stay, where some do not."""


@dataclass(frozen=True)
class LivePart:
    """A graph without dead channels.

    graph: tensors keep their indices; constants that were cut stand behind them. Operators all of whose
        results are constant may be gone.
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
    given, nodes = graph, bind(graph)
    graph = merge_duplicates(graph, nodes, _behaviours(graph, nodes))
    while True:
        nodes = bind(graph)
        behaviours = _behaviours(graph, nodes)
        reaches = reach_of_channels(graph, nodes, behaviours)
        simpler = constant_operands(graph, nodes, reaches)
        if simpler is graph:
            break
        graph = simpler
    groups = find_live(graph, nodes, behaviours, reaches)
    every = {axis.tensor: groups.stays(axis) for axis in groups.computed()}
    kept = {t: stays for t, stays in every.items() if not stays.all()}
    if not kept and len(graph.ops) == len(given.ops):
        return whole(given)
    tensors = list(graph.tensors)
    for t, stays in kept.items():
        tensors[t] = cut_tensor(tensors[t], {len(tensors[t].shape) - 1: stays})
    ops = tuple(
        cut_op(
            graph.ops[node.index],
            node,
            behaviours[node.index],
            groups,
            _offsets(graph, node, behaviours[node.index], reaches),
            tensors,
        )
        for node in nodes
    )
    indices = {t: tuple(np.flatnonzero(stays).tolist()) for t, stays in kept.items()}
    return LivePart(replace(graph, tensors=tuple(tensors), ops=ops), indices)


def _behaviours(graph: Graph, nodes: Sequence[Node]) -> dict[int, Channels | None]:
    """None for sums of reals: a weight of 0 times an infinite value is no 0."""
    found = {node.index: behaviour(graph, node) for node in nodes}
    reals = {node.index for node in nodes if node.outputs and node.output.dtype == "float32"}
    return {
        k: None if k in reals and channels is not None and channels.sums is not None else channels
        for k, channels in found.items()
    }


def _offsets(
    graph: Graph, node: Node, channels: Channels | None, reaches: Mapping[int, Reach]
) -> Values:
    """By how much each channel that a sum reads differs from the zero point where it is constant."""
    if channels is None or channels.sums is None:
        return np.zeros(0, np.int64)
    x = graph.ops[node.index].inputs[weight_role(node).x]
    return constant_offsets(node, channels.sums, reaches.get(x))[0]
