"""Whether all buffers fit into an arena of so many words: branch and bound over the ways in which pairs may lie.

Two buffers that live at the same time lie one above the other or overlap as a claim allows: each way is a set of
differences `start v >= start u + words`. The least starts that satisfy the ways chosen so far are a fixed point; as
long as they break a pair, its ways are tried in turn. It is the disjunctive graph of job-shop scheduling (Carlier and
Pinson 1989) with places for times; ways that the least and greatest starts rule out are dropped at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from edgeq.plan.placement import Layout, Places

CHECKS = 400_000  # of a difference or of a pair, about a second on a slow machine


class Difference(NamedTuple):
    """Start `v` is at least start `u` plus `words`."""

    u: int
    v: int
    words: int


Way = tuple[Difference, ...]  # all must hold
Pair = tuple[Way, ...]  # one must hold


@dataclass
class State:
    """A node of the search: least and greatest starts, differences to keep, pairs that are not settled."""

    least: list[int]
    greatest: list[int]
    kept: list[Difference]
    pairs: list[Pair]


@dataclass
class Budget:
    """Checks left before the search gives up; counted, not timed, so that results are the same everywhere."""

    checks: int


class Proof(NamedTuple):
    """The best places found, and the words that no placement can go below."""

    places: Places
    floor: int


def improve(layout: Layout, places: Places, floor: int, checks: int = CHECKS) -> Proof:
    """Bisects between a floor and known places; the floor rises where a size is refuted, until checks run out."""
    budget, target = Budget(checks), floor
    while floor < layout.extent(places):
        found = fit(layout, target, budget)
        if budget.checks < 0:
            break
        if found is None:
            floor = target + 1
        else:
            places = found
        target = (floor + layout.extent(places) - 1) // 2
    return Proof(places, floor)


def fit(layout: Layout, top: int, budget: Budget) -> Places | None:
    """Places below `top` words. None: there are none, or the budget has run out (its checks are negative then)."""
    buffers = layout.buffers
    greatest = [(top - b.words) // b.alignment * b.alignment for b in buffers]
    stack = [State([0] * len(buffers), greatest, [], [ways(layout, i, j) for i, j in layout.meetings])]
    alignments = [b.alignment for b in buffers]
    while stack and budget.checks >= 0:
        state = stack.pop()
        if not _settle(state, alignments, budget):
            continue
        broken = [pair for pair in state.pairs if not any(_holds(state.least, way) for way in pair)]
        if not broken:
            return tuple(state.least)
        pair = max(broken, key=lambda pair: min(d.words for way in pair for d in way))
        rest = [other for other in state.pairs if other is not pair]
        for way in sorted(pair, key=lambda way: -max(state.least[d.u] + d.words for d in way)):
            stack.append(State(list(state.least), list(state.greatest), [*state.kept, *way], rest))
    return None


def ways(layout: Layout, i: int, j: int) -> Pair:
    """The ways in which two buffers that meet may lie; a way that another includes is left out."""
    y, x = (i, j) if (i, j) in layout.claims else (j, i)
    y_below = (Difference(y, x, layout.buffers[y].words),)
    x_below = (Difference(x, y, layout.buffers[x].words),)
    claim = layout.claims.get((y, x))
    if claim is None:
        return y_below, x_below
    overlap = (Difference(y, x, claim.distance),)
    if claim.exact:
        return y_below, x_below, (*overlap, Difference(x, y, -claim.distance))
    return (overlap if claim.distance < layout.buffers[y].words else y_below), x_below


def _settle(state: State, alignments: list[int], budget: Budget) -> bool:
    """Raises least and lowers greatest starts to the fixed point, keeping what has become the only way of a pair.

    False where a start or a pair has no way left, or the budget ends.
    """
    changed = True
    while changed and budget.checks >= 0:
        budget.checks -= len(state.kept) + len(state.pairs) + 1
        moved = _move(state, alignments)
        if moved is None:
            return False
        narrowed = _narrow(state)
        if narrowed is None:
            return False
        changed = moved or narrowed
    return budget.checks >= 0


def _move(state: State, alignments: list[int]) -> bool | None:
    """One pass over the differences: whether a start moved, None where its range is empty."""
    least, greatest, moved = state.least, state.greatest, False
    for u, v, distance in state.kept:
        low, high = least[u] + distance, greatest[v] - distance
        if low > least[v]:
            least[v] = -(-low // alignments[v]) * alignments[v]
            moved = True
        if high < greatest[u]:
            greatest[u] = high // alignments[u] * alignments[u]
            moved = True
        if least[v] > greatest[v] or least[u] > greatest[u]:
            return None
    return moved


def _narrow(state: State) -> bool | None:
    """One pass over the pairs: whether one came down to its only way, None where one has no way left."""
    left, narrowed = list[Pair](), False
    for pair in state.pairs:
        if any(all(state.greatest[u] + words <= state.least[v] for u, v, words in way) for way in pair):
            continue  # holds wherever they lie
        open_ways = tuple(
            way for way in pair if all(state.least[u] + words <= state.greatest[v] for u, v, words in way)
        )
        if not open_ways:
            return None
        if len(open_ways) == 1:
            state.kept.extend(open_ways[0])
            narrowed = True
        else:
            left.append(open_ways)
    state.pairs = left
    return narrowed


def _holds(least: list[int], way: Way) -> bool:
    return all(least[u] + words <= least[v] for u, v, words in way)
