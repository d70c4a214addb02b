"""How much each channel of a float model matters to the layers that read it.

A channel is replaced by its mean, which becomes part of the bias of these layers. What they lose is
the variance that the channel brings into their sums: that of the channel times the sum of the squared
weights by which it is read (as in variance-based pruning, Berisha et al. 2025).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edgeq.data import Samples
from edgeq.dead_channels.groups import Flags, Groups
from edgeq.dead_channels.sums import taps_by_filter, weight_role
from edgeq.graph import Graph, Model
from edgeq.opkit.channels import Channels
from edgeq.opkit.node import Node, Values
from edgeq.quantize.observe import activations

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Moments:
    """Mean and variance of each channel over all samples and places, float64 [channels]."""

    mean: Floats
    variance: Floats


def channel_moments(model: Model, samples: Samples, tensors: Sequence[int]) -> dict[int, Moments]:
    """Tensor -> moments of its channels. Raises EdgeqError for values that are not finite."""
    count = dict.fromkeys(tensors, 0)
    total = {t: np.zeros((2, model.main.tensors[t].shape[-1])) for t in tensors}
    for values in activations(model, samples, list(tensors)):
        for t, found in values.items():
            rows = found.reshape(-1, found.shape[-1]).astype(np.float64)
            total[t] += rows.sum(axis=0), np.square(rows).sum(axis=0)
            count[t] += len(rows)
    means = {t: total[t] / max(count[t], 1) for t in tensors}
    return {
        t: Moments(mean, np.maximum(square - np.square(mean), 0))
        for t, (mean, square) in means.items()
    }


@dataclass(frozen=True, eq=False)
class Shares:
    """What the channels of a layer's input bring into its sums. groups: of each channel; shares: of
    the variance, which add up to 1; both [channels].
    """

    groups: Values
    shares: Floats


def layer_shares(
    graph: Graph,
    nodes: Sequence[Node],
    behaviours: Mapping[int, Channels | None],
    groups: Groups,
    moments: Mapping[int, Moments],
) -> tuple[Shares, ...]:
    """The shares of every layer with weights, taken as if channels did not depend on each other."""
    found = []
    for node in nodes:
        channels, op = behaviours[node.index], graph.ops[node.index]
        if channels is None or channels.sums is None:
            continue
        x = op.inputs[weight_role(node).x]
        power = np.square(taps_by_filter(node).astype(np.float64))
        read = np.zeros(node.input(weight_role(node).x).shape[-1])
        np.add.at(read, channels.sums.sources, power)
        brought = moments[x].variance * read + 1e-30
        found.append(Shares(groups.groups_of(groups.channels_of(x)), brought / brought.sum()))
    return tuple(found)


def costs_of_groups(layers: Sequence[Shares], live: Flags) -> Floats:
    """What it costs to leave out each group, [groups]: the sum over layers of how much the logarithm
    of the variance that is left falls. Infinite for the last channel of a layer.
    """
    costs = np.zeros(len(live))
    for layer in layers:
        stays = live[layer.groups]
        left = float(layer.shares[stays].sum())
        gone = np.zeros(len(live))
        np.add.at(gone, layer.groups[stays], layer.shares[stays] / left)
        with np.errstate(divide="ignore"):
            costs -= np.log(np.maximum(1 - gone, 0))
    return costs
