"""Branches and loops as plain data: the subgraphs that an operator calls as regions of its own.

A file has WHILE and IF with the numbers of other subgraphs. A model has these subgraphs inside of the
operator, so that a graph says all that it computes. A subgraph that several operators call is in
each of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from edgeq.graph.model import AttributeValue, Graph, Model, Op, Tensor

CALL = "_subgraph_index"
"""How the attributes end by which operators call a subgraph each time that they run."""
ONCE = "init_subgraph_index"
"""The attribute that calls one before the first inference (`edgeq/graph/variables.py`)."""
COND, BODY = "cond_subgraph_index", "body_subgraph_index"
"""The regions of a loop: the outputs of its body are its inputs at the next step."""
THEN, ELSE = "then_subgraph_index", "else_subgraph_index"
"""The branches of an IF."""
MAX_DEPTH = 8
MAX_OPS = 1 << 14  # in all regions together: a subgraph that calls the next one twice doubles it


def with_regions(model: Model) -> Model:
    """The model with called subgraphs as regions, without those that nothing else refers to; as it
    is where subgraphs call each other in a circle, deeper than `MAX_DEPTH`, or so often that there
    would be more than `MAX_OPS` operators.
    """
    nesting = _Nesting(model.graphs)
    try:
        graphs = tuple(nesting.nested(graph, 0) for graph in model.graphs)
    except RecursionError:
        return model
    entered = {0, *(s.graph for s in model.signatures), *_others(model)}
    called = {i for graph in model.graphs for op in graph.ops for _, i in _calls(op)}
    kept = [i for i in range(len(graphs)) if i in entered or i not in called]
    new = {old: position for position, old in enumerate(kept)}
    if len(kept) == len(graphs) and graphs == model.graphs:
        return model
    signatures = tuple(replace(s, graph=new[s.graph]) for s in model.signatures)
    renumbered = tuple(_renumbered(graphs[i], new) for i in kept)
    return replace(model, graphs=renumbered, signatures=signatures)


def without_regions(model: Model) -> Model:
    """The model as a file has it, the inverse of `with_regions`: regions are subgraphs behind the
    others.
    """
    graphs = list(model.graphs)
    done = 0
    while done < len(graphs):
        graphs[done] = _flattened(graphs[done], graphs)
        done += 1
    return replace(model, graphs=tuple(graphs))


def every_tensor(graph: Graph) -> Iterator[Tensor]:
    """The tensors of a graph and of all its branches and loops."""
    yield from graph.tensors
    for op in graph.ops:
        for _, region in op.regions:
            yield from every_tensor(region)


def _flattened(graph: Graph, graphs: list[Graph]) -> Graph:
    ops = list[Op]()
    for op in graph.ops:
        calls: tuple[tuple[str, AttributeValue], ...] = tuple(
            (name, len(graphs) + k) for k, (name, _) in enumerate(op.regions)
        )
        graphs += [region for _, region in op.regions]
        ops.append(replace(op, regions=(), attributes=tuple(sorted((*op.attributes, *calls)))))
    return replace(graph, ops=tuple(ops)) if any(op.regions for op in graph.ops) else graph


@dataclass
class _Nesting:
    """All subgraphs of a file, and how many operators may still go into regions."""

    graphs: Sequence[Graph]
    left: int = MAX_OPS

    def nested(self, graph: Graph, depth: int) -> Graph:
        """The graph with regions. Raises RecursionError where a limit is passed."""
        if not any(_calls(op) for op in graph.ops):
            return graph
        if depth > MAX_DEPTH:
            raise RecursionError
        return replace(graph, ops=tuple(self._with_regions(op, depth) for op in graph.ops))

    def _with_regions(self, op: Op, depth: int) -> Op:
        calls = _calls(op)
        if not calls:
            return op
        self.left -= sum(len(self.graphs[i].ops) for _, i in calls)
        if self.left < 0:
            raise RecursionError
        attributes = tuple(
            (name, value) for name, value in op.attributes if (name, value) not in calls
        )
        regions = tuple((name, self.nested(self.graphs[i], depth + 1)) for name, i in calls)
        return replace(op, attributes=attributes, regions=regions)


def _calls(op: Op) -> list[tuple[str, int]]:
    """The attributes by which an operator calls subgraphs, with their numbers."""
    return [
        (name, value)
        for name, value in op.attributes
        if name.endswith(CALL) and name != ONCE and isinstance(value, int)
    ]


def _others(model: Model) -> set[int]:
    """Subgraphs that operators call in other ways than as regions."""
    return {
        value
        for graph in model.graphs
        for op in graph.ops
        for name, value in op.attributes
        if name in (ONCE, "subgraph") and isinstance(value, int)
    }


def _renumbered(graph: Graph, new: dict[int, int]) -> Graph:
    """The graph with new numbers for the subgraphs that are no regions."""

    def moved(op: Op) -> Op:
        attributes = tuple(
            (name, new[value] if name in (ONCE, "subgraph") and isinstance(value, int) else value)
            for name, value in op.attributes
        )
        regions = tuple((name, _renumbered(region, new)) for name, region in op.regions)
        return replace(op, attributes=attributes, regions=regions)

    return replace(graph, ops=tuple(map(moved, graph.ops)))
