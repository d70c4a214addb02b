"""Simulating an integer model again after a change, reusing all activations that the change does
not affect.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from edgeq.data import Samples, dequantize, quantized_inputs
from edgeq.graph import Graph, Model
from edgeq.opkit.node import Node, Values
from edgeq.ops import bind, operator
from edgeq.quantize.quantization_state import Reals
from edgeq.simulate.execute import chunk_samples, execute_chunk, initial_state


@dataclass(frozen=True, eq=False)
class Run:
    """The values of all tensors of an integer model on some samples."""

    graph: Graph
    nodes: tuple[Node, ...]
    values: Mapping[int, Values]  # tensor -> [samples, *shape]

    def outputs(self) -> list[Reals]:
        """The model's outputs [samples, *shape], dequantized."""
        return self.real(self.graph.outputs)

    def real(self, tensors: Sequence[int]) -> list[Reals]:
        """Some tensors [samples, *shape], dequantized."""
        return [dequantize(self.values[t], self.graph.tensors[t]) for t in tensors]


def run(model: Model, samples: Samples, before: Run | None = None) -> Run:
    """Computes every tensor of an integer model on the samples.

    before: an earlier run on the same samples. A tensor's values are reused if its index, its
        quantization and everything that it is computed from are unchanged; none of a model with
        state, whose samples are the steps of one sequence.
    """
    graph = model.main
    nodes = bind(graph)
    known: dict[int, Values] = {}
    inputs = quantized_inputs(graph, samples.inputs)
    if graph.states:
        kept = [*graph.inputs, *(t for op in graph.ops for t in op.outputs)]
        return Run(graph, nodes, execute_chunk(graph, nodes, inputs, kept, initial_state(graph)))
    for t, x in zip(graph.inputs, inputs, strict=True):
        unchanged = (
            before is not None
            and t < len(before.graph.tensors)
            and before.graph.tensors[t] == graph.tensors[t]
        )
        known[t] = before.values[t] if before is not None and unchanged else x
    fresh = [k for k, node in enumerate(nodes) if not _kept(graph, node, known, before)]
    _compute(graph, [nodes[k] for k in fresh], known, samples.count)
    return Run(graph, nodes, known)


def _kept(graph: Graph, node: Node, known: dict[int, Values], before: Run | None) -> bool:
    """Whether an operator's outputs are those of the earlier run; if so they are copied to `known`."""
    op = graph.ops[node.index]
    if before is None or node.index >= len(before.nodes) or before.nodes[node.index] != node:
        return False
    old = before.graph.ops[node.index]
    pairs = [
        (a, b)
        for a, b in zip(op.inputs, old.inputs, strict=True)
        if a >= 0 and not graph.tensors[a].constant
    ]
    if any(a not in known or known[a] is not before.values.get(b) for a, b in pairs):
        return False
    known.update({a: before.values[b] for a, b in zip(op.outputs, old.outputs, strict=True)})
    return True


def _compute(graph: Graph, nodes: Sequence[Node], known: dict[int, Values], samples: int) -> None:
    """Computes operators, a chunk of samples at a time, and adds their outputs to `known`."""
    for node in nodes:
        for t, tensor in zip(graph.ops[node.index].outputs, node.outputs, strict=True):
            known[t] = np.empty((samples, *tensor.shape), tensor.dtype)
    constants = {t: tensor.array[None] for t, tensor in enumerate(graph.tensors) if tensor.constant}
    size = chunk_samples(graph)
    for start in range(0, samples, size):
        part = slice(start, start + size)
        for node in nodes:
            op = graph.ops[node.index]
            given = [
                None if t < 0 else constants[t] if t in constants else known[t][part]
                for t in op.inputs
            ]
            result = operator(node.kind).simulate(node, *given)
            for t, value in zip(
                op.outputs, result if isinstance(result, tuple) else (result,), strict=True
            ):
                known[t][part] = value
