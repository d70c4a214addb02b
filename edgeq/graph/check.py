"""Checks a model against `tensor_rules` and `graph_rules`; the reader and the writer do so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from edgeq.errors import ModelError
from edgeq.graph.graph_rules import (
    GRAPH_RULES,
    MODEL_RULES,
    OP_RULES,
    SIGNATURE_RULES,
    Entry,
    Step,
)
from edgeq.graph.model import Graph, Model
from edgeq.graph.rule import Rule, brief
from edgeq.graph.tensor_rules import (
    CODEBOOK_RULES,
    QUANTIZATION_RULES,
    TENSOR_RULES,
    Coded,
    Quantized,
)

T = TypeVar("T")


def check_model(model: Model) -> None:
    """Raises ModelError for a model that breaks a rule, or in which a tensor is written
    twice or read before it is written.

    The error names the subgraph, the operator or tensor, the value and what is expected.
    """
    _apply(MODEL_RULES, model, "the model")
    for number, graph in enumerate(model.graphs):
        _check_graph(graph, len(model.graphs), f"subgraph {number} {brief(graph.name)}")
    ends = [(frozenset(graph.inputs), frozenset(graph.outputs)) for graph in model.graphs]
    for signature in model.signatures:
        _apply(
            SIGNATURE_RULES,
            Entry(signature, *ends[signature.graph]),
            f"signature {brief(signature.key)}",
        )


def _check_graph(graph: Graph, graphs: int, place: str) -> None:
    for index, tensor in enumerate(graph.tensors):
        where = f"{place}, {_tensor(graph, index)}"
        _apply(TENSOR_RULES, tensor, where)
        if tensor.quantization is not None:
            _apply(QUANTIZATION_RULES, Quantized(tensor, tensor.quantization), where)
        if tensor.codebook is not None:
            _apply(CODEBOOK_RULES, Coded(tensor, tensor.codebook), where)
    _apply(GRAPH_RULES, graph, place)
    for number, op in enumerate(graph.ops):
        _apply(
            OP_RULES, Step(op, len(graph.tensors), graphs), f"{place}, operator {number} {op.kind}"
        )
    _check_order(graph, place)


def _check_order(graph: Graph, place: str) -> None:
    """Checks that every tensor is written once, before it is read: operators run in the order of
    the file.
    """
    held = (
        index for index, tensor in enumerate(graph.tensors) if tensor.constant or tensor.variable
    )
    ready = {-1, *graph.inputs, *held}
    for number, op in enumerate(graph.ops):
        where = f"{place}, operator {number} {op.kind}"
        if (
            op.kind != "CUSTOM"
        ):  # custom operators may have scratch memory as an input, as Vela's Ethos-U operator does
            _require_ready(graph, op.inputs, ready, where, "input")
        for index in op.outputs:
            if index in ready and not graph.tensors[index].variable:
                got = f"the output {_tensor(graph, index)}, which has its value already"
                raise _illegal(where, got, "an output that nothing else writes")
            ready.add(index)
    _require_ready(graph, graph.outputs, ready, place, "output")


def _require_ready(
    graph: Graph, indices: Iterable[int], ready: set[int], where: str, end: str
) -> None:
    for index in indices:
        if index not in ready:
            got = f"the {end} {_tensor(graph, index)}, which nothing writes before"
            raise _illegal(where, got, "a graph input, a constant, a variable or an earlier output")


def _tensor(graph: Graph, index: int) -> str:
    return f"tensor {index} {brief(graph.tensors[index].name)}"


def _apply(rules: Iterable[Rule[T]], thing: T, where: str) -> None:
    for rule in rules:
        if not rule.holds(thing):
            raise _illegal(where, rule.got(thing), rule.expected(thing))


def _illegal(where: str, got: str, expected: str) -> ModelError:
    return ModelError(
        f"{where} has {got}",
        f"expected {expected}",
        "convert the model again or mend what changed it",
    )
