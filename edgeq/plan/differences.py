"""Differences between the starts of buffers, and what follows from those that are chosen.

A difference is `start v >= start u + words`. Pairs of buffers come as disjunctions of sets of
differences (see `edgeq/plan/exact.py`). Propagation computes bounds of every start from the chosen
differences, and drops what these bounds rule out, to a fixed point; each pass costs O(differences +
pairs).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Difference(NamedTuple):
    """Start `v` is at least start `u` plus `words`."""

    u: int
    v: int
    words: int


Alternative = tuple[Difference, ...]  # all must hold
Disjunction = tuple[Alternative, ...]  # one must hold


@dataclass
class State:
    """A node of the search: the least and greatest offset at which each buffer may start, the differences
    of offsets chosen so far, and the pairs of buffers whose order is still open.
    """

    least: list[int]
    greatest: list[int]
    chosen: list[Difference]
    open: list[Disjunction]


@dataclass
class Budget:
    """Checks left before the search gives up; negative when it has."""

    checks: int


def propagate(state: State, alignments: list[int], budget: Budget) -> bool:
    """Raises least and lowers greatest starts to the fixed point, choosing what has become the only
    alternative of a pair. False where none is left for a start or a pair, or the budget ends.
    """
    changed = True
    while changed and budget.checks >= 0:
        budget.checks -= len(state.chosen) + len(state.open) + 1
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
    for u, v, distance in state.chosen:
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
    """One pass over the open pairs: whether one came down to its only alternative, None where one
    has none left.
    """
    least, greatest, left, narrowed = state.least, state.greatest, list[Disjunction](), False
    for pair in state.open:
        possible = list[Alternative]()
        for alternative in pair:  # plain loops, since lowering spends most of its time here
            certain = True
            for u, v, words in alternative:
                if least[u] + words > greatest[v]:
                    break
                certain = certain and greatest[u] + words <= least[v]
            else:
                if certain:
                    break  # the pair holds wherever they lie
                possible.append(alternative)
        else:
            if not possible:
                return None
            if len(possible) == 1:
                state.chosen.extend(possible[0])
                narrowed = True
            else:
                left.append(tuple(possible))
    state.open = left
    return narrowed


def holds(least: list[int], alternative: Alternative) -> bool:
    """Whether all differences of an alternative hold at these starts."""
    return all(least[u] + words <= least[v] for u, v, words in alternative)
