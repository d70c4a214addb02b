"""Explains differences from an oracle by the known differences of its interpreter.

Each layer is judged separately: it is recomputed from the inputs that the oracle had. Its output
then equals the oracle's, or is within the bound of a known difference (`known_differences`), or is
unexplained.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from edgeq.graph import Graph
from edgeq.opkit.floats import with_one_nan
from edgeq.opkit.node import Node, Values
from edgeq.ops import operator
from edgeq.simulate.interpreter import Interpreter
from edgeq.simulate.known_differences import KnownDifference, find_known_difference


@dataclass(frozen=True)
class Cause:
    """An explained tensor of one sample. reason: the known difference of its layer, or None if only
    its inputs differ.
    """

    tensor: int
    layer: int
    reason: KnownDifference | None


@dataclass(frozen=True)
class ExplainedDifference:
    """A known difference that occurred.

    operator, layers: where.
    bytes: that differ in the outputs of these layers; consequences in later layers are not counted.
    reason: what the interpreter computes otherwise.
    right: whose bytes are right.
    """

    operator: str
    layers: tuple[int, ...]
    bytes: int
    reason: str
    right: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def known_causes(
    graph: Graph,
    nodes: Sequence[Node],
    by: Interpreter,
    inputs: Sequence[Values],
    want: Mapping[int, Values],
    got: Mapping[int, Values],
    moved: set[int],
) -> Iterator[Cause]:
    """The explained tensors among those in which an oracle differs on one sample.

    inputs: of the sample, [*shape] each.
    want, got: tensor -> value by edgeq and by the oracle. A layer with a tensor that the oracle
        does not show is not explained. Oracles show no variables: of a layer with state, edgeq's
        own output counts as what its inputs give, and the oracle's where it had other inputs.
    moved: the variables that hold other values in the oracle since an earlier sample, for a reason
        that is known; more are added.
    """
    had = {**dict(zip(graph.inputs, inputs, strict=True)), **got}
    doubtful: set[int] = set()  # tensors with an unexplained difference
    for node in nodes:
        op = graph.ops[node.index]
        made = [t for t in op.outputs if t not in graph.states]
        states = {t for t in (*op.inputs, *op.outputs) if t in graph.states}
        other = bool(states) and (
            not moved.isdisjoint(states)
            or any(t in want and differing_bytes(want[t], had[t]) for t in op.inputs if t in had)
        )
        if other and doubtful.isdisjoint(op.inputs):
            moved |= states
        outputs = [t for t in made if t in want and t in got]
        readable = len(outputs) == len(made) and all(
            t < 0 or t in had or graph.tensors[t].constant or t in graph.states for t in op.inputs
        )
        if not readable or not any(differing_bytes(want[t], got[t]) for t in outputs):
            continue
        values = _values(graph, node, had)
        if any(t in graph.states for t in op.inputs):
            computed: Sequence[Values] = [(got if other else want)[t][None] for t in made]
        else:
            computed = _computed(node, values)
        for t, expected in zip(made, computed, strict=True):
            if not differing_bytes(want[t], got[t]):
                continue
            own = differing_bytes(expected, got[t]) > 0
            reason = (
                find_known_difference(node, by, values, expected, got[t].reshape(expected.shape))
                if own
                else None
            )
            if doubtful.intersection(op.inputs) or (own and reason is None):
                doubtful.add(t)
            else:
                yield Cause(t, node.index, reason)


def _values(graph: Graph, node: Node, had: Mapping[int, Values]) -> list[Values | None]:
    """A node's inputs as the oracle had them, [1, *shape] each; None for a variable and one left out."""
    tensors, inputs = graph.tensors, graph.ops[node.index].inputs
    return [
        None
        if t < 0 or t in graph.states
        else (tensors[t].array if tensors[t].constant else had[t])[None]
        for t in inputs
    ]


def _computed(node: Node, values: Sequence[Values | None]) -> tuple[Values, ...]:
    """The node's outputs [1, *shape], computed by edgeq."""
    result = operator(node.kind).simulate(node, *values)
    return result if isinstance(result, tuple) else (result,)


def differing_bytes(a: Values, b: Values) -> int:
    """Number of bytes that differ between two arrays of equal size; NaN does not differ from NaN."""
    left, right = (np.ascontiguousarray(with_one_nan(x)).reshape(-1) for x in (a, b))
    if left.dtype == right.dtype and left.dtype.itemsize == 1:
        return int(np.count_nonzero(left != right))
    return int(np.count_nonzero(left.view(np.uint8) != right.astype(left.dtype).view(np.uint8)))


def summarized(
    met: Mapping[KnownDifference, Sequence[tuple[Cause, int]]], nodes: Sequence[Node]
) -> tuple[ExplainedDifference, ...]:
    """One entry per known difference, with the layers and bytes of all its causes."""
    kinds = {node.index: node.kind for node in nodes}
    return tuple(
        ExplainedDifference(
            ", ".join(sorted({kinds[cause.layer] for cause, _ in causes})),
            tuple(sorted({cause.layer for cause, _ in causes})),
            sum(different for _, different in causes),
            entry.reason,
            entry.right,
        )
        for entry, causes in met.items()
    )
