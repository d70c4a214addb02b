"""Order and placement together: whether the steps in any order, placed in any way, need less than
what is known.

Searched: all orders whose peak is below the arena that is known, depth first, each placed by the
exact search (`edgeq/plan/exact.py`), for the order with the lowest peak need not be the one that
can be placed best. Optimal if it ends: then no order and no placement of whole tensors takes less.
The number of orders is exponential in the width of the graph, so it gives up after STATES sets of
steps, FOLLOWING sets of one more, or CHECKS checks of placements, and the program is left as it was.
That is enough for graphs of few orders, as most networks for small devices are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from edgeq.plan.arena import layout_of, plan_arena
from edgeq.plan.buffers import WORD
from edgeq.plan.differences import Budget
from edgeq.plan.exact import CHECKS, fit
from edgeq.plan.layout import Layout
from edgeq.plan.liveness import Work, find_work, first_state, next_state, order_of, ready_steps
from edgeq.plan.program import Program

STATES = 20_000  # sets of steps that are looked at
FOLLOWING = 200_000  # sets of one step more that are made of these


def improve_jointly(program: Program) -> Program:
    """The program in an order whose plan takes less, where there is one; its lower bound is raised
    to what the plan takes if the search comes to its end, and else as it was.
    """
    taken = plan_arena(program).arena_bytes // WORD
    if taken * WORD <= program.lower_bound_bytes:
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
    return replace(best, lower_bound_bytes=least * WORD)


def orders_below(work: Work, known: int) -> Iterator[tuple[int, ...] | None]:
    """All orders that peak below so many words, None, and no more, if they are too many."""
    stack, everything, looked, made = [first_state(work)], (1 << len(work.tasks)) - 1, 0, 0
    while stack:
        state = stack.pop()
        looked += 1
        if looked > STATES or made > FOLLOWING:
            yield None
            return
        if state.done == everything:
            yield order_of(state)
        following = [next_state(work, state, k) for k in ready_steps(work, state)]
        made += len(following)
        stack += [after for after in following if after.peak < known]


def _shape(layout: Layout) -> tuple[object, ...]:
    """What the exact search sees of a layout: sizes, interferences, and in-place offsets."""
    sizes = tuple((buffer.words, buffer.alignment) for buffer in layout.buffers)
    return sizes, layout.interferences, frozenset(layout.in_place.items())
