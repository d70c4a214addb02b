"""Choosing a point of the Pareto front: limits are kept, chance does not count, impossible limits
are an error.
"""

from __future__ import annotations

import pytest

from edgeq.errors import DoesNotFitError, EdgeqError
from edgeq.mixed.alternatives import Change
from edgeq.mixed.budget import Budget, select_point
from edgeq.mixed.costs import Costs
from edgeq.mixed.pareto_front import Point


def point(
    flash: int, error: float, loss: float, arena: int = 100, instructions: int | None = 10
) -> Point:
    return Point(
        frozenset({Change(flash, "int4")}), Costs(flash, arena, instructions, error, 1.0, loss)
    )


FRONT = [point(100, 0.1, 0.0), point(80, 0.2, 0.4), point(60, 0.3, 1.0), point(50, 0.4, 0.2)]


@pytest.mark.parametrize(
    ("budget", "flash"),
    [
        (Budget(), 80),
        (
            Budget(accuracy_loss=1.0),
            50,
        ),  # the last point's 0.2 counts as the 1.0 of one with less error
        (Budget(accuracy_loss=0.0), 100),
        (Budget(flash=85), 80),
        (Budget(flash=1000), 100),
        (Budget(flash=70, accuracy_loss=2.0), 50),
        (Budget(point=2), 60),
    ],
)
def test_the_point_that_makes_the_most_of_a_budget(budget: Budget, flash: int) -> None:
    assert select_point(FRONT, budget).costs.flash_bytes == flash


def test_a_limit_that_nobody_knows_is_no_limit() -> None:
    assert (
        select_point(
            [point(100, 0.1, 0.0, instructions=None)], Budget(instructions=5)
        ).costs.flash_bytes
        == 100
    )


@pytest.mark.parametrize("budget", [Budget(flash=49), Budget(ram=99), Budget(instructions=9)])
def test_what_cannot_be_met_is_said(budget: Budget) -> None:
    with pytest.raises(DoesNotFitError, match="the nearest has"):
        select_point(FRONT, budget)


def test_without_a_budget_the_least_error_is_taken_where_all_lose_more_than_half_a_point() -> None:
    lossy = [point(100, 0.1, 3.0), point(80, 0.2, 5.0)]
    assert select_point(lossy, Budget()).costs.flash_bytes == 100
    with pytest.raises(DoesNotFitError, match="accuracy loss"):
        select_point(lossy, Budget(accuracy_loss=0.5))


def test_a_point_that_is_not_there_is_refused() -> None:
    with pytest.raises(EdgeqError, match="points 0 to 3"):
        select_point(FRONT, Budget(point=4))
