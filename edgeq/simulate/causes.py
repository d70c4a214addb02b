"""Which differences from an oracle come from what it is known to compute otherwise.

Each layer is judged by itself: it is computed again from the inputs that the oracle had. Its output then equals the
oracle's, or lies within the bound of a known disagreement (`known`), or is an unexplained difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from edgeq.graph import Graph
from edgeq.opkit.contract import Node, Values
from edgeq.ops import operator
from edgeq.simulate.known import Disagreement, find_known
from edgeq.simulate.oracles import Interpreter


@dataclass(frozen=True)
class Cause:
    """A tensor of one sample that an oracle has otherwise for a known reason: its own, or None: that of its inputs."""

    tensor: int
    layer: int
    reason: Disagreement | None


@dataclass(frozen=True)
class Known:
    """A known disagreement that was met. bytes: those that differ in the layers named; what follows is not counted."""

    operator: str
    layers: tuple[int, ...]
    bytes: int
    reason: str
    right: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def known_causes(graph: Graph, nodes: Sequence[Node], by: Interpreter, inputs: Sequence[Values],
                 want: Mapping[int, Values], got: Mapping[int, Values]) -> Iterator[Cause]:  # fmt: skip
    """The explained tensors among those in which an oracle's sample differs.

    inputs: of the sample, [*shape] each. want, got: what edgeq and the oracle have for the computed tensors; a layer
    with a tensor that the oracle does not show is not explained.
    """
    had = {**dict(zip(graph.inputs, inputs, strict=True)), **got}
    doubtful: set[int] = set()  # tensors that differ for no known reason
    for node in nodes:
        op = graph.ops[node.index]
        outputs = [t for t in op.outputs if t in want and t in got]
        readable = len(outputs) == len(op.outputs) and all(
            t < 0 or t in had or graph.tensors[t].constant for t in op.inputs
        )
        if not readable or not any(differing_bytes(want[t], got[t]) for t in outputs):
            continue
        values = _values(graph, node, had)
        for t, expected in zip(op.outputs, _computed(node, values), strict=True):
            if not differing_bytes(want[t], got[t]):
                continue
            own = differing_bytes(expected, got[t]) > 0
            reason = find_known(node, by, values, expected, got[t].reshape(expected.shape)) if own else None
            if doubtful.intersection(op.inputs) or (own and reason is None):
                doubtful.add(t)
            else:
                yield Cause(t, node.index, reason)


def _values(graph: Graph, node: Node, had: Mapping[int, Values]) -> list[Values | None]:
    """The inputs that the oracle had, [1, *shape] each, None where one is left out."""
    tensors, inputs = graph.tensors, graph.ops[node.index].inputs
    return [None if t < 0 else (tensors[t].array if tensors[t].constant else had[t])[None] for t in inputs]


def _computed(node: Node, values: Sequence[Values | None]) -> tuple[Values, ...]:
    """The node's outputs [1, *shape] by edgeq's arithmetic."""
    result = operator(node.kind).simulate(node, *values)
    return result if isinstance(result, tuple) else (result,)


def differing_bytes(a: Values, b: Values) -> int:
    """How many bytes of two equally large arrays differ."""
    left, right = np.ascontiguousarray(a).reshape(-1), np.ascontiguousarray(b).reshape(-1)
    if left.dtype == right.dtype and left.dtype.itemsize == 1:
        return int(np.count_nonzero(left != right))
    return int(np.count_nonzero(left.view(np.uint8) != right.astype(left.dtype).view(np.uint8)))


def gathered(met: Mapping[Disagreement, Sequence[tuple[Cause, int]]], nodes: Sequence[Node]) -> tuple[Known, ...]:
    """Per disagreement that was met, the causes with their bytes summed up."""
    kinds = {node.index: node.kind for node in nodes}
    return tuple(
        Known(
            ", ".join(sorted({kinds[cause.layer] for cause, _ in causes})),
            tuple(sorted({cause.layer for cause, _ in causes})),
            sum(different for _, different in causes),
            entry.reason,
            entry.right,
        )
        for entry, causes in met.items()
    )
