"""A model whose operators are replaced one by one, in branches and loops too."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from edgeq.graph import Graph, Model, Op, Tensor
from edgeq.quantize.quantization_state import replace_main

Rule = Callable[[list[Tensor], Op], Iterable[Op]]
"""The operators in place of one, itself where it stays; its graph's tensors get those between."""


def rewritten(model: Model, rule: Rule) -> Model:
    """The model with what a rule gives in place of each operator of the main graph and of all
    regions. Tensors keep their indices.
    """
    return replace_main(model, _of_graph(model.main, rule))


def _of_graph(graph: Graph, rule: Rule) -> Graph:
    tensors, ops = list(graph.tensors), list[Op]()
    for op in graph.ops:
        regions = tuple((name, _of_graph(region, rule)) for name, region in op.regions)
        ops += rule(tensors, replace(op, regions=regions))
    return replace(graph, tensors=tuple(tensors), ops=tuple(ops))
