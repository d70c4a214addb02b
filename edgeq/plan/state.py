"""Variables of a program: where they lie in the state, which is memory of its own beside the arena,
and what order of steps they ask for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from edgeq.graph import Graph
from edgeq.plan.buffers import WIDE, WORD
from edgeq.plan.program import Program, Step


@dataclass(frozen=True)
class StateLayout:
    """offsets: variable's tensor index -> byte of the state; nbytes: of the whole state."""

    offsets: Mapping[int, int]
    nbytes: int


def lay_out_state(graph: Graph) -> StateLayout:
    """One variable behind the other, those with 8-byte elements first, so that each is aligned."""
    wide = [t for t in graph.states if graph.tensors[t].dtype in WIDE]
    offsets, at = dict[int, int](), 0
    for t in (*wide, *(t for t in graph.states if t not in wide)):
        offsets[t] = at
        at += -(-graph.tensors[t].nbytes // WORD) * WORD
    return StateLayout(offsets, at)


def state_needs(program: Program, k: int) -> int:
    """The steps that must come before step k, a bit for each, so that it finds and leaves variables
    as the file's order of operators does: those that write what it reads or writes, and those that
    read what it writes.
    """
    reads, writes = _states(program, program.steps[k])
    if not reads | writes:
        return 0
    place = program.steps[k].node.index
    needs = 0
    for i, step in enumerate(program.steps):
        read, written = _states(program, step)
        if step.node.index < place and (written & (reads | writes) or read & writes):
            needs |= 1 << i
    return needs


def _states(program: Program, step: Step) -> tuple[set[int], set[int]]:
    """The variables that a step reads and writes."""
    op, tensors = program.graph.ops[step.node.index], program.graph.tensors
    inputs = set(program.graph.inputs)
    return (
        {t for t in op.inputs if t >= 0 and tensors[t].variable and t not in inputs},
        {t for t in op.outputs if tensors[t].variable and t not in inputs},
    )
