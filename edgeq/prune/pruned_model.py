"""Leaves out channels of a float model until a share of its multiply-accumulates is gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from edgeq.data import Samples
from edgeq.dead_channels import Kept
from edgeq.dead_channels.behaviour import behaviour
from edgeq.dead_channels.cut import cut_op, cut_tensor
from edgeq.dead_channels.groups import Flags, Groups
from edgeq.dead_channels.sums import weight_role
from edgeq.errors import EdgeqError
from edgeq.graph import Graph, Model, Op, Tensor
from edgeq.opkit.channels import OUTPUT, Channels
from edgeq.opkit.node import Node, Values
from edgeq.ops import bind, count_macs
from edgeq.prune.importance import (
    Floats,
    Moments,
    Shares,
    channel_moments,
    costs_of_groups,
    layer_shares,
)


@dataclass(frozen=True)
class PrunedModel:
    """A float model without the channels that matter least. Tensors and operators keep their indices.

    kept: computed tensor -> its channels that stay, where some do not.
    macs: multiply-accumulates of one inference, before: of the whole model.
    """

    model: Model
    kept: Kept
    macs: int
    before: int


def prune(model: Model, samples: Samples, fraction: float) -> PrunedModel:
    """The model without channels, those first that matter least for the multiply-accumulates that go
    with them, until `fraction` of these is gone. Means of what goes become part of the bias of layers
    that read it. Inputs and outputs stay whole, and every tensor keeps a channel.

    model: float; samples: on which channels are measured.

    Raises EdgeqError for fractions that are no share, and where so much cannot be left out;
    UnsupportedError for layers that edgeq does not compute.
    """
    check_fraction(fraction)
    graph = model.main
    nodes = bind(graph)
    behaviours = {node.index: behaviour(graph, node) for node in nodes}
    groups = Groups(graph, nodes, behaviours)
    moments = channel_moments(model, samples, [axis.tensor for axis in groups.computed()])
    work = _Work(nodes, behaviours, groups)
    layers = layer_shares(graph, nodes, behaviours, groups, moments)
    must = groups.live.copy()
    groups.live[:] = True
    whole = work.macs()
    _choose(groups, must, work, layers, whole * (1 - fraction))
    cut, kept = _cut(graph, nodes, behaviours, groups, moments)
    return PrunedModel(replace(model, graphs=(cut, *model.graphs[1:])), kept, work.macs(), whole)


def check_fraction(fraction: float) -> None:
    """Raises EdgeqError unless it is between 0 and 1."""
    if not 0 < fraction < 1:
        raise EdgeqError(
            f"prune {fraction:g}",
            "it is a share of the multiply-accumulates",
            "give a number between 0 and 1, such as 0.5",
        )


class _Work:
    """The multiply-accumulates of a model of which groups of channels are left out."""

    def __init__(
        self, nodes: Sequence[Node], behaviours: Mapping[int, Channels | None], groups: Groups
    ) -> None:
        self._groups = groups
        self._fixed = 0
        self._layers = list[tuple[int, tuple[Values, ...]]]()
        for node in nodes:
            channels, macs = behaviours[node.index], count_macs(node) or 0
            if channels is None or channels.sums is None or not channels.links:
                self._fixed += macs
                continue
            role = weight_role(node)
            shape = node.input(role.weights).shape
            axes = {(OUTPUT, len(node.output.shape) - 1)}
            ends = [end for link in channels.links for end in link]
            axes |= {(e.position, e.axis) for e in ends if e.position == role.weights}
            axes.discard((role.weights, role.axis % len(shape)))
            found = (groups.axis_of(node, *axis) for axis in sorted(axes))
            self._layers.append((macs, tuple(groups.groups_of(axis) for axis in found)))

    def macs(self) -> int:
        """Of what is live."""
        live = self._groups.live
        return self._fixed + sum(
            round(macs * float(np.prod([live[axis].mean() for axis in axes])))
            for macs, axes in self._layers
        )

    def saved(self) -> Floats:
        """About what goes with each group, [groups]; of groups that are not live as well."""
        live, saved = self._groups.live, np.zeros(len(self._groups.live))
        for macs, axes in self._layers:
            shares = [live[axis].mean() for axis in axes]
            for k, axis in enumerate(axes):
                others = float(np.prod([s for i, s in enumerate(shares) if i != k]))
                np.add.at(saved, axis, macs * others / len(axis))
        return saved


def _choose(
    groups: Groups, must: Flags, work: _Work, layers: Sequence[Shares], target: float
) -> None:
    """Leaves only so many groups live that `target` multiply-accumulates remain. must: which groups
    have to stay.
    """
    must, used = must.copy(), np.zeros(len(groups.live), bool)
    tensors = [groups.groups_of(axis) for axis in groups.computed()]
    for slots in tensors:
        used[slots] = True
    candidates = np.flatnonzero(used & ~must)
    while work.macs() > target and len(candidates):
        costs = costs_of_groups(layers, groups.live)[candidates]
        order = costs / np.maximum(work.saved()[candidates], 1e-12)
        for group in candidates[np.argsort(order, kind="stable")][: max(1, len(candidates) // 50)]:
            groups.live[group] = False
            if not all(groups.live[slots].any() for slots in tensors):
                groups.live[group], must[group] = True, True
            if work.macs() <= target:
                break
        candidates = np.flatnonzero(used & ~must & groups.live)
    if work.macs() > target:
        raise EdgeqError(
            "so many channels cannot be left out",
            f"{work.macs():,} multiply-accumulates stay, {round(target):,} were asked for",
            "give a smaller share to prune",
        )


def _cut(
    graph: Graph,
    nodes: Sequence[Node],
    behaviours: Mapping[int, Channels | None],
    groups: Groups,
    moments: Mapping[int, Moments],
) -> tuple[Graph, Kept]:
    tensors, kept = list(graph.tensors), dict[int, tuple[int, ...]]()
    for axis in groups.computed():
        stays = groups.stays(axis)
        if not stays.all():
            tensors[axis.tensor] = cut_tensor(tensors[axis.tensor], {axis.axis: stays})
            kept[axis.tensor] = tuple(np.flatnonzero(stays).tolist())
    readers = [t for op in graph.ops for t in op.inputs]
    ops = []
    for node in nodes:
        op, channels = graph.ops[node.index], behaviours[node.index]
        x = op.inputs[weight_role(node).x] if channels is not None and channels.sums else -1
        offsets = moments[x].mean if x >= 0 else np.zeros(0)
        made = cut_op(op, node, channels, groups, offsets, tensors)
        ops.append(_in_place(op, made, tensors, readers))
    used = 1 + max(t for op in ops for t in (*op.inputs, *op.outputs))
    tensors = tensors[: max(used, len(graph.tensors))]
    return replace(graph, tensors=tuple(tensors), ops=tuple(ops)), kept


def _in_place(op: Op, made: Op, tensors: list[Tensor], readers: Sequence[int]) -> Op:
    """The operator with its new constants at the indices of those that no other operator reads, so
    that indices mean what they did.
    """
    inputs = list(made.inputs)
    for position, (t, new) in enumerate(zip(op.inputs, made.inputs, strict=False)):
        if t != new and t >= 0 and readers.count(t) == 1:
            tensors[t], inputs[position] = tensors[new], t
    return replace(made, inputs=tuple(inputs))
