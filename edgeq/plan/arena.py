"""The plan: where every computed tensor and all scratch lie in one arena, and how good that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from edgeq.plan.buffers import WORD, Buffer, Claim, Lifetime, Storage, find_lifetimes, find_storage, words
from edgeq.plan.exact import Proof, improve
from edgeq.plan.placement import Layout, place_by_moves
from edgeq.plan.program import Program


@dataclass(frozen=True)
class Plan:
    """Where everything lies. offsets: tensor index -> byte; scratch: step index -> byte; all within `arena_bytes`.

    bound_bytes: the largest sum of buffers alive at one step, which no plan without overlap can beat.
    overlap_bound_bytes: what no plan for this order of steps can beat. proved: the plan takes just that.
    lifetimes: tensor index -> (first, last) step; -1 is before the first. held: tensor index -> bytes that it takes.
    Of some tensors within a chain only a ring of rows is held, as long as the chain takes.
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
    whole = program.with_chains_as_steps()
    return _with_rings(program, whole, _plan_whole(whole)) if program.chains else _plan_whole(program)


def least_alive(program: Program) -> list[int]:
    """Bytes that must be held before the first step, at each, and after the last, whatever the placement.

    A chain counts as one step.
    """
    whole = program.with_chains_as_steps()
    return [alive * WORD for alive in layout_of(whole).least_alive(len(whole.steps))]


def layout_of(program: Program) -> Layout:
    """The buffers of a program without chains, and which of them may overlap."""
    return _layout_of(program)[0]


def _spans(whole: Program) -> list[Lifetime]:
    """First and last step of each step, which is the same but for chains."""
    spans, at = list[Lifetime](), 0
    for step in whole.steps:
        last = at if step.chain is None else step.chain.last
        spans.append((at, last))
        at = last + 1
    return spans


def _plan_whole(program: Program) -> Plan:
    layout, storage, lifetimes, scratch_steps = _layout_of(program)
    places, floor = _place(layout.buffers, tuple(layout.claims.items()), len(program.steps))
    roots = sorted(set(storage.owner.values()))
    of_root, extent = dict(zip(roots, places, strict=False)), layout.extent(places)
    return Plan(
        {t: of_root[root] * WORD + storage.start[t] for t, root in storage.owner.items()},
        {k: at * WORD for k, at in zip(scratch_steps, places[len(roots) :], strict=True)},
        extent * WORD,
        layout.bound(len(program.steps)) * WORD,
        floor * WORD,
        extent == floor,
        {t: lifetimes[root] for t, root in storage.owner.items()},
        {t: program.graph.tensors[t].nbytes for t in storage.owner},
    )


def _with_rings(program: Program, whole: Program, plan: Plan) -> Plan:
    """The plan of chains as steps, told for the steps that they are made of: rings and scratch within the chain's."""
    after = len(program.steps)
    spans = [*_spans(whole), (after, after), (-1, -1)]  # as -1 what is before the first step
    offsets, held = dict(plan.offsets), dict(plan.held)
    lifetimes = {t: (spans[a][0], spans[b][1]) for t, (a, b) in plan.lifetimes.items()}
    scratch = {spans[k][0]: at for k, at in plan.scratch.items() if whole.steps[k].chain is None}
    for chain, k in ((step.chain, k) for k, step in enumerate(whole.steps) if step.chain is not None):
        memory = plan.scratch.get(k, 0)
        for t, ring in chain.rings.items():
            offsets[t] = ring.start + (memory if ring.place is None else plan.offsets[ring.place])
            held.setdefault(t, ring.rows * ring.row_bytes)
            lifetimes.setdefault(t, (chain.first, chain.last))
        with_scratch = (k for k, form in zip(chain.steps, chain.forms, strict=True) if form.call.scratch_bytes)
        scratch |= dict.fromkeys(with_scratch, memory + chain.scratch)
    return replace(plan, offsets=offsets, scratch=scratch, lifetimes=lifetimes, held=held)


def _layout_of(program: Program) -> tuple[Layout, Storage, Mapping[int, Lifetime], list[int]]:
    storage = find_storage(program)
    lifetimes = find_lifetimes(program, storage.owner)
    roots = sorted(set(storage.owner.values()))
    scratch_steps = [k for k, step in enumerate(program.steps) if step.scratch_bytes]
    return _layout(program, storage, lifetimes, roots, scratch_steps), storage, lifetimes, scratch_steps


def _layout(program: Program, storage: Storage, lifetimes: Mapping[int, Lifetime], roots: list[int],
            scratch_steps: list[int]) -> Layout:  # fmt: skip
    """The owners as buffers in the order of `roots`, then the scratch of `scratch_steps`."""
    number = {root: i for i, root in enumerate(roots)}
    buffers = [Buffer(storage.words[root], storage.alignment[root], *lifetimes[root]) for root in roots]
    buffers += [Buffer(words(program.steps[k].scratch_bytes), 2, k, k) for k in scratch_steps]
    claims = {
        (number[program.steps[k].writes[0]], number[root]): claim
        for k, of_step in enumerate(storage.claims)
        for root, claim in of_step.items()
        if lifetimes[root][1] == k
    }
    return Layout(tuple(buffers), claims)


@lru_cache(maxsize=16)
def _place(buffers: tuple[Buffer, ...], claims: tuple[tuple[tuple[int, int], Claim], ...], steps: int) -> Proof:
    """Places and the words that none can go below, equal where the search for better ones came to its end.

    Kept by what is placed: from lowering to C the same layout is placed several times.
    """
    layout = Layout(buffers, dict(claims))
    floor = layout.overlap_bound(steps)
    return improve(layout, place_by_moves(layout, floor), floor)
