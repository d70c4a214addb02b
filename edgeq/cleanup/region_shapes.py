"""Clean-up inside of branches and loops."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from edgeq.graph import Graph, Tensor


def within_regions(graph: Graph, settle: Callable[[Graph], Graph]) -> Graph:
    """The graph whose operators have settled regions, with inputs of the sizes that they are given."""
    if not any(op.regions for op in graph.ops):
        return graph
    ops = tuple(
        replace(
            op,
            regions=tuple(
                (name, settle(_sized(region, [graph.tensors[t] for t in op.inputs if t >= 0])))
                for name, region in op.regions
            ),
        )
        for op in graph.ops
    )
    return replace(graph, ops=ops)


def _sized(region: Graph, given: Sequence[Tensor]) -> Graph:
    """The region with the sizes of its inputs that are left open as they are given. given: the
    operator's inputs, of which the region takes the last ones.
    """
    tensors, inputs = list(region.tensors), region.inputs
    if len(inputs) > len(given):
        return region
    for t, outer in zip(inputs, given[len(given) - len(inputs) :], strict=True):
        if -1 in (tensors[t].shape_signature or ()):
            tensors[t] = replace(tensors[t], shape=outer.shape, shape_signature=None)
    return replace(region, tensors=tuple(tensors))
