"""IF: one of two branches, chosen by a bool (TFLM if.cc)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.graph.regions import ELSE, THEN
from edgeq.opkit.kernel_call import Branch
from edgeq.opkit.node import Node, Shape, Values, unsupported


@dataclass(frozen=True)
class Attributes:
    pass


TYPES = dict[tuple[str, ...], tuple[str, ...]]()
OPTIONS = "IfOptions"
NEWEST_VERSION = 1


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The shapes of the branches' outputs. Raises UnsupportedError unless the first input is one
    bool, both branches take the others, and give the same types and shapes.
    """
    if sorted(name for name, _ in node.regions) != [ELSE, THEN]:
        raise unsupported(node, "its subgraphs call themselves, or are too many")
    chosen = node.input(0)
    if (chosen.dtype, chosen.size) != ("bool", 1):
        raise unsupported(node, "its first input is not one bool")
    given = [None if t is None else (t.dtype, t.shape) for t in node.inputs[1:]]
    made = [(t.dtype, t.shape) for t in node.outputs]
    for name, region in node.regions:
        graph, branch = region.graph, name.removesuffix("_subgraph_index")
        if [(graph.tensors[t].dtype, graph.tensors[t].shape) for t in graph.inputs] != given:
            raise unsupported(node, f"its {branch} branch takes other types or shapes")
        if [(graph.tensors[t].dtype, graph.tensors[t].shape) for t in graph.outputs] != made:
            raise unsupported(node, f"its {branch} branch gives other types or shapes")
    return tuple(shape for _, shape in made)


def work(node: Node) -> int:
    """The work of the larger branch."""
    return max(region.work for _, region in node.regions)


def macs(node: Node) -> int:
    """Those of the branch that has more."""
    return max(region.macs for _, region in node.regions)


def simulate(node: Node, *values: Values | None) -> tuple[Values, ...]:
    """The bool [samples, 1] and the branches' inputs -> the outputs of the branch of each sample."""
    given = [value for value in values if value is not None]
    samples = max(len(value) for value in given)
    chosen = np.broadcast_to(given[0].reshape(len(given[0]), -1)[:, 0], samples).astype(bool)
    inputs = [np.broadcast_to(x, (samples, *x.shape[1:])) for x in given[1:]]
    results = [np.zeros((samples, *t.shape), t.dtype) for t in node.outputs]
    for name, of_branch in ((THEN, chosen), (ELSE, ~chosen)):
        if of_branch.any():
            made = node.region(name).run([x[of_branch] for x in inputs], None)
            for y, value in zip(results, made, strict=True):
                y[of_branch] = value
    return tuple(results)


def kernel(node: Node) -> Branch:
    """An if in C around the calls of either branch."""
    return Branch(THEN, ELSE)
