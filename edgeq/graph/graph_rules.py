"""The rules of a valid operator, graph, model and signature, as tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from edgeq.graph.model import Graph, Model, Op, Signature
from edgeq.graph.rule import Rule, brief, is_float32

CODEBOOK_ENTRIES = ("COMPRESSION_METADATA", "edgeq.codebooks")
"""Metadata of a file's codebooks, in TFLM's format and in edgeq's own; models have `Tensor.codebook`.
"""


@dataclass(frozen=True)
class Step:
    op: Op
    tensors: int  # of the operator's graph
    graphs: int  # of the model


@dataclass(frozen=True)
class Entry:
    signature: Signature
    inputs: frozenset[int]  # of the graph that the signature enters
    outputs: frozenset[int]


def _within(indices: tuple[int, ...], count: int, lowest: int = 0) -> bool:
    return all(lowest <= index < count for index in indices)


def _names(op: Op) -> list[str]:
    return [name for name, _ in op.attributes]


def _floats(op: Op) -> Iterator[float]:
    for _, value in op.attributes:
        yield from (
            item
            for item in (value if isinstance(value, tuple) else (value,))
            if isinstance(item, float)
        )


def called_graphs(op: Op) -> tuple[int, ...]:
    """The subgraphs that an operator calls, as branches, loops and initializers do."""
    return tuple(
        value
        for name, value in op.attributes
        if name.endswith(("subgraph", "subgraph_index")) and isinstance(value, int)
    )


OP_RULES: tuple[Rule[Step], ...] = (
    Rule(
        lambda s: (
            _within(s.op.inputs, s.tensors, -1) and _within(s.op.intermediates, s.tensors, -1)
        ),
        lambda s: (
            f"the inputs {brief(s.op.inputs)} and the intermediates {brief(s.op.intermediates)}"
        ),
        lambda s: f"tensors 0 to {s.tensors - 1}, or -1 for none",
    ),
    Rule(
        lambda s: _within(s.op.outputs, s.tensors),
        lambda s: f"the outputs {brief(s.op.outputs)}",
        lambda s: f"tensors 0 to {s.tensors - 1}",
    ),
    Rule(
        lambda s: _names(s.op) == sorted(set(_names(s.op))),
        lambda s: f"the attributes {brief(_names(s.op))}",
        lambda _: "each once, sorted by name",
    ),
    Rule(
        lambda s: all(map(is_float32, _floats(s.op))),
        lambda s: f"the attributes {brief(s.op.attributes)}",
        lambda _: "finite float32 values",
    ),
    Rule(
        lambda s: _within(called_graphs(s.op), s.graphs),
        lambda s: f"the subgraphs {brief(called_graphs(s.op))} to call",
        lambda s: f"subgraphs 0 to {s.graphs - 1}",
    ),
)

GRAPH_RULES: tuple[Rule[Graph], ...] = (
    Rule(
        lambda g: _within((*g.inputs, *g.outputs), len(g.tensors)),
        lambda g: f"the inputs {brief(g.inputs)} and the outputs {brief(g.outputs)}",
        lambda g: f"tensors 0 to {len(g.tensors) - 1}",
    ),
    Rule(
        lambda g: (
            len(set(g.inputs)) == len(g.inputs)
            and not any(g.tensors[index].constant for index in g.inputs)
        ),
        lambda g: f"the inputs {brief(g.inputs)}",
        lambda _: "each once, and none with a buffer",
    ),
)

MODEL_RULES: tuple[Rule[Model], ...] = (
    Rule(lambda m: m.version == 3, lambda m: f"schema version {m.version}", lambda _: "3"),
    Rule(lambda m: len(m.graphs) > 0, lambda _: "no subgraph", lambda _: "one or more"),
    Rule(
        lambda m: all(0 <= signature.graph < len(m.graphs) for signature in m.signatures),
        lambda m: (
            f"signatures of the subgraphs {brief([signature.graph for signature in m.signatures])}"
        ),
        lambda m: f"subgraphs 0 to {len(m.graphs) - 1}",
    ),
    Rule(
        lambda m: not {name for name, _ in m.metadata} & set(CODEBOOK_ENTRIES),
        lambda _: f"metadata called {' or '.join(CODEBOOK_ENTRIES)}",
        lambda _: "codebooks in its tensors",
    ),
)

SIGNATURE_RULES: tuple[Rule[Entry], ...] = (
    Rule(
        lambda e: e.inputs.issuperset(index for _, index in e.signature.inputs),
        lambda e: f"the inputs {brief(e.signature.inputs)}",
        lambda e: f"inputs of its subgraph, {brief(sorted(e.inputs))}",
    ),
    Rule(
        lambda e: e.outputs.issuperset(index for _, index in e.signature.outputs),
        lambda e: f"the outputs {brief(e.signature.outputs)}",
        lambda e: f"outputs of its subgraph, {brief(sorted(e.outputs))}",
    ),
)
