"""Places along axes that are left out together or not at all: a union-find over what operators link."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from edgeq.graph import Graph, Tensor
from edgeq.opkit.channels import OUTPUT, Channels, End, Link
from edgeq.opkit.node import Node, Values

Flags = npt.NDArray[np.bool_]


class Axis(NamedTuple):
    """An axis of a computed tensor, its last, or of a constant as one operator reads it.

    reader: the operator's index and the position of its input, None for a computed tensor, whose
    readers all see the same channels.
    """

    tensor: int
    axis: int
    reader: tuple[int, int] | None


class Groups:
    """The groups of all places, and which of them must stay.

    live: of each group's number.
    """

    def __init__(
        self, graph: Graph, nodes: Sequence[Node], behaviours: Mapping[int, Channels | None]
    ) -> None:
        self._graph = graph
        self._starts: dict[Axis, int] = {}
        self._parents: list[int] = []
        links = [
            (self._slots(node, link.a), self._slots(node, link.b))
            for node in nodes
            for link in _links(behaviours[node.index])
        ]
        for a, b in links:
            for i, j in zip(a.tolist(), b.tolist(), strict=True):
                self._parents[self._root(i)] = self._root(j)
        for t in self._computed():
            self._start(Axis(t, len(graph.tensors[t].shape) - 1, None))
        self._roots = np.array([self._root(i) for i in range(len(self._parents))], np.int64)
        self.live: Flags = np.zeros(len(self._roots), bool)
        self._keep_what_must_stay(nodes, behaviours)

    def axis_of(self, node: Node, position: int, axis: int) -> Axis:
        """The axis of a node's tensor. position: of an input, or OUTPUT."""
        op = self._graph.ops[node.index]
        t = op.outputs[0] if position == OUTPUT else op.inputs[position]
        constant = self._graph.tensors[t].constant
        return Axis(t, axis, (node.index, position) if constant else None)

    def channels_of(self, t: int) -> Axis:
        """The channels of a computed tensor with an axis."""
        return Axis(t, len(self._graph.tensors[t].shape) - 1, None)

    def groups_of(self, axis: Axis) -> Values:
        """The group of each place, int64 [places]."""
        start = self._starts[axis]
        return self._roots[start : start + self._graph.tensors[axis.tensor].shape[axis.axis]]

    def stays(self, axis: Axis) -> Flags:
        """Whether each place stays; all do where no operator links any."""
        if axis not in self._starts:
            return np.ones(self._graph.tensors[axis.tensor].shape[axis.axis], bool)
        return self.live[self.groups_of(axis)]

    def computed(self) -> Iterator[Axis]:
        """The channels of all computed tensors that have some."""
        yield from (axis for axis in self._starts if axis.reader is None)

    def _computed(self) -> Iterator[int]:
        graph = self._graph
        ends = {*graph.inputs, *graph.outputs}
        used = {t for op in graph.ops for t in (*op.inputs, *op.outputs)} | ends
        yield from (t for t in sorted(used - {-1}) if _has_channels(graph.tensors[t]))

    def _start(self, axis: Axis) -> int:
        if axis not in self._starts:
            self._starts[axis] = len(self._parents)
            size = self._graph.tensors[axis.tensor].shape[axis.axis]
            self._parents.extend(range(len(self._parents), len(self._parents) + size))
        return self._starts[axis]

    def _slots(self, node: Node, end: End) -> Values:
        slots: Values = self._start(self.axis_of(node, end.position, end.axis)) + end.places
        return slots

    def _root(self, i: int) -> int:
        parents = self._parents
        while parents[i] != i:
            parents[i] = parents[parents[i]]
            i = parents[i]
        return i

    def _keep_what_must_stay(
        self, nodes: Sequence[Node], behaviours: Mapping[int, Channels | None]
    ) -> None:
        graph = self._graph
        for t in (*graph.inputs, *graph.outputs, *graph.states):
            if _has_channels(graph.tensors[t]):
                self.live[self.groups_of(self.channels_of(t))] = True
        for node in nodes:
            named = _named(behaviours[node.index])
            op = graph.ops[node.index]
            ends = [*enumerate(op.inputs), *((OUTPUT, t) for t in op.outputs)]
            for position, t in ends:
                if t >= 0:
                    self._keep_unnamed(node.index, position, t, named.get(position, ()))

    def _keep_unnamed(self, op: int, position: int, t: int, named: Sequence[End]) -> None:
        """Keeps the places of a tensor that no link of one of its operators names."""
        tensor = self._graph.tensors[t]
        constant = tensor.constant and not tensor.variable
        axes = {end.axis for end in named} if constant else {len(tensor.shape) - 1}
        for k in axes if tensor.shape else ():
            axis = Axis(t, k, (op, position) if constant else None)
            free = np.zeros(tensor.shape[k], bool)
            for end in named:
                if end.axis == k:
                    free[end.places] = True
            self.live[self.groups_of(axis)[~free]] = True


def _has_channels(tensor: Tensor) -> bool:
    return bool(tensor.shape) and (tensor.variable or not tensor.constant)


def _links(channels: Channels | None) -> tuple[Link, ...]:
    return () if channels is None else channels.links


def _named(channels: Channels | None) -> dict[int, list[End]]:
    found: dict[int, list[End]] = {}
    for link in _links(channels):
        for end in link:
            found.setdefault(end.position, []).append(end)
    return found
