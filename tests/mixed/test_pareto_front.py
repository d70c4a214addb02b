"""The narrowing path solves the greedy knapsack, and no point of the front is dominated."""

from __future__ import annotations

from itertools import product

import pytest

from edgeq.mixed.alternatives import Change
from edgeq.mixed.costs import Costs
from edgeq.mixed.pareto_front import Effect, Point, narrowing_order, pareto

EFFECTS = [
    Effect(Change(0, "a"), 1.0, 10),
    Effect(Change(0, "b"), 5.0, 20),
    Effect(Change(1, "a"), 0.5, 40),
    Effect(Change(2, "a"), 9.0, 10),
    Effect(Change(2, "b"), 4.0, 20),  # better than "a" in both: "a" is never taken
]


def totals(changes: frozenset[Change]) -> tuple[int, float]:
    taken = [e for e in EFFECTS if e.change in changes]
    return sum(e.saved for e in taken), sum(e.loss for e in taken)


def test_every_step_loses_least_for_its_bytes() -> None:
    """Compared with all 18 combinations: none saves as many bytes at a smaller loss."""
    choices = [[e.change for e in EFFECTS if e.change.layer == k] + [None] for k in range(3)]
    every = [
        totals(frozenset(c for c in combination if c is not None))
        for combination in product(*choices)
    ]
    way = [totals(s) for s in narrowing_order(EFFECTS)]
    assert way[0] == (0, 0) and way == sorted(way)  # noqa: PT018
    for saved, loss in way:
        assert loss == pytest.approx(min(lost for s, lost in every if s >= saved))


def test_a_layer_that_saves_nothing_is_left() -> None:
    assert narrowing_order([Effect(Change(0, "a"), -1.0, 0), Effect(Change(1, "a"), 0.0, -5)]) == [
        frozenset()
    ]


def test_no_point_of_the_front_is_dominated() -> None:
    costs = [(10, 5, 1.0), (10, 5, 2.0), (8, 5, 1.5), (8, 4, 1.6), (12, 3, 3.0)]
    points = [
        Point(frozenset({Change(n, "a")}), Costs(f, a, None, e, 1.0, 0.0))
        for n, (f, a, e) in enumerate(costs)
    ]
    assert [next(iter(p.changes)).layer for p in pareto(points)] == [4, 0, 3, 2]
