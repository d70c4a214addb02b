"""Loops that nothing but data ends: on a device an input that calibration has not seen may keep one
running, until native firmware ends it with an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from edgeq.errors import shown
from edgeq.graph import Graph, Op
from edgeq.graph.regions import BODY, COND
from edgeq.opkit.loops import MAX_STEPS, count_steps
from edgeq.ops import resolve

AND = "LOGICAL_AND"
LONGEST = 60  # characters of a name that are shown


def unbounded_loops(graph: Graph) -> list[str]:
    """A warning for each loop of a graph, those inside of others too, that no count of steps ends."""
    return [
        f"loop '{shown(name, LONGEST)}' ends by data alone: an input that calibration has not seen may "
        "keep it running, which native firmware ends with an error after "
        f"{MAX_STEPS:,} steps; bound them by maximum_iterations of while_loop"
        for name in _names(graph)
    ]


def _names(graph: Graph) -> Iterator[str]:
    for index, op in enumerate(graph.ops):
        if BODY in dict(op.regions) and not _is_bounded(graph, index, op):
            yield graph.tensors[op.outputs[0]].name.split(";")[0]
        for _, region in op.regions:
            yield from _names(region)


def _is_bounded(graph: Graph, index: int, op: Op) -> bool:
    """Whether one of the truths that the condition joins by AND fails after a known number of steps."""
    regions = dict(op.regions)
    cond = regions[COND]
    for t in _joined(cond, cond.outputs[0]):
        alone = {**regions, COND: replace(cond, outputs=(t,))}
        ops = list(graph.ops)
        ops[index] = replace(op, regions=tuple(alone.items()))
        if count_steps(resolve(replace(graph, ops=tuple(ops)), index)) is not None:
            return True
    return False


def _joined(cond: Graph, t: int) -> Iterator[int]:
    maker = cond.makers().get(t)
    if maker is None or maker.kind != AND:
        yield t
        return
    for given in maker.inputs:
        yield from _joined(cond, given)
