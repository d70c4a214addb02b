"""The plan: where every computed tensor and all scratch lie in one arena, and how good that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from edgeq.plan.buffers import (
    WORD,
    Buffer,
    InPlaceOffset,
    Lifetime,
    Storage,
    find_lifetimes,
    find_storage,
    scratch_alignment,
    words,
)
from edgeq.plan.exact import Proof, improve
from edgeq.plan.layout import Layout
from edgeq.plan.placement import place_by_moves
from edgeq.plan.program import Program


@dataclass(frozen=True)
class Plan:
    """Where everything lies. offsets: tensor index -> byte; scratch: step index -> byte; all within
    `arena_bytes`.

    bound_bytes: the largest sum of buffers alive at one step, a lower bound of every plan in which
    no output overlaps an input. overlap_bound_bytes: a lower bound of every plan for this order of
    steps and these pipelines. proved: the plan takes just that. lifetimes: tensor index -> (first,
    last) step; -1 is before the first. held: tensor index -> bytes that it takes; of a tensor
    between two stages of a pipeline only its line buffer is held, as long as the pipeline runs.
    """

    offsets: Mapping[int, int]
    scratch: Mapping[int, int]
    arena_bytes: int
    bound_bytes: int
    overlap_bound_bytes: int
    proved: bool
    lifetimes: Mapping[int, Lifetime]
    held: Mapping[int, int]


def plan_arena(program: Program) -> Plan:
    """Places all computed tensors and scratch of a program in its order of steps; deterministic."""
    if not program.schedule.pipelines:
        return _plan_whole(program)
    whole = program.with_pipelines_as_steps()
    return _with_line_buffers(program, whole, _plan_whole(whole))


def least_alive(program: Program) -> list[int]:
    """Bytes that must be held before the first step, at each, and after the last, wherever buffers
    are placed; a pipeline counts as one step.
    """
    whole = program.with_pipelines_as_steps()
    return [alive * WORD for alive in layout_of(whole).least_alive(len(whole.steps))]


def layout_of(program: Program) -> Layout:
    """The placement problem of a program without pipelines."""
    return _layout_of(program)[0]


def _spans(whole: Program) -> list[Lifetime]:
    """The first and last step of the scheduled program that each step of `whole` stands for."""
    spans, at = list[Lifetime](), 0
    for step in whole.steps:
        last = at if step.pipeline is None else step.pipeline.last
        spans.append((at, last))
        at = last + 1
    return spans


def _plan_whole(program: Program) -> Plan:
    layout, storage, lifetimes, scratch_steps = _layout_of(program)
    places, lower_bound = _place(layout.buffers, tuple(layout.in_place.items()), len(program.steps))
    roots = sorted(set(storage.owner.values()))
    of_root, extent = dict(zip(roots, places, strict=False)), layout.extent(places)
    return Plan(
        {t: of_root[root] * WORD + storage.start[t] for t, root in storage.owner.items()},
        {k: at * WORD for k, at in zip(scratch_steps, places[len(roots) :], strict=True)},
        extent * WORD,
        layout.bound(len(program.steps)) * WORD,
        lower_bound * WORD,
        extent == lower_bound,
        {t: lifetimes[root] for t, root in storage.owner.items()},
        {t: program.graph.tensors[t].nbytes for t in storage.owner},
    )


def _with_line_buffers(program: Program, whole: Program, plan: Plan) -> Plan:
    """The plan of pipelines as steps, told for the steps that they are made of: line buffers and
    scratch lie within the memory of their pipeline.
    """
    after = len(program.steps)
    spans = [*_spans(whole), (after, after), (-1, -1)]  # as -1 what is before the first step
    offsets, held = dict(plan.offsets), dict(plan.held)
    lifetimes = {t: (spans[a][0], spans[b][1]) for t, (a, b) in plan.lifetimes.items()}
    scratch = {spans[k][0]: at for k, at in plan.scratch.items() if whole.steps[k].pipeline is None}
    for pipeline, k in (
        (step.pipeline, k) for k, step in enumerate(whole.steps) if step.pipeline is not None
    ):
        memory = plan.scratch.get(k, 0)
        for t, lines in pipeline.line_buffers.items():
            place = memory if lines.place is None else plan.offsets[lines.place]
            offsets[t] = lines.start + place
            held.setdefault(t, lines.nbytes)
            lifetimes.setdefault(t, (pipeline.first, pipeline.last))
        with_scratch = (
            k
            for k, kernel in zip(pipeline.steps, pipeline.kernels, strict=True)
            if kernel.call.scratch_bytes
        )
        scratch |= dict.fromkeys(with_scratch, memory + pipeline.scratch_start)
    return replace(plan, offsets=offsets, scratch=scratch, lifetimes=lifetimes, held=held)


def _layout_of(program: Program) -> tuple[Layout, Storage, Mapping[int, Lifetime], list[int]]:
    """The placement problem, and what its buffers are: owners in order, then scratch of steps."""
    storage = find_storage(program)
    lifetimes = find_lifetimes(program, storage.owner)
    roots = sorted(set(storage.owner.values()))
    scratch_steps = [k for k, step in enumerate(program.steps) if step.scratch_bytes]
    return (
        _layout(program, storage, lifetimes, roots, scratch_steps),
        storage,
        lifetimes,
        scratch_steps,
    )


def _layout(
    program: Program,
    storage: Storage,
    lifetimes: Mapping[int, Lifetime],
    roots: list[int],
    scratch_steps: list[int],
) -> Layout:
    """The owners as buffers in the order of `roots`, then the scratch of `scratch_steps`."""
    number = {root: i for i, root in enumerate(roots)}
    buffers = [
        Buffer(storage.words[root], storage.alignment[root], *lifetimes[root]) for root in roots
    ]
    buffers += [
        Buffer(words(step.scratch_bytes), scratch_alignment(step), k, k)
        for k, step in ((k, program.steps[k]) for k in scratch_steps)
    ]
    in_place = {
        (number[program.steps[k].writes[0]], number[root]): offset
        for k, of_step in enumerate(storage.in_place)
        for root, offset in of_step.items()
        if lifetimes[root][1] == k
    }
    return Layout(tuple(buffers), in_place)


@lru_cache(maxsize=16)
def _place(
    buffers: tuple[Buffer, ...],
    in_place: tuple[tuple[tuple[int, int], InPlaceOffset], ...],
    steps: int,
) -> Proof:
    """An offset for each buffer, and a lower bound of the arena in words, which the arena has where
    the search for smaller ones was completed.

    Kept by what is placed: from lowering to C the same layout is placed several times.
    """
    layout = Layout(buffers, dict(in_place))
    lower_bound = layout.overlap_bound(steps)
    return improve(layout, place_by_moves(layout, lower_bound), lower_bound)
