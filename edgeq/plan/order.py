"""The order of steps that needs the least memory, among those in which every tensor is written before it is read.

A state is the set of steps done, a bit for each; what is alive follows from it, so the peak of the best way to a state
is all that must be kept: the best-first search of Serenity (Ahn et al. 2020) over a lattice of sets. Where it grows
too wide, a beam of the best states of each size goes on.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from edgeq.plan.arena import plan_arena
from edgeq.plan.buffers import WORD, Claim, Storage, find_storage, words
from edgeq.plan.program import Program

STATES = 100_000  # looked at before the search becomes a beam; counted, not timed, so that all machines agree
BEAM, BEAM_STATES = 16, 200_000  # the most states kept of each size, and about the most looked at


@dataclass(frozen=True)
class Task:
    """One step. All counts are words.

    after: the steps that must be done first, a bit for each. touches: owners of the tensors it reads and writes.
    writes: new words; first: those of its first output, which may overlap the inputs in `claims`.
    """

    after: int
    touches: tuple[int, ...]
    writes: int
    first: int
    scratch: int
    claims: Mapping[int, Claim]


@dataclass(frozen=True)
class Work:
    """All steps. words: of each owner; users: the steps that touch it; kept: owners that outlive all steps."""

    tasks: tuple[Task, ...]
    words: Mapping[int, int]
    users: Mapping[int, int]
    kept: frozenset[int]
    start: int  # words alive before the first step that a step touches, or that are kept
    ends: int  # words alive before the first step or after the last, whichever is more


class Past(NamedTuple):
    """A step and what was done before it."""

    step: int
    before: Past | None


class State(NamedTuple):
    """A set of steps done in an order that holds `peak` words at most and `live` words now; best first."""

    peak: int
    negative_count: int  # the more steps done, the nearer the end
    live: int
    done: int
    past: Past | None


def order_steps(program: Program) -> Program:
    """The program in the best order found; as it is, unless another order is known to need less.

    Its floor is the least peak of all orders, where the search for them came to its end.
    """
    work, given = find_work(program), range(len(program.steps))
    here, floor = peak_of(work, given), least_peak(work)
    least, order = best_order(work, here) if here > floor else (True, None)
    if least:
        floor = here if order is None else peak_of(work, order)
    program = replace(program, floor_bytes=floor * WORD)
    if order is None:
        return program
    other = replace(program, steps=tuple(program.steps[k] for k in order))
    taken = plan_arena(other).arena_bytes
    return other if taken < here * WORD or taken < plan_arena(program).arena_bytes else program


def best_order(work: Work, known: int) -> tuple[bool, tuple[int, ...] | None]:
    """An order that peaks below `known` words, None if none is found, and whether none peaks lower."""
    finished, order = _search(work, known)
    return finished, order if finished else _beam(work, known)


def find_work(program: Program) -> Work:
    """What the search needs to know of a program."""
    storage, graph, steps = find_storage(program), program.graph, program.steps
    writer = {t: k for k, step in enumerate(steps) for t in step.writes}
    needs = [sum({1 << writer[t] for t in graph.ops[s.node.index].inputs if t in writer}) for s in steps]
    users = dict.fromkeys(storage.words, 0)
    for k, step in enumerate(steps):
        for t in (*step.reads, *step.writes):
            users[storage.owner[t]] |= 1 << k
    kept = frozenset(storage.owner[t] for t in graph.outputs)
    inputs = {storage.owner[t] for t in graph.inputs}
    before, after = (sum(storage.words[root] for root in some) for some in (inputs, kept))
    return Work(
        tuple(_task(program, storage, needs, k) for k in range(len(steps))),
        storage.words,
        users,
        kept,
        sum(storage.words[root] for root in inputs if users[root] or root in kept),
        max(before, after),
    )


def _task(program: Program, storage: Storage, needs: Sequence[int], k: int) -> Task:
    step, owner = program.steps[k], storage.owner
    new = [owner[t] for t in step.writes if owner[t] == t]
    return Task(
        needs[k],
        tuple(dict.fromkeys(owner[t] for t in (*step.reads, *step.writes))),
        sum(storage.words[t] for t in new),
        storage.words[new[0]] if new else 0,
        words(step.scratch_bytes),
        storage.claims[k],
    )


def least_peak(work: Work) -> int:
    """What no order can go below: both ends, and each step with nothing but its own tensors alive."""
    alone = (
        sum(work.words[root] for root in task.touches) + task.scratch - _shared(work, task, task.claims)
        for task in work.tasks
    )
    return max(work.ends, max(alone, default=0))


def peak_of(work: Work, order: Sequence[int]) -> int:
    """The most words alive in an order of steps, the best conceivable overlaps granted."""
    state = first_state(work)
    for k in order:
        state = next_state(work, state, k)
    return state.peak


def first_state(work: Work) -> State:
    """No step done."""
    return State(work.ends, 0, work.start, 0, None)


def next_state(work: Work, state: State, k: int) -> State:
    """The state when step k is done as well."""
    task, done = work.tasks[k], state.done | 1 << k
    dying = [root for root in task.touches if root not in work.kept and not work.users[root] & ~done]
    here = state.live + task.writes + task.scratch - _shared(work, task, dying)
    live = state.live + task.writes - sum(work.words[root] for root in dying)
    return State(max(state.peak, here), state.negative_count - 1, live, done, Past(k, state.past))


def _shared(work: Work, task: Task, dying: Sequence[int] | Mapping[int, Claim]) -> int:
    """Words that the first output may at most share with the inputs that die."""
    claims = ((task.claims[root], work.words[root]) for root in dying if root in task.claims)
    return min(task.first, sum(claim.shared(task.first, of_input) for claim, of_input in claims))


def _next(work: Work, state: State) -> list[State]:
    """The states one step further; a single one where its step costs nothing, for such a step may as well come now.

    It raises no peak and leaves no more alive, and delays no other step's inputs from dying.
    """
    found = []
    for k, task in enumerate(work.tasks):
        if not state.done >> k & 1 and not task.after & ~state.done:
            after = next_state(work, state, k)
            if after.peak == state.peak and after.live <= state.live:
                return [after]
            found.append(after)
    return found


def _search(work: Work, known: int) -> tuple[bool, tuple[int, ...] | None]:
    """Best first. Whether the search came to its end, and the best order below `known` words if there is one."""
    everything = (1 << len(work.tasks)) - 1
    heap, seen, looked = [(first_state(work)[:4], 0, first_state(work))], set[int](), 0
    while heap and looked < STATES:
        state = heapq.heappop(heap)[2]
        if state.done == everything:
            return True, order_of(state)
        if state.done in seen:
            continue
        seen.add(state.done)
        for after in _next(work, state):
            looked += 1
            if after.peak < known and after.done not in seen:
                heapq.heappush(heap, (after[:4], looked, after))
    return not heap, None


def _beam(work: Work, known: int) -> tuple[int, ...] | None:
    """The best states of each size, step by step."""
    states, width = [first_state(work)], max(min(BEAM, BEAM_STATES // (len(work.tasks) ** 2 + 1)), 1)
    for _ in work.tasks:
        best: dict[int, State] = {}
        for state in states:
            for after in _next(work, state):
                if after.peak < known and (after.done not in best or after[:4] < best[after.done][:4]):
                    best[after.done] = after
        states = sorted(best.values(), key=lambda state: state[:4])[:width]
    return order_of(states[0]) if states else None


def order_of(state: State) -> tuple[int, ...]:
    """The steps of a state, as they were done."""
    steps, past = list[int](), state.past
    while past is not None:
        steps.append(past.step)
        past = past.before
    return tuple(reversed(steps))
