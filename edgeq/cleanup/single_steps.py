"""A loop of one step is its body: recurrent layers that take a sequence one step at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from edgeq.cleanup.loop import LoopOp, loop_of
from edgeq.cleanup.rewire import reading
from edgeq.errors import EdgeqError
from edgeq.graph import Graph, Op
from edgeq.opkit.loops import count_steps
from edgeq.ops import bind_one


def inline_single_steps(graph: Graph) -> Graph:
    """The graph with the operators of a body in place of a loop that runs once. What the loop gives
    keeps its tensors, unless the body hands on what it got or has it twice; loops that give such to
    the graph's outputs stay.
    """
    tensors, ops, instead = list(graph.tensors), list[Op](), dict[int, int]()
    outputs = frozenset(graph.outputs)
    for k, given in enumerate(graph.ops):
        op = reading(given, instead)
        loop = loop_of(op)
        if loop is None or not loop.keeps_scales(tensors) or not _runs_once(graph, k):
            ops.append(op)
            continue
        made = _results(loop)
        inner = _numbers(loop, made, len(tensors))
        handed = {
            y: inner[t] for y, t in zip(op.outputs, loop.body.outputs, strict=True) if y != inner[t]
        }
        if outputs.intersection(handed):
            ops.append(op)
            continue
        tensors += [t for n, t in enumerate(loop.body.tensors) if n not in _taken(loop, made)]
        ops += [_inlined(body_op, inner) for body_op in loop.body.ops]
        instead |= handed
    return replace(graph, tensors=tuple(tensors), ops=tuple(ops))


def _runs_once(graph: Graph, k: int) -> bool:
    try:
        counted = count_steps(bind_one(graph, k))
    except EdgeqError:  # raised again, with the layer's name, where the graph is bound
        return False
    return counted is not None and counted.steps == 1


def _results(loop: LoopOp) -> dict[int, int]:
    """Tensor of the loop's body -> tensor of the loop's output, for each output that the body
    computes and does not merely pass on; of two outputs with one tensor the first counts.
    """
    computed = {t for op in loop.body.ops for t in op.outputs}
    pairs = zip(loop.body.outputs, loop.op.outputs, strict=True)
    found = dict[int, int]()
    for t, y in pairs:
        if t in computed:
            found.setdefault(t, y)
    return found


def _taken(loop: LoopOp, made: Mapping[int, int]) -> set[int]:
    """The body's tensors that tensors of the graph stand for."""
    return {*loop.body.inputs, *made}


def _numbers(loop: LoopOp, made: Mapping[int, int], start: int) -> dict[int, int]:
    """The body's tensors -> those of the graph; new ones from `start` on."""
    numbers = dict(zip(loop.body.inputs, loop.op.inputs, strict=True)) | dict(made) | {-1: -1}
    taken, new = _taken(loop, made), start
    for t in range(len(loop.body.tensors)):
        if t not in taken:
            numbers[t] = new
            new += 1
    return numbers


def _inlined(op: Op, numbers: Mapping[int, int]) -> Op:
    return replace(
        op,
        inputs=tuple(numbers[t] for t in op.inputs),
        outputs=tuple(numbers[t] for t in op.outputs),
        intermediates=tuple(numbers[t] for t in op.intermediates),
    )
