"""Values that share one scale though they may differ in size: features of an input, parts that are joined, addends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from edgeq.graph import Graph
from edgeq.quantize.groups import fixed_output
from edgeq.quantize.state import is_activation

JOINS = frozenset({"CONCATENATION", "PACK"})
SUMS = frozenset({"ADD", "SUB"})
FEW = 16
"""Most sizes of an axis before a last one of 1 that are taken for features, and not for the columns of an image."""
MOST = 4096  # features that are told apart


@dataclass(frozen=True)
class Part:
    """A float tensor whose values get the scale of the tensor `whole`, once or feature by feature.

    sort: "input" or "output" for features, "joined" or "addend" for parts. axis: that tells features apart, of the
    values without a batch; None for one part.
    """

    sort: str
    values: int
    whole: int
    axis: int | None = None


def parts(graph: Graph) -> tuple[Part, ...]:
    """All parts of a float graph, in the order of its inputs and operators; outputs that are joined by their parts."""
    return (*_features(graph, "input", graph.inputs), *_joined(graph), *_features(graph, "output", _free(graph)))


def _joined(graph: Graph) -> Iterator[Part]:
    for op in graph.ops:
        sort = "joined" if op.kind in JOINS else "addend" if op.kind in SUMS else ""
        sources = [t for t in dict.fromkeys(op.inputs) if t >= 0 and is_activation(graph.tensors[t])]
        if sort and len(sources) > 1:
            yield from (Part(sort, t, op.outputs[0]) for t in sources)


def _free(graph: Graph) -> tuple[int, ...]:
    """The outputs whose scale nothing prescribes, and that are not made of parts."""
    joined = {op.outputs[0] for op in graph.ops if op.kind in JOINS}
    return tuple(t for t in graph.outputs if t not in joined and fixed_output(graph, t, "int8") is None)


def _features(graph: Graph, sort: str, tensors: tuple[int, ...]) -> Iterator[Part]:
    for t in tensors:
        axis = _feature_axis(graph.tensors[t].shape)
        if axis is not None and is_activation(graph.tensors[t]):
            yield Part(sort, t, t, axis)


def _feature_axis(shape: tuple[int, ...]) -> int | None:
    """The last axis; the one before it where that has size 1 and this is too short for an image's."""
    axis = len(shape) - 1
    if axis > 1 and shape[axis] == 1 and shape[axis - 1] <= FEW:
        axis -= 1
    return axis if axis > 0 and 1 < shape[axis] <= MOST and 0 not in shape else None
