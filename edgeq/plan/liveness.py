"""How many words are alive as the steps of a program are done in any order.

A state is the set of steps done, a bit for each; what is alive follows from the set alone, so of
all orders that lead to it only the lowest peak must be kept. Searches over such states are in
`edgeq/plan/order.py` and `edgeq/plan/joint.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import NamedTuple

from edgeq.plan.buffers import InPlaceOffset, Storage, find_storage, words
from edgeq.plan.program import Program
from edgeq.plan.state import state_needs


@dataclass(frozen=True)
class Task:
    """One step. All counts are words.

    after: the steps that must be done first, a bit for each. touches: owners of the tensors that it
    reads and writes. writes: new words; first: those of its first output, which may take the place
    of the inputs in `in_place`. beside: the steps that touch the same owners, a bit for each.
    """

    after: int
    touches: tuple[int, ...]
    beside: int
    writes: int
    first: int
    scratch: int
    in_place: Mapping[int, InPlaceOffset]


@dataclass(frozen=True)
class Work:
    """All steps. words: of each owner. users: the steps that touch it, a bit for each. kept: owners
    that outlive all steps. start: words alive before the first step that a step touches, or that
    are kept. ends: words alive before the first step or after the last, whichever is more. effects:
    what `effect_of` has found, since wide programs ask for the same again and again: (step, steps
    done of those beside it) -> its result.
    """

    tasks: tuple[Task, ...]
    words: Mapping[int, int]
    users: Mapping[int, int]
    kept: frozenset[int]
    start: int
    ends: int
    effects: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict, compare=False)


class Past(NamedTuple):
    """A step and what was done before it."""

    step: int
    before: Past | None


class State(NamedTuple):
    """A set of steps done in an order that holds `peak` words at most and `live` words now; of two
    states the smaller is the one to go on with, as more steps done make it smaller.
    """

    peak: int
    negative_count: int
    live: int
    done: int
    past: Past | None


def find_work(program: Program) -> Work:
    """What the search for an order needs to know of a program."""
    storage, graph, steps = find_storage(program), program.graph, program.steps
    writer = {t: k for k, step in enumerate(steps) for t in step.writes}
    needs = [
        sum({1 << writer[t] for t in graph.ops[s.node.index].inputs if t in writer})
        | state_needs(program, k)
        for k, s in enumerate(steps)
    ]
    users = dict.fromkeys(storage.words, 0)
    for k, step in enumerate(steps):
        for t in (*step.reads, *step.writes):
            users[storage.owner[t]] |= 1 << k
    kept = frozenset(storage.owner[t] for t in graph.outputs)
    inputs = {storage.owner[t] for t in graph.inputs}
    before, after = (sum(storage.words[root] for root in some) for some in (inputs, kept))
    return Work(
        tuple(_task(program, storage, needs, users, k) for k in range(len(steps))),
        storage.words,
        users,
        kept,
        sum(storage.words[root] for root in inputs if users[root] or root in kept),
        max(before, after),
    )


def _task(
    program: Program, storage: Storage, needs: Sequence[int], users: Mapping[int, int], k: int
) -> Task:
    step, owner = program.steps[k], storage.owner
    new = [owner[t] for t in step.writes if owner[t] == t]
    touches = tuple(dict.fromkeys(owner[t] for t in (*step.reads, *step.writes)))
    return Task(
        needs[k],
        touches,
        reduce(or_, (users[root] for root in touches), 0),
        sum(storage.words[t] for t in new),
        storage.words[new[0]] if new else 0,
        words(step.scratch_bytes),
        storage.in_place[k],
    )


def least_peak(work: Work) -> int:
    """A lower bound of every order: both ends, and each step with nothing but its own tensors
    alive.
    """
    alone = (
        sum(work.words[root] for root in task.touches)
        + task.scratch
        - _shared(work, task, task.in_place)
        for task in work.tasks
    )
    return max(work.ends, max(alone, default=0))


def peak_of(work: Work, order: Sequence[int]) -> int:
    """The most words alive in an order of steps, where outputs share as much with inputs as any
    placement could let them.
    """
    state = first_state(work)
    for k in order:
        state = next_state(work, state, k)
    return state.peak


def first_state(work: Work) -> State:
    """No step done."""
    return State(work.ends, 0, work.start, 0, None)


def next_state(work: Work, state: State, k: int) -> State:
    """The state when step k is done as well."""
    done = state.done | 1 << k
    beside = k, done & work.tasks[k].beside
    found = work.effects.get(beside)
    if found is None:
        found = work.effects[beside] = effect_of(work, *beside)
    rise, change = found
    peak = max(state.peak, state.live + rise)
    return State(peak, state.negative_count - 1, state.live + change, done, Past(k, state.past))


def effect_of(work: Work, k: int, done: int) -> tuple[int, int]:
    """By how many words what is alive rises during step k, and by how many it has changed after it.

    done: the steps beside it that are done then, and itself.
    """
    task = work.tasks[k]
    dying = [
        root for root in task.touches if root not in work.kept and not work.users[root] & ~done
    ]
    rise = task.writes + task.scratch - _shared(work, task, dying)
    return rise, task.writes - sum(work.words[root] for root in dying)


def _shared(work: Work, task: Task, dying: Sequence[int] | Mapping[int, InPlaceOffset]) -> int:
    """Words that the first output may at most share with the inputs that die."""
    offsets = ((task.in_place[root], work.words[root]) for root in dying if root in task.in_place)
    return min(task.first, sum(offset.shared(task.first, of_input) for offset, of_input in offsets))


def ready_steps(work: Work, state: State) -> Iterator[int]:
    """Steps that are not done and whose inputs exist."""
    for k, task in enumerate(work.tasks):
        if not (state.done >> k & 1 or task.after & ~state.done):
            yield k


def order_of(state: State) -> tuple[int, ...]:
    """The steps of a state, as they were done."""
    steps, past = list[int](), state.past
    while past is not None:
        steps.append(past.step)
        past = past.before
    return tuple(reversed(steps))
