"""Variables that operators keep by themselves, which files do not have (see
`edgeq/cleanup/internal_state.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from edgeq.graph.model import Graph, Op, Tensor

UNUSED = Tensor("", (0,), "int8", buffer=b"")
"""What stands in the place of a tensor that is gone, so that the others keep their numbers."""


def with_results(tensors: Sequence[Tensor], ops: Sequence[Op]) -> Iterator[Tensor]:
    """The tensors of a file's graph, where a variable that a custom operator gives before any other reads
    it is a result, `Tensor.kept`: nothing but that operator can know what it held before.
    """
    read, results = set[int](), set[int]()
    for op in ops:
        read.update(op.inputs)
        results.update(set(op.outputs) - read if op.custom_code else ())
    for t, tensor in enumerate(tensors):
        kept = tensor.variable and t in results
        yield replace(tensor, variable=False, kept=True) if kept else tensor


def without_internal(graph: Graph) -> Graph:
    """The graph without the variables that operators keep by themselves, and with `Tensor.kept` results
    as the variables that files have in their place; the other tensors keep their numbers.
    """
    internal = {t for t, tensor in enumerate(graph.tensors) if tensor.internal}
    if not internal and not any(tensor.kept for tensor in graph.tensors):
        return graph
    end = 1 + max(set(range(len(graph.tensors))) - internal, default=-1)
    tensors = tuple(
        UNUSED if t in internal else _stored(tensor) for t, tensor in enumerate(graph.tensors[:end])
    )
    ops = tuple(
        replace(op, inputs=tuple(t for t in op.inputs if t not in internal)) for op in graph.ops
    )
    return replace(graph, tensors=tensors, ops=ops)


def _stored(tensor: Tensor) -> Tensor:
    return replace(tensor, variable=True, kept=False) if tensor.kept else tensor
