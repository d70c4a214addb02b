"""Variables that operators keep by themselves, which files do not have (see
`edgeq/cleanup/internal_state.py`).
"""

from __future__ import annotations

from dataclasses import replace

from edgeq.graph.model import Graph, Tensor

UNUSED = Tensor("", (0,), "int8", buffer=b"")
"""What stands in the place of a tensor that is gone, so that the others keep their numbers."""


def without_internal(graph: Graph) -> Graph:
    """The graph without the variables that operators keep by themselves; the other tensors keep
    their numbers.
    """
    internal = {t for t, tensor in enumerate(graph.tensors) if tensor.internal}
    if not internal:
        return graph
    end = 1 + max(set(range(len(graph.tensors))) - internal, default=-1)
    tensors = tuple(
        UNUSED if t in internal else tensor for t, tensor in enumerate(graph.tensors[:end])
    )
    ops = tuple(
        replace(op, inputs=tuple(t for t in op.inputs if t not in internal)) for op in graph.ops
    )
    return replace(graph, tensors=tensors, ops=ops)
