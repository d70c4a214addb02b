"""What the steps of a program need as stages of pipelines: sizes from which lower bounds are summed.

The bounds themselves are in `edgeq/plan/candidates.py`; these sums make each of them O(1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from edgeq.opkit.rows import RowKernel
from edgeq.plan.buffers import find_lifetimes, find_storage
from edgeq.plan.cost import extra_instructions
from edgeq.plan.in_place import overwritable, taken_by
from edgeq.plan.program import Program, Step
from edgeq.plan.stages import Stage, StageGraph, find_stage, line_buffer_bytes

Kernels = Sequence[RowKernel | None]  # of each step


@dataclass(frozen=True)
class Needs:
    """What lower bounds are summed from, by step; `words` and `dies` by the owner of the bytes.

    begun, ended: words of the tensors that are alive at a step or before, and of those that have
    died before it. buffers: bytes of the smallest line buffer that could hold a step's output.
    takes: the steps whose outputs' line buffers it could take over in place. over: the step over the
    rows of whose output it could write its own, which then need no line buffer; -1: none. needed: the
    last step that reads a step's output; beyond all where others need it. extra: instructions that its
    row kernel adds, in parts of a million.
    """

    stages: tuple[Stage | None, ...]
    owner: Mapping[int, int]
    words: Mapping[int, int]
    dies: Mapping[int, int]
    begun: tuple[int, ...]
    ended: tuple[int, ...]
    buffers: tuple[int, ...]
    takes: tuple[tuple[int, ...], ...]
    over: tuple[int, ...]
    needed: tuple[int, ...]
    extra: tuple[int, ...]

    def buffer_bytes(self, step: int, first: int) -> int:
        """Bytes of the smallest line buffer of a step's output in a pipeline from step `first` on."""
        return 0 if self.over[step] >= first else self.buffers[step]

    def alive(self, first: int, last: int) -> int:
        """Words of all tensors that are alive at some step from `first` to `last`."""
        return self.begun[last] - self.ended[first]


def find_needs(program: Program, kernels: Kernels) -> Needs:
    """What each step needs with its row kernel; steps without one are no stages."""
    steps, storage = program.steps, find_storage(program)
    lifetimes = find_lifetimes(program, storage.owner)
    stages = tuple(
        find_stage(program, step, kernel) if kernel else None
        for step, kernel in zip(steps, kernels, strict=True)
    )
    begun, ended = [0] * (len(steps) + 2), [0] * (len(steps) + 2)
    for root, (first, last) in lifetimes.items():
        begun[max(first, 0)] += storage.words[root]
        ended[last + 1] += storage.words[root]
    return Needs(
        stages,
        storage.owner,
        storage.words,
        {root: last for root, (_, last) in lifetimes.items()},
        tuple(accumulate(begun)),
        tuple(accumulate(ended)),
        _least_buffers(stages),
        _taken_over(stages),
        _over(stages),
        last_readers(program, steps),
        extra_instructions(program, kernels),
    )


def _least_buffers(stages: Sequence[Stage | None]) -> tuple[int, ...]:
    """Bytes of the smallest line buffer of each step's output, if all its readers are in the
    pipeline; 0 for steps that are no stages.
    """
    known = tuple(stage for stage in stages if stage is not None)
    least = StageGraph(known, {stage.writes: stage.writes for stage in known}).least_rows()
    return tuple(
        line_buffer_bytes(least.get(stage.writes, 0), stage.row_bytes) if stage else 0
        for stage in stages
    )


def _taken_over(stages: Sequence[Stage | None]) -> tuple[tuple[int, ...], ...]:
    """For each step, the steps whose outputs it could write its rows over."""
    known = [stage for stage in stages if stage is not None]
    writer = {stage.writes: k for k, stage in enumerate(stages) if stage}
    return tuple(
        tuple(writer[t] for t in overwritable(known, stage)) if stage else () for stage in stages
    )


def _over(stages: Sequence[Stage | None]) -> tuple[int, ...]:
    """For each step, the one over whose output's rows it could write its own, -1 where there is none."""
    known = [stage for stage in stages if stage is not None]
    writer = {stage.writes: k for k, stage in enumerate(stages) if stage}
    found = (taken_by(known, stage) if stage else None for stage in stages)
    return tuple(-1 if x is None else writer[x] for x in found)


def last_reader(program: Program, step: Step) -> int:
    """The last step that reads a step's output; the number of steps where the application does, or
    nobody.
    """
    return last_readers(program, [step])[0]


def last_readers(program: Program, steps: Sequence[Step]) -> tuple[int, ...]:
    """The `last_reader` of each of the steps."""
    never = len(program.steps)
    last = {t: k for k, step in enumerate(program.steps) for t in step.reads}
    last |= dict.fromkeys(program.graph.outputs, never)
    return tuple(max((last[t] for t in step.writes if t in last), default=never) for step in steps)
