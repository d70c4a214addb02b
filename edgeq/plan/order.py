"""The order of steps that needs the least memory, among those in which every tensor is written
before it is read.

Searched: sets of steps done (`edgeq/plan/liveness.py`), best first by the lowest peak that leads to
them, as in Serenity (Ahn et al., "Ordering chaos: memory-aware scheduling of irregularly wired
neural networks for edge devices", MLSys 2020). Optimal, for the peak and not for the placement, if
the search ends: there may be 2^n sets of n steps, but a step that raises nothing is taken at once,
so chains of layers cost one state a layer. Where more than STATES are looked at, a beam of the best
sets of each size goes on instead, a heuristic. `edgeq/plan/joint.py` takes placement into account.
"""

from __future__ import annotations

import heapq
from dataclasses import replace

from edgeq.plan.arena import plan_arena
from edgeq.plan.buffers import WORD
from edgeq.plan.liveness import (
    State,
    Work,
    find_work,
    first_state,
    least_peak,
    next_state,
    order_of,
    peak_of,
    ready_steps,
)
from edgeq.plan.program import Program

STATES = 100_000  # looked at before the search becomes a beam; counted, so that all machines agree
BEAM, BEAM_STATES = 16, 200_000  # the most states kept of each size, and about the most looked at


def order_steps(program: Program) -> Program:
    """The program in the best order found; as it is, unless another order is known to need less.

    Its lower bound is the least peak of all orders, where the search for them came to its end.
    """
    work, given = find_work(program), range(len(program.steps))
    here, lower_bound = peak_of(work, given), least_peak(work)
    least, order = best_order(work, here) if here > lower_bound else (True, None)
    if least:
        lower_bound = here if order is None else peak_of(work, order)
    program = replace(program, lower_bound_bytes=lower_bound * WORD)
    if order is None:
        return program
    other = replace(program, steps=tuple(program.steps[k] for k in order))
    taken = plan_arena(other).arena_bytes
    return other if taken < here * WORD or taken < plan_arena(program).arena_bytes else program


def best_order(work: Work, known: int) -> tuple[bool, tuple[int, ...] | None]:
    """Whether the search came to its end, so that no order peaks lower than what it found; and an
    order that peaks below `known` words, None if none is found.
    """
    finished, order = _search(work, known)
    return finished, order if finished else _beam(work, known)


def _next(work: Work, state: State) -> list[State]:
    """The states one step further; a single one where its step costs nothing, for such a step may
    as well come now.

    It raises no peak and leaves no more alive, and delays no other step's inputs from dying.
    """
    found = []
    for k in ready_steps(work, state):
        after = next_state(work, state, k)
        if after.peak == state.peak and after.live <= state.live:
            return [after]
        found.append(after)
    return found


def _search(work: Work, known: int) -> tuple[bool, tuple[int, ...] | None]:
    """Best first. Whether the search came to its end, and the best order below `known` words if
    there is one.
    """
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
    states, width = (
        [first_state(work)],
        max(min(BEAM, BEAM_STATES // (len(work.tasks) ** 2 + 1)), 1),
    )
    for _ in work.tasks:
        best: dict[int, State] = {}
        for state in states:
            for after in _next(work, state):
                if after.peak < known and (
                    after.done not in best or after[:4] < best[after.done][:4]
                ):
                    best[after.done] = after
        states = sorted(best.values(), key=lambda state: state[:4])[:width]
    return order_of(states[0]) if states else None
