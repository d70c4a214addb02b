"""Operands of elementwise operators that are the same for every input, such as a residual branch whose
last filters are zeros, become constants; what computed them is then dead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from edgeq.cleanup.dead_operators import remove_dead_operators
from edgeq.dead_channels.bounds import Reach
from edgeq.graph import DTYPES, Graph, Tensor
from edgeq.opkit.node import Node
from edgeq.ops import operator


def constant_operands(graph: Graph, nodes: Sequence[Node], reaches: Mapping[int, Reach]) -> Graph:
    """The graph with a constant of one pixel in place of each such operand beside one of the output's
    shape; itself where there is none.
    """
    tensors, ops, made = list(graph.tensors), list(graph.ops), dict[int, int]()
    for node in nodes:
        op = graph.ops[node.index]
        if not operator(node.kind).elementwise or len(op.outputs) != 1:
            continue
        constant = {t for t in op.inputs if _computed_constant(graph, t, reaches)}
        others = {t for t in op.inputs if t >= 0} - constant
        if not constant or all(tensors[t].shape != node.output.shape for t in others):
            continue
        for t in constant - {*made}:
            made[t] = len(tensors)
            tensors.append(_pixel(tensors[t], reaches[t]))
        inputs = tuple(made[t] if t in constant else t for t in op.inputs)
        ops[node.index] = replace(op, inputs=inputs)
    if not made:
        return graph
    return remove_dead_operators(replace(graph, tensors=tuple(tensors), ops=tuple(ops)))


def _computed_constant(graph: Graph, t: int, reaches: Mapping[int, Reach]) -> bool:
    if t < 0 or graph.tensors[t].constant or t not in reaches:
        return False
    return bool(reaches[t].constant.all())


def _pixel(tensor: Tensor, reach: Reach) -> Tensor:
    shape = (*(1 for _ in tensor.shape[:-1]), tensor.shape[-1])
    buffer = reach.low.astype(DTYPES[tensor.dtype]).tobytes()
    name = f"{tensor.name}/constant"
    return replace(tensor, name=name, shape=shape, shape_signature=None, buffer=buffer)
