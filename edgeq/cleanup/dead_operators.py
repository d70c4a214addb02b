"""Dead code elimination: operators whose outputs nothing reads."""

from __future__ import annotations

from dataclasses import replace

from edgeq.cleanup.single import has_effects
from edgeq.graph import Graph, Op


def remove_dead_operators(graph: Graph) -> Graph:
    """The graph without operators that no output depends on; those with effects stay."""
    live, kept = set(graph.outputs), list[Op]()
    for op in reversed(graph.ops):
        if live.intersection(op.outputs) or has_effects(op, graph.tensors):
            live.update(op.inputs)
            kept.append(op)
    return replace(graph, ops=tuple(reversed(kept)))
