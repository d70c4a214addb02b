"""One operator with its tensors, as the rules that look at a single operator take it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

from edgeq.graph import DTYPES, Graph, Op, Tensor
from edgeq.graph.graph_rules import called_graphs
from edgeq.graph.tensor_rules import OPAQUE
from edgeq.opkit.node import Values

Tensors: TypeAlias = Sequence[Tensor] | Mapping[int, Tensor]
"""Tensors by their indices: all of a graph, or at least those of the operators looked at."""

Constants: TypeAlias = tuple[Values, ...]
"""The values of an operator's outputs, each in its shape and type."""


def has_effects(op: Op, tensors: Tensors) -> bool:
    """Whether the operator may do more than compute its outputs: keep state, or call a graph that
    may.
    """
    touched = [tensors[t] for t in (*op.inputs, *op.outputs, *op.intermediates) if t >= 0]
    return (
        op.kind == "CUSTOM"
        or not op.outputs
        or bool(called_graphs(op))
        or any(t.variable or t.dtype in OPAQUE for t in touched)
        or any(
            has_effects(inner, region.tensors) for _, region in op.regions for inner in region.ops
        )
    )


@dataclass(frozen=True)
class Single:
    """An operator and its tensors."""

    op: Op
    tensors: Tensors

    @cached_property
    def inputs(self) -> tuple[Tensor | None, ...]:
        return tuple(self.tensors[t] if t >= 0 else None for t in self.op.inputs)

    @cached_property
    def outputs(self) -> tuple[Tensor, ...]:
        return tuple(self.tensors[t] for t in self.op.outputs)

    @property
    def foldable(self) -> bool:
        """Whether constants could stand for the operator's outputs."""
        effects = has_effects(self.op, self.tensors)
        return not effects and all(t.dtype in DTYPES for t in self.outputs)

    @property
    def constant(self) -> bool:
        """Whether every input is constant, and there is one."""
        given = [t for t in self.inputs if t is not None]
        return bool(given) and all(t.constant for t in given)

    @property
    def graph(self) -> Graph:
        """A graph of the operator alone, without graph inputs and outputs."""
        op = self.op
        used = list(dict.fromkeys(t for t in (*op.inputs, *op.outputs) if t >= 0))
        new = {old: position for position, old in enumerate(used)} | {-1: -1}
        alone = replace(
            op,
            inputs=tuple(new[t] for t in op.inputs),
            outputs=tuple(new[t] for t in op.outputs),
            intermediates=(),
        )
        return Graph(tuple(self.tensors[t] for t in used), (alone,), (), ())
