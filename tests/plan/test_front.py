"""The front between the arena and instructions, and the schedule that keeps to an arena."""

from __future__ import annotations

import itertools

import pytest
from plan.checked import checked_plan
from plan.networks import equal_blocks, residual
from plan.test_feed import by_hand, grouped
from verify.graphs import dense_model

from edgeq.errors import EdgeqError
from edgeq.plan import lower, lower_to_front
from edgeq.plan.cost import cost_of
from edgeq.plan.feed import with_fed_input
from edgeq.plan.front import find_front, fuse_within
from edgeq.plan.fuse import fuse_steps
from edgeq.plan.lower import lower_whole

MODELS = {
    "residual": residual(4, depthwise=True),
    "inverted": equal_blocks(2, "inverted", 12),
    "by hand": by_hand(),
}


@pytest.mark.parametrize(
    "name",
    ["by hand", *(pytest.param(n, marks=pytest.mark.slow) for n in ("residual", "inverted"))],
)
def test_less_memory_costs_more_instructions_all_along(name: str) -> None:
    whole = lower_whole(MODELS[name].main)
    for program in (whole, with_fed_input(whole)):
        front = find_front(program)
        costs = [cost for cost, _ in front]
        assert costs == sorted(costs, key=lambda cost: cost.arena_bytes)
        assert costs == sorted(costs, key=lambda cost: -cost.extra)
        assert len({cost.arena_bytes for cost in costs}) == len(costs)
        for cost, scheduled in front:
            assert checked_plan(scheduled).arena_bytes == cost.arena_bytes
            assert scheduled.fused_lower_bound_bytes <= cost.arena_bytes
            assert cost_of(scheduled) == cost
        usual = cost_of(fuse_steps(program))
        assert any(c.arena_bytes <= usual.arena_bytes and c.extra <= usual.extra for c in costs)


@pytest.mark.slow
def test_the_fewest_instructions_within_an_arena_are_taken() -> None:
    program = with_fed_input(lower_whole(MODELS["residual"].main))
    front = find_front(program)
    assert len(front) > 2
    for (cost, _), (more, _) in itertools.pairwise(front):
        for nbytes in (cost.arena_bytes, more.arena_bytes - 1):
            assert cost_of(fuse_within(program, nbytes)) == cost
    assert cost_of(fuse_within(program, 1 << 30)) == front[-1][0]
    with pytest.raises(EdgeqError, match=f"takes {front[0][0].arena_bytes} bytes"):
        fuse_within(program, front[0][0].arena_bytes - 1)


def test_nothing_is_fused_where_memory_is_plenty() -> None:
    program = lower(by_hand().main, max_ram=1 << 30)
    assert sum(kernel.slower for p in program.schedule.pipelines for kernel in p.kernels) == 0


def test_an_input_that_cannot_be_fed_has_no_front() -> None:
    for model in (grouped(), dense_model((8, 4))):
        with pytest.raises(EdgeqError, match="cannot be fed by rows"):
            lower_to_front(model.main, feed_rows=True)
        with pytest.raises(EdgeqError, match="cannot be fed by rows"):
            lower(model.main, feed_rows=True, max_ram=1000)
