"""Order and placement together: whether the steps in any order, placed in any way, need less than what is known.

The order that peaks lowest need not be the one that can be placed best. So where a plan takes more than the least peak,
all orders that peak below it are placed by the exact search, until none is left that takes less. That is for graphs of
few orders, as most networks for small devices are; counts of states and checks are where it gives up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from edgeq.plan.arena import layout_of, plan_arena
from edgeq.plan.buffers import WORD
from edgeq.plan.exact import CHECKS, Budget, fit
from edgeq.plan.order import Work, find_work, first_state, next_state, order_of
from edgeq.plan.placement import Layout
from edgeq.plan.program import Program

STATES = 20_000  # sets of steps that are looked at


def improve_jointly(program: Program) -> Program:
    """The program in an order whose plan takes less, where there is one, and with the floor raised to what is proved.

    The floor is what the plan takes if the search comes to its end, and else as it was.
    """
    taken = plan_arena(program).arena_bytes // WORD
    if taken * WORD <= program.floor_bytes:
        return program
    best, least, seen, budget = program, taken, set[object](), Budget(CHECKS)
    for order in orders_below(find_work(program), taken):
        if order is None:
            return best
        other = replace(program, steps=tuple(program.steps[k] for k in order))
        layout = layout_of(other)
        if (shape := _shape(layout)) in seen:
            continue
        seen.add(shape)
        while (places := fit(layout, least - 1, budget)) is not None:
            least = layout.extent(places)
        if budget.checks < 0:
            return best
        if least < taken and (better := plan_arena(other).arena_bytes // WORD) < taken:
            best, taken = other, better
    return replace(best, floor_bytes=least * WORD)


def orders_below(work: Work, known: int) -> Iterator[tuple[int, ...] | None]:
    """All orders that peak below so many words, None, and no more, if they are too many."""
    stack, everything, looked = [first_state(work)], (1 << len(work.tasks)) - 1, 0
    while stack:
        state = stack.pop()
        looked += 1
        if looked > STATES:
            yield None
            return
        if state.done == everything:
            yield order_of(state)
        ready = (k for k, task in enumerate(work.tasks) if not (state.done >> k & 1 or task.after & ~state.done))
        stack += [after for after in (next_state(work, state, k) for k in ready) if after.peak < known]


def _shape(layout: Layout) -> tuple[object, ...]:
    """What the exact search sees of a layout: sizes, who meets whom, and claims."""
    sizes = tuple((buffer.words, buffer.alignment) for buffer in layout.buffers)
    return sizes, layout.meetings, frozenset(layout.claims.items())
