"""Variables of operators that keep their state by themselves: the tensors that files lack.

TFLM's framer, for one, has its latest samples in memory that it allocates, and its circular buffer in its
output (`Tensor.kept`). Here they are a variable like any other, so that simulator, planner and generated
code find all state in the same place.
"""

from __future__ import annotations

from dataclasses import replace

from edgeq.errors import EdgeqError
from edgeq.graph import Graph, Tensor
from edgeq.opkit.legal import BEFORE_SHAPES, check_node
from edgeq.ops import operator, resolve, supported


def add_internal_state(graph: Graph) -> Graph:
    """The graph with a variable for each that an operator keeps by itself, behind all other tensors,
    as the operator's last inputs and outputs.

    Operators that have them already stay as they are, and so do those that are to be refused.
    """
    tensors, ops = list(graph.tensors), list(graph.ops)
    for index in range(len(ops)):
        added = _missing(graph, index)
        if added:
            new = tuple(range(len(tensors), len(tensors) + len(added)))
            tensors += added
            op = ops[index]
            ops[index] = replace(op, inputs=(*op.inputs, *new), outputs=(*op.outputs, *new))
    if len(tensors) == len(graph.tensors):
        return graph
    return replace(graph, tensors=tuple(tensors), ops=tuple(ops))


def _missing(graph: Graph, index: int) -> list[Tensor]:
    op = graph.ops[index]
    known = operator(op.kind) if op.kind in supported() else None
    if known is None or known.internal_state is None or len(op.inputs) != min(known.state):
        return []
    try:
        node = resolve(graph, index)
        check_node(BEFORE_SHAPES, node)
        variables = known.internal_state(node)
    except EdgeqError:  # what binding the graph refuses in better words
        return []
    name = f"{node.name}/state"
    start = next((t for t in node.outputs if t.kept), node.input(0))  # at its zero_point
    return [
        Tensor(name, shape, dtype, start.quantization, variable=True, internal=True)
        if dtype == start.dtype
        else Tensor(name, shape, dtype, variable=True, internal=True)
        for shape, dtype in variables
    ]
