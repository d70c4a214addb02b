"""What the body of a loop makes of its other results alone, to be read after the last step, is made once
after the loop.

So are the lists of one element into which TensorFlow writes the last output of a recurrent layer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from edgeq.cleanup.loop import LoopOp, loop_of
from edgeq.cleanup.single import has_effects
from edgeq.errors import EdgeqError
from edgeq.graph import Graph, Op, Tensor
from edgeq.opkit.loops import count_steps, depends_on
from edgeq.ops import bind_one


def move_last_results(graph: Graph) -> Graph:
    """The graph in which operators stand behind a loop that runs at least once, if they compute a
    carried value that no step reads, of others and constants.
    """
    tensors, ops = list(graph.tensors), list[Op]()
    for k, op in enumerate(graph.ops):
        loop = loop_of(op)
        behind = {} if loop is None else _behind(loop)
        if loop is None or not behind or not loop.keeps_scales(tensors) or not _runs(graph, k):
            ops.append(op)
            continue
        ops.append(loop.without(behind).op)
        ops += [_moved(loop, maker, op.outputs[p], tensors) for p, maker in behind.items()]
    return replace(graph, tensors=tuple(tensors), ops=tuple(ops))


def _behind(loop: LoopOp) -> dict[int, Op]:
    """Position -> the operator of the body that could stand behind the loop."""
    body, makers = loop.body, loop.body.makers()
    read = depends_on(loop.cond, loop.cond.outputs)
    for q, made in enumerate(body.outputs):
        read |= depends_on(body, [made]) if made != body.inputs[q] else set()
    known = {t: q for q, t in enumerate(body.outputs)}
    found = dict[int, Op]()
    for p, t in enumerate(body.outputs):
        maker = makers.get(t)
        if (
            p in read
            or maker is None
            or len(maker.outputs) != 1
            or has_effects(maker, body.tensors)
        ):
            continue
        sources = [x for x in maker.inputs if x >= 0 and not body.tensors[x].constant]
        if sources and all(x in known and known[x] not in found for x in sources):
            found[p] = maker
    return found


def _runs(graph: Graph, k: int) -> bool:
    """Whether a loop is known to run at least once."""
    try:
        counted = count_steps(bind_one(graph, k))
    except EdgeqError:  # raised again, with the layer's name, where the graph is bound
        return False
    return counted is not None and counted.steps > 0


def _moved(loop: LoopOp, maker: Op, output: int, tensors: list[Tensor]) -> Op:
    """The operator behind the loop; constants that it reads are added to the tensors."""
    after = dict(zip(loop.body.outputs, loop.op.outputs, strict=True))
    return replace(
        maker,
        inputs=tuple(_outer(t, after, loop.body, tensors) for t in maker.inputs),
        outputs=(output,),
    )


def _outer(t: int, after: Mapping[int, int], body: Graph, tensors: list[Tensor]) -> int:
    if t < 0 or t in after:
        return after.get(t, t)
    tensors.append(body.tensors[t])
    return len(tensors) - 1
