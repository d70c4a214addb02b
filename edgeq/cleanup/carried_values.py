"""Values that a loop carries for nothing go: what stays the same is read from before the loop, and what
nothing depends on is not carried.
"""

from __future__ import annotations

from dataclasses import replace

from edgeq.cleanup.dead_operators import remove_dead_operators
from edgeq.cleanup.loop import LoopOp, loop_of
from edgeq.cleanup.rewire import reading
from edgeq.graph import Graph, Op


def drop_carried_values(graph: Graph) -> Graph:
    """The graph whose loops carry what an output, or the number of steps, depends on."""
    instead, ops = dict[int, int](), list[Op]()
    outputs = frozenset(graph.outputs)
    for given in graph.ops:
        op = reading(given, instead)
        loop = loop_of(op)
        if loop is not None:
            instead |= {op.outputs[p]: op.inputs[p] for p in loop.passed_on(graph.tensors)}
        ops.append(op)
    read = {*outputs, *(t for op in ops for t in op.inputs)}
    return replace(graph, ops=tuple(_without_dead(op, read) for op in ops))


def _without_dead(op: Op, read: set[int]) -> Op:
    loop = loop_of(op)
    if loop is None:
        return op
    used = [p for p, t in enumerate(op.outputs) if t in read]
    dead = set(range(len(op.inputs))) - loop.live(used)
    if not used or not dead:
        return op
    return _pruned(loop.without(dead)).op


def _pruned(loop: LoopOp) -> LoopOp:
    """The loop without operators that nothing reads any more: they may read what is not carried now."""
    body, cond = remove_dead_operators(loop.body), remove_dead_operators(loop.cond)
    return replace(loop, body=body, cond=cond).settled()
