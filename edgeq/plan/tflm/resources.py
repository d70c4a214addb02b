"""Resource variables of a stored model as TFLM allocates them (micro_resource_variable.cc)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from edgeq.graph import Graph, Op
from edgeq.graph.variables import ASSIGN, HANDLE


def resource_variables(graphs: Sequence[Graph]) -> int:
    """How many resource variables there are."""
    return len({_name(op) for graph in graphs for op in graph.ops if op.kind == HANDLE})


def variable_bytes(graphs: Sequence[Graph]) -> Mapping[tuple[int, int], int]:
    """(subgraph, operator) -> bytes of the variable that TFLM allocates as it prepares the operator:
    the first one that assigns it, the main graph's operators first.
    """
    found, allocated = dict[tuple[int, int], int](), set[object]()
    for place, graph in enumerate(graphs):
        names = {op.outputs[0]: _name(op) for op in graph.ops if op.kind == HANDLE}
        for number, op in enumerate(graph.ops):
            if op.kind == ASSIGN and names.get(op.inputs[0]) not in allocated:
                allocated.add(names.get(op.inputs[0]))
                found[place, number] = graph.tensors[op.inputs[1]].nbytes
    return found


def _name(op: Op) -> tuple[object, object]:
    attributes = dict(op.attributes)
    return attributes.get("container"), attributes.get("shared_name")
