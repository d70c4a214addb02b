"""Whether all buffers fit into an arena of so many words: branch and bound, with a proof.

Searched: how each pair of interfering buffers lies, one above the other, or the output at an
in-place offset below the input. Each alternative is a set of differences `start v >= start u +
words`, so a placement is a choice among disjunctions, as in job-shop scheduling with places for
times: the disjunctive graph of Carlier and Pinson, "An algorithm for solving the job-shop problem",
1989. At each node the least and greatest start of every buffer are propagated to a fixed point, and
alternatives that these rule out are dropped; where all pairs hold at the least starts, that is a
placement. Optimal where the search ends; it is exponential in the number of pairs, so it gives up
after CHECKS checks, counted and not timed so that results are the same everywhere.
"""

from __future__ import annotations

from typing import NamedTuple

from edgeq.plan.differences import Budget, Difference, Disjunction, State, holds, propagate
from edgeq.plan.layout import Layout, Places

CHECKS = 400_000  # of a difference or of a pair, about a second on a slow machine


class Proof(NamedTuple):
    """The best places found, and the words that no placement can go below."""

    places: Places
    lower_bound: int


def improve(layout: Layout, places: Places, lower_bound: int, checks: int = CHECKS) -> Proof:
    """Bisects between a lower bound and known places; the bound rises where a size is refuted,
    until checks run out.
    """
    budget, target = Budget(checks), lower_bound
    while lower_bound < layout.extent(places):
        found = fit(layout, target, budget)
        if budget.checks < 0:
            break
        if found is None:
            lower_bound = target + 1
        else:
            places = found
        target = (lower_bound + layout.extent(places) - 1) // 2
    return Proof(places, lower_bound)


def fit(layout: Layout, top: int, budget: Budget) -> Places | None:
    """Places below `top` words. None: there are none, or the budget has run out, which it has before
    the first pass over all pairs where it is smaller than that.
    """
    if budget.checks <= len(layout.interferences):
        budget.checks = -1
        return None
    buffers = layout.buffers
    greatest = [(top - b.words) // b.alignment * b.alignment for b in buffers]
    pairs = [alternatives(layout, i, j) for i, j in layout.interferences]
    stack, alignments = (
        [State([0] * len(buffers), greatest, [], pairs)],
        [b.alignment for b in buffers],
    )
    while stack and budget.checks >= 0:
        state = stack.pop()
        if not propagate(state, alignments, budget):
            continue
        broken = [pair for pair in state.open if not any(holds(state.least, a) for a in pair)]
        if not broken:
            return tuple(state.least)
        pair = max(broken, key=lambda pair: min(d.words for a in pair for d in a))
        rest = [other for other in state.open if other is not pair]
        for a in sorted(pair, key=lambda a: -max(state.least[d.u] + d.words for d in a)):
            stack.append(State(list(state.least), list(state.greatest), [*state.chosen, *a], rest))
    return None


def alternatives(layout: Layout, i: int, j: int) -> Disjunction:
    """How two buffers that interfere may lie; an alternative that another includes is left out."""
    y, x = (i, j) if (i, j) in layout.in_place else (j, i)
    y_below = (Difference(y, x, layout.buffers[y].words),)
    x_below = (Difference(x, y, layout.buffers[x].words),)
    offset = layout.in_place.get((y, x))
    if offset is None:
        return y_below, x_below
    overlap = (Difference(y, x, offset.words),)
    if offset.exact:
        return y_below, x_below, (*overlap, Difference(x, y, -offset.words))
    return (overlap if offset.words < layout.buffers[y].words else y_below), x_below
