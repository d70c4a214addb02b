"""When TFLM's memory planner counts each tensor and each scratch buffer as live
(micro_allocation_info.cc).

Time is counted in scopes: one for each operator and one for each call of a subgraph, in the order in
which they run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from edgeq.graph import Graph, Op, Tensor
from edgeq.graph.regions import BODY, COND, ELSE, ONCE, THEN
from edgeq.graph.variables import RESOURCE

ALIGNMENT = 16  # MicroArenaBufferAlignment()

CALLED: Mapping[str, tuple[str, ...]] = {
    "IF": (THEN, ELSE),
    "CALL_ONCE": (ONCE,),
    "WHILE": (COND, BODY),
}
"""The attributes of operators that number the subgraphs they call, in TFLM's order."""


@dataclass(frozen=True)
class Lifetime:
    """A buffer of `size` bytes that is live from step `first` to step `last`, both included."""

    size: int
    first: int
    last: int

    def meets(self, other: Lifetime) -> bool:
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True)
class Scratch:
    """A scratch buffer that operator `op` of subgraph `graph` asked for."""

    graph: int
    op: int
    nbytes: int


@dataclass
class _Scopes:
    """The first and last scope of each buffer so far."""

    graphs: Sequence[Graph]
    scratch: Sequence[Scratch]
    scope: int = 0
    first: dict[object, int] = field(default_factory=dict)
    last: dict[object, int] = field(default_factory=dict)

    def enter(self, graph: int) -> None:
        """A subgraph from its inputs to its outputs."""
        g = self.graphs[graph]
        self._touch([(graph, t) for t in g.inputs])
        for number, op in enumerate(g.ops):
            self.scope += 1
            self._operator(graph, number, op)
        self._touch([(graph, t) for t in g.outputs])

    def _operator(self, graph: int, number: int, op: Op) -> None:
        start, attributes = self.scope, dict(op.attributes)
        for t in op.outputs:
            self.first.setdefault((graph, t), start)
        for name in CALLED.get(op.kind, ()):
            self.scope += 1
            self.enter(int(str(attributes[name])))
        for t in (*op.inputs, *op.outputs):
            self.last[graph, t] = self.scope
        for buffer, asked in enumerate(self.scratch):
            if (asked.graph, asked.op) == (graph, number):
                self.first.setdefault(buffer, start)
                self.last[buffer] = self.scope

    def _touch(self, tensors: Sequence[object]) -> None:
        for tensor in tensors:
            self.first.setdefault(tensor, self.scope)
            self.last[tensor] = self.scope

    def lifetime(self, buffer: object, nbytes: int) -> Lifetime:
        size = -(-nbytes // ALIGNMENT) * ALIGNMENT
        return Lifetime(size, self.first.get(buffer, -1), self.last.get(buffer, -1))


def planned_buffers(graphs: Sequence[Graph], scratch: Sequence[Scratch]) -> list[Lifetime]:
    """What the planner places: the computed tensors of all subgraphs, the main one first, then the
    scratch buffers.
    """
    scopes = _Scopes(graphs, scratch)
    scopes.enter(0)
    tensors = (
        scopes.lifetime((number, t), tensor.nbytes)
        for number, graph in enumerate(graphs)
        for t, tensor in enumerate(graph.tensors)
        if _is_planned(tensor)
    )
    buffers = (scopes.lifetime(number, asked.nbytes) for number, asked in enumerate(scratch))
    return [*tensors, *buffers]


def _is_planned(tensor: Tensor) -> bool:
    """Whether the tensor has no memory yet: it is no constant, variable or handle, and not empty."""
    known = tensor.buffer or tensor.variable or tensor.dtype == RESOURCE
    return not known and bool(tensor.nbytes)
