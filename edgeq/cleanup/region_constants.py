"""Constants that an operator hands to its regions become constants of the regions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from edgeq.cleanup.loop import loop_of
from edgeq.cleanup.rewire import reading
from edgeq.graph import Graph, Op, Tensor


def constants_into_regions(graph: Graph) -> Graph:
    """The graph in which branches have constant inputs inside, and loops those that stay the same
    from step to step, unless their outputs are the graph's.
    """
    instead, ops, outputs = dict[int, int](), list[Op](), frozenset(graph.outputs)
    for given in graph.ops:
        op = reading(given, instead)
        loop = loop_of(op)
        if loop is None:
            ops.append(_branch(op, graph.tensors))
            continue
        found = {
            p: graph.tensors[op.inputs[p]]
            for p in loop.passed_on(graph.tensors)
            if graph.tensors[op.inputs[p]].constant and op.outputs[p] not in outputs
        }
        instead |= {op.outputs[p]: op.inputs[p] for p in found}
        loop = replace(loop, cond=_with(loop.cond, found), body=_with(loop.body, found))
        ops.append(loop.without(found).op if found else op)
    return replace(graph, ops=tuple(ops))


def _branch(op: Op, tensors: Sequence[Tensor]) -> Op:
    """A branch without its constant inputs; another operator as it is."""
    ends = {len(region.inputs) for _, region in op.regions}
    if ends != {len(op.inputs) - 1} or len(op.regions) != 2 or -1 in op.inputs:
        return op
    found = {p: tensors[t] for p, t in enumerate(op.inputs[1:]) if tensors[t].constant}
    if not found:
        return op
    inputs = (op.inputs[0], *(t for p, t in enumerate(op.inputs[1:]) if p not in found))
    regions = tuple((name, _without(_with(region, found), found)) for name, region in op.regions)
    return replace(op, inputs=inputs, regions=regions)


def _with(region: Graph, values: dict[int, Tensor]) -> Graph:
    """The region with constants in place of inputs, which it has still. Their scales and zero points
    stay those of the region, by which its operators compute.
    """
    tensors = list(region.tensors)
    for p, value in values.items():
        t = region.inputs[p]
        own = tensors[t]
        tensors[t] = replace(value, name=own.name, quantization=own.quantization)
    return replace(region, tensors=tuple(tensors))


def _without(region: Graph, positions: dict[int, Tensor]) -> Graph:
    inputs = tuple(t for p, t in enumerate(region.inputs) if p not in positions)
    return replace(region, inputs=inputs)
