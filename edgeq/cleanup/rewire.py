"""Who makes and reads the tensors of a graph, and operators that read others instead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from edgeq.graph import Graph, Op, Tensor


def same_type(a: Tensor, b: Tensor) -> bool:
    """Whether equal bytes mean equal values in both: type, shape and quantization are the same."""
    return (a.shape, a.dtype, a.quantization) == (b.shape, b.dtype, b.quantization)


def read_once(graph: Graph) -> frozenset[int]:
    """The tensors that one operator reads, once, and that are no output of the graph."""
    reads = Counter(t for op in graph.ops for t in op.inputs)
    return frozenset(t for t, count in reads.items() if count == 1) - {*graph.outputs}


def reading(op: Op, instead: Mapping[int, int]) -> Op:
    """The operator with other inputs. instead: tensor -> what is read in its place."""
    if not any(t in instead for t in op.inputs):
        return op
    return replace(op, inputs=tuple(instead.get(t, t) for t in op.inputs))
