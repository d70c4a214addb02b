"""Layers of a program that functions of a vendor's library compute."""

from __future__ import annotations

from dataclasses import replace

from edgeq.opkit.libraries import Library
from edgeq.ops import operator
from edgeq.plan.buffers import find_storage
from edgeq.plan.program import Program, Step


def with_library(program: Program, library: Library) -> Program:
    """The program, nothing of which is fused yet, whose steps call the library's functions where the
    operator has such a call. Regions of branches and loops keep edgeq's kernels.

    So does a step one of whose tensors is a view that starts within another tensor at a byte that the
    library's alignment does not divide.
    """
    start = find_storage(program).start
    return replace(
        program,
        steps=tuple(
            _step(step, library)
            if all(start[t] % library.alignment == 0 for t in (*step.reads, *step.writes))
            else step
            for step in program.steps
        ),
    )


def _step(step: Step, library: Library) -> Step:
    call_of = operator(step.node.kind).library_calls.get(library.name)
    call = None if call_of is None or step.control is not None else call_of(step.node)
    return step if call is None else replace(step, call=call)
