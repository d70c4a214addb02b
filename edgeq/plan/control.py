"""Branches and loops of a program: the calls of their regions, and where these find their values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from edgeq.plan.arena import Plan
    from edgeq.plan.program import Program


@dataclass(frozen=True)
class Outside:
    """Where a value of a region lies that is not in its own memory: in an input or output of the
    operator that has the region, or in the C variable that counts a loop's steps.
    """

    side: Literal["input", "output", "step"]
    position: int = 0


@dataclass(frozen=True)
class Routine:
    """The calls of a region as a program of its own.

    plan: of its memory, which is scratch of the step that runs it. outside: the program's variables,
    which are not in that memory. Calls that touch one of them keep the order that makes each find
    the value that it has at that operator of the region (`edgeq/plan/state.py`).
    """

    program: Program
    plan: Plan
    outside: Mapping[int, Outside]


@dataclass(frozen=True)
class LoopRoutines:
    """A loop. steps: how often it runs; None: as long as the bool that `cond` leaves holds. carried:
    positions of the values that lie in the operator's outputs from step to step, and have the inputs'
    values before the first.
    """

    steps: int | None
    cond: Routine | None
    body: Routine
    carried: tuple[int, ...]

    @property
    def routines(self) -> tuple[tuple[str, Routine], ...]:
        """Both, by short names."""
        body = (("body", self.body),)
        return body if self.cond is None else (("cond", self.cond), *body)


@dataclass(frozen=True)
class BranchRoutines:
    """A branch: one of two routines, chosen by the operator's first input."""

    then: Routine
    otherwise: Routine

    @property
    def routines(self) -> tuple[tuple[str, Routine], ...]:
        """Both, by short names."""
        return (("then", self.then), ("else", self.otherwise))


def programs(program: Program, prefix: str = "") -> Iterator[tuple[str, Program]]:
    """The program and those of all its regions, each with what the labels of its steps begin with:
    the labels of step 2 of a program and of step 0 of the body of a loop in it are `2` and `2_body_0`.
    """
    yield prefix, program
    for k, step in enumerate(program.steps):
        for name, routine in () if step.control is None else step.control.routines:
            yield from programs(routine.program, f"{prefix}{k}_{name}_")


def open_loops(program: Program) -> list[int]:
    """The steps of a program that are loops whose number of steps depends on data."""
    return [
        k
        for k, step in enumerate(program.steps)
        if isinstance(step.control, LoopRoutines) and step.control.steps is None
    ]
