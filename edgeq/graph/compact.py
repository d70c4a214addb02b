"""Dropping what a graph no longer uses."""

from __future__ import annotations

from dataclasses import replace

from edgeq.graph.model import Model, Signature


def without_unused(model: Model) -> Model:
    """The model with only those tensors that its one graph names somewhere, numbered anew."""
    graph = model.main
    ends = [*graph.inputs, *graph.outputs]
    used = sorted({*ends, *(i for op in graph.ops for i in (*op.inputs, *op.outputs, *op.intermediates))} - {-1})
    new = {old: position for position, old in enumerate(used)} | {-1: -1}

    def renumbered(indices: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(new[i] for i in indices)

    ops = tuple(
        replace(op, inputs=renumbered(op.inputs), outputs=renumbered(op.outputs),
                intermediates=renumbered(op.intermediates)) for op in graph.ops
    )  # fmt: skip
    compact = replace(graph, tensors=tuple(graph.tensors[i] for i in used), ops=ops,
                      inputs=renumbered(graph.inputs), outputs=renumbered(graph.outputs))  # fmt: skip
    signatures = tuple(_signature(s, new) for s in model.signatures)
    return replace(model, graphs=(compact,), signatures=signatures)


def _signature(signature: Signature, new: dict[int, int]) -> Signature:
    inputs, outputs = (tuple((n, new[i]) for n, i in side) for side in (signature.inputs, signature.outputs))
    return replace(signature, inputs=inputs, outputs=outputs)
