"""Drops a bias that a file states to be absent: TFLM's depthwise convolution reads it all the same,
and crashes. A layer that has no such input computes the same.
"""

from __future__ import annotations

from dataclasses import replace

from edgeq.graph import Graph, Op
from edgeq.ops import operator, supported


def drop_absent_bias(graph: Graph) -> Graph:
    """The graph without inputs of -1 in the last place of layers where that is the bias."""
    ops = tuple(map(_without_absent_bias, graph.ops))
    return graph if ops == graph.ops else replace(graph, ops=ops)


def _without_absent_bias(op: Op) -> Op:
    role = operator(op.kind).weights if op.kind in supported() else None
    absent = role is not None and op.inputs[role.bias :] == (-1,)
    return replace(op, inputs=op.inputs[:-1]) if absent else op
