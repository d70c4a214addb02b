"""Order and placement together, against every order of small programs, each placed by a search with
a proof.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from plan.checked import checked_plan
from plan.jobs import Job, Work, jobs, program
from plan.test_order import branches, legal_orders

from edgeq.plan import Program, joint
from edgeq.plan.joint import improve_jointly, orders_below
from edgeq.plan.liveness import State, find_work, next_state
from edgeq.plan.liveness import Work as LiveWork
from edgeq.plan.order import order_steps


def least_arena(work: Program) -> int:
    """Of all orders."""
    plans = [
        checked_plan(replace(work, steps=tuple(work.steps[k] for k in order)))
        for order in legal_orders(work)
    ]
    assert all(plan.proved for plan in plans)
    return min(plan.arena_bytes for plan in plans)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(jobs(steps=5))
def test_no_order_and_no_placement_is_better(job: Job) -> None:
    found = improve_jointly(order_steps(program(job)))
    assert checked_plan(found).arena_bytes == found.lower_bound_bytes == least_arena(program(job))


def test_of_orders_that_peak_alike_the_one_that_can_be_placed_is_taken() -> None:
    """The last two steps peak at 44 bytes either way, but only one order leaves them side by side."""
    works = (
        Work((0,), 16, (-4,)),
        Work((1,), 32, (12,)),
        Work((2,), 24, (8,)),
        Work((3,), 20, (4,)),
        Work((0,), 4, (0,)),
    )
    ordered = order_steps(program(Job((4,), works, (4, 5))))
    assert (checked_plan(ordered).arena_bytes, ordered.lower_bound_bytes) == (48, 44)
    found = improve_jointly(ordered)
    assert (checked_plan(found).arena_bytes, found.lower_bound_bytes) == (44, 44)


def test_a_lower_bound_that_no_order_reaches_is_raised() -> None:
    """2 words may lie just in the middle of 4, so 2 more never fit beside them, though only 4 are
    alive at a time.
    """
    works = (Work((0,), 8, (-4,), exact=True), Work((0,), 8), Work((1, 2), 4, (None, None)))
    ordered = order_steps(program(Job((16,), works, (3,))))
    found = improve_jointly(ordered)
    assert checked_plan(found).arena_bytes == found.lower_bound_bytes == least_arena(ordered)


def test_orders_too_many_to_go_through_are_left_alone() -> None:
    *_, last = orders_below(find_work(program(branches(20, 400, 404))), 10**9)
    assert last is None


def test_steps_that_could_follow_count_where_many_could(monkeypatch: pytest.MonkeyPatch) -> None:
    made = list[int]()

    def counted(work: LiveWork, state: State, k: int) -> State:
        made.append(k)
        return next_state(work, state, k)

    monkeypatch.setattr(joint, "next_state", counted)
    monkeypatch.setattr(joint, "FOLLOWING", 1000)
    *_, last = orders_below(find_work(program(branches(20, 400, 404))), 10**9)
    assert last is None
    assert 1000 < len(made) <= 1000 + 20


def test_all_orders_below_a_peak_are_gone_through() -> None:
    work = program(branches(3, 400, 40))
    found = list(orders_below(find_work(work), 10**9))
    assert sorted(found) == sorted(legal_orders(work))
