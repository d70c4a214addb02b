"""Removal of tensors that a model does not use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from edgeq.graph.model import Graph, Model, Signature


def without_unused(model: Model) -> Model:
    """The model with only the tensors that are used, renumbered."""
    return compacted(model, tuple(used_tensors(graph) for graph in model.graphs))


def used_tensors(graph: Graph) -> tuple[int, ...]:
    """The tensors that are inputs, outputs, or belong to an operator, in ascending order."""
    of_ops = (i for op in graph.ops for i in (*op.inputs, *op.outputs, *op.intermediates))
    return tuple(sorted({*graph.inputs, *graph.outputs, *of_ops} - {-1}))


def compacted(model: Model, kept: tuple[tuple[int, ...], ...]) -> Model:
    """The model with only the tensors `kept` of each graph, which become 0, 1, ... in that order.

    Every tensor that is used must be kept.
    """
    numbers = [{old: new for new, old in enumerate(one)} | {-1: -1} for one in kept]
    graphs = (
        _compacted(graph, one, new)
        for graph, one, new in zip(model.graphs, kept, numbers, strict=True)
    )
    signatures = tuple(_signature(s, numbers[s.graph]) for s in model.signatures)
    return replace(model, graphs=tuple(graphs), signatures=signatures)


def _without_unused(graph: Graph) -> Graph:
    kept = used_tensors(graph)
    return _compacted(graph, kept, {old: new for new, old in enumerate(kept)} | {-1: -1})


def _compacted(graph: Graph, kept: tuple[int, ...], new: Mapping[int, int]) -> Graph:
    def renumbered(indices: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(new[i] for i in indices)

    ops = tuple(
        replace(
            op,
            inputs=renumbered(op.inputs),
            outputs=renumbered(op.outputs),
            intermediates=renumbered(op.intermediates),
            regions=tuple((name, _without_unused(region)) for name, region in op.regions),
        )
        for op in graph.ops
    )
    return replace(
        graph,
        tensors=tuple(graph.tensors[i] for i in kept),
        ops=ops,
        inputs=renumbered(graph.inputs),
        outputs=renumbered(graph.outputs),
    )


def _signature(signature: Signature, new: Mapping[int, int]) -> Signature:
    inputs, outputs = (
        tuple((n, new[i]) for n, i in side) for side in (signature.inputs, signature.outputs)
    )
    return replace(signature, inputs=inputs, outputs=outputs)
