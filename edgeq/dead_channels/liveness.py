"""Which groups of channels something depends on: those that must stay, and what sums of theirs read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edgeq.dead_channels.bounds import Reach
from edgeq.dead_channels.groups import Axis, Groups
from edgeq.dead_channels.sums import (
    BIAS,
    LARGEST_SUM,
    bias_of,
    blocks,
    taps_by_filter,
    weight_role,
)
from edgeq.graph import Graph
from edgeq.opkit.channels import OUTPUT, Channels, WeightedSum
from edgeq.opkit.node import Node

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Reads:
    """What the sums of a layer read: bool [channels of its output, channels of its input]."""

    output: Axis
    x: Axis
    needed: Flags


def find_live(
    graph: Graph,
    nodes: Sequence[Node],
    behaviours: Mapping[int, Channels | None],
    reaches: Mapping[int, Reach],
) -> Groups:
    """The groups of all places, those that something depends on marked as live. Every tensor keeps at
    least one channel.
    """
    groups = Groups(graph, nodes, behaviours)
    reads = [
        _reads(graph, groups, node, channels.sums, reaches)
        for node in nodes
        if (channels := behaviours[node.index]) is not None and channels.sums is not None
    ]
    _spread(groups, reads)
    for axis in list(groups.computed()):
        if not groups.stays(axis).any():
            groups.live[groups.groups_of(axis)[0]] = True
            _spread(groups, reads)
    return groups


def _spread(groups: Groups, reads: Sequence[Reads]) -> None:
    """Marks what live channels read, until nothing is added."""
    before = -1
    while before != (before := int(groups.live.sum())):
        for layer in reversed(reads):
            read = layer.needed[groups.stays(layer.output)].any(axis=0)
            groups.live[groups.groups_of(layer.x)[read]] = True


def _reads(
    graph: Graph,
    groups: Groups,
    node: Node,
    sums: WeightedSum,
    reaches: Mapping[int, Reach],
) -> Reads:
    """A channel is read where a weight of it is not 0, unless it is constant, and what it adds to the
    sums can become part of the bias.
    """
    role, weights = weight_role(node), taps_by_filter(node)
    x = groups.channels_of(graph.ops[node.index].inputs[role.x])
    offsets, constant = constant_offsets(node, sums, reaches.get(x.tensor))
    distance, bias = np.where(constant, np.abs(offsets), 0), np.abs(bias_of(node))
    needed = np.zeros((len(weights), node.input(role.x).shape[-1]), bool)
    for part in blocks(weights):
        sources = sums.sources[part]
        largest = bias[part] + (np.abs(weights[part].astype(np.int64)) * distance[sources]).sum(1)
        wide = largest > LARGEST_SUM[BIAS[node.input(role.x).dtype]]
        held = ~constant[sources] | (wide[:, None] & (distance[sources] > 0))
        rows, taps = np.nonzero(held & (weights[part] != 0))
        needed[part][rows, sources[rows, taps]] = True
    return Reads(groups.axis_of(node, OUTPUT, len(node.output.shape) - 1), x, needed)


def constant_offsets(
    node: Node, sums: WeightedSum, x: Reach | None
) -> tuple[npt.NDArray[np.int64], Flags]:
    """Of each channel of the input x - zero_point where it is constant, else 0, and whether it is
    constant wherever a weight meets it, borders of the image included.
    """
    given = node.input(weight_role(node).x)
    if x is None:
        return np.zeros(given.shape[-1], np.int64), np.zeros(given.shape[-1], bool)
    offsets = np.where(x.constant, x.low - given.zero_point, 0)
    return offsets, x.constant & ((offsets == 0) | (not sums.borders))
