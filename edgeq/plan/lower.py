"""From a graph to the calls that the firmware makes: operators bound, constants folded, kernels chosen, in order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edgeq.graph import Graph, Tensor
from edgeq.opkit.contract import Node, View, unsupported
from edgeq.opkit.input_front import find_fronts, without_fronts
from edgeq.ops import bind, operator
from edgeq.plan.chains import chain_steps
from edgeq.plan.joint import improve_jointly
from edgeq.plan.order import order_steps
from edgeq.plan.program import Program, Step


def lower(graph: Graph) -> Program:
    """Checks and lowers a graph; its steps run in the order of the file, or in one that needs less memory, and row by
    row where that pays. Affine operators at its real inputs are no steps: see `Program.fronts`.

    Raises what `bind` raises, and UnsupportedError for state kept between inferences.
    """
    fronts = find_fronts(graph)
    if not fronts:
        return chain_steps(lower_whole(graph))
    bind(graph)
    return replace(chain_steps(lower_whole(without_fronts(graph, fronts))), fronts=fronts)


def lower_whole(graph: Graph) -> Program:
    """A checked graph as a program whose steps all compute whole tensors, in the order that needs the least memory."""
    folded, nodes = fold_constants(graph)
    for node in nodes:
        _refuse_state(folded, node)
    return improve_jointly(order_steps(Program(folded, tuple(_step(folded, node) for node in nodes))))


def _refuse_state(graph: Graph, node: Node) -> None:
    for t in set(graph.ops[node.index].inputs) - {-1, *graph.inputs}:
        if graph.tensors[t].variable:
            raise unsupported(node, f'it keeps "{graph.tensors[t].name}" from one inference to the next')


def fold_constants(graph: Graph) -> tuple[Graph, tuple[Node, ...]]:
    """The graph with every operator of constant inputs computed, and the nodes that are left, bound."""
    while True:
        nodes = bind(graph)
        tensors, ready = list(graph.tensors), set()
        for node in nodes:
            if node.inputs and all(t is None or t.constant for t in node.inputs):
                ready.add(node.index)
                _fold(graph, node, tensors)
        if not ready:
            return graph, nodes
        kept = tuple(op for i, op in enumerate(graph.ops) if i not in ready)
        graph = replace(graph, tensors=tuple(tensors), ops=kept)


def _fold(graph: Graph, node: Node, tensors: list[Tensor]) -> None:
    values = [None if t is None else t.array[None] for t in node.inputs]
    results = operator(node.kind).simulate(node, *values)
    results = results if isinstance(results, tuple) else (results,)
    for index, tensor, value in zip(graph.ops[node.index].outputs, node.outputs, results, strict=True):
        tensors[index] = replace(tensor, buffer=np.ascontiguousarray(value[0]).tobytes())


def _step(graph: Graph, node: Node) -> Step:
    call = operator(node.kind).kernel(node)
    op = graph.ops[node.index]
    positions = (call.input,) if isinstance(call, View) else call.inputs
    reads = tuple(op.inputs[p] for p in positions if not graph.tensors[op.inputs[p]].constant)
    return Step(node, call, reads, op.outputs)
