"""Operators as the steps that compute them."""

from __future__ import annotations

from edgeq.graph import Graph
from edgeq.opkit.kernel_call import Branch, Loop, View
from edgeq.opkit.node import Node
from edgeq.ops import operator
from edgeq.plan.control_steps import branch_step, loop_step
from edgeq.plan.program import Step


def make_step(graph: Graph, node: Node) -> Step:
    """The step of an operator of the graph, whose tensors all exist whole."""
    call = operator(node.kind).kernel(node)
    if isinstance(call, Loop):
        return loop_step(graph, node, call, make_step)
    if isinstance(call, Branch):
        return branch_step(graph, node, call, make_step)
    op = graph.ops[node.index]
    positions = (call.input,) if isinstance(call, View) else call.inputs
    states = graph.states
    reads = tuple(
        t
        for t in (op.inputs[p] for p in positions)
        if not (graph.tensors[t].constant or t in states)
    )
    return Step(node, call, reads, tuple(t for t in op.outputs if t not in states))
