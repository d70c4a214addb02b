"""RESHAPE of a tensor that was reshaped before reads that tensor's source, or goes where it gives the
source's own shape.
"""

from __future__ import annotations

from dataclasses import replace

from edgeq.cleanup.rewire import read_once, reading, same_type
from edgeq.graph import Graph, Op

VIEWS = ("RESHAPE", "SQUEEZE", "EXPAND_DIMS")
"""Operators that give the elements of their first input another shape."""


def cancel_reshape_pairs(graph: Graph) -> Graph:
    """The graph with pairs of views merged; the first of each is left to `remove_dead_operators`."""
    once, outputs = read_once(graph), frozenset(graph.outputs)
    source, instead, ops = dict[int, int](), dict[int, int](), list[Op]()
    for given in graph.ops:
        op = reading(given, instead)
        if op.kind not in VIEWS or len(op.outputs) != 1 or not op.inputs or op.inputs[0] < 0:
            ops.append(op)
            continue
        x, y = op.inputs[0], op.outputs[0]
        before = source.get(x, x)
        whole = before != x and same_type(graph.tensors[before], graph.tensors[y])
        if whole and y not in outputs:
            instead[y] = before
            continue
        if before != x and x in once and op.kind == "RESHAPE":
            op = replace(op, inputs=(before, *op.inputs[1:]))
        source[y] = op.inputs[0]
        ops.append(op)
    return replace(graph, ops=tuple(ops))
