"""What schedules cost, and when that is worth it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from plan.checked import checked_plan
from plan.networks import Network, equal_blocks

from edgeq.ops import count_macs
from edgeq.plan import lower
from edgeq.plan.candidates import find_widths
from edgeq.plan.cost import (
    FLASH_OF_PIPELINE,
    MOST_EXTRA,
    Cost,
    cost_of,
    extra_instructions,
    limits,
    worthwhile,
)
from edgeq.plan.lower import lower_whole


def test_a_program_without_pipelines_costs_its_arena() -> None:
    whole = lower_whole(equal_blocks(2, "inverted").main)
    assert cost_of(whole) == Cost(checked_plan(whole).arena_bytes, 0, 0)


def test_each_pipeline_adds_flash_and_narrow_kernels_add_instructions() -> None:
    fused = lower(equal_blocks(3, "inverted", 20, 12).main)
    cost, pipelines = cost_of(fused), fused.schedule.pipelines
    assert cost.arena_bytes == checked_plan(fused).arena_bytes
    assert cost.flash_bytes == FLASH_OF_PIPELINE * len(pipelines) > FLASH_OF_PIPELINE
    assert cost.total_bytes == cost.arena_bytes + cost.flash_bytes
    assert 0 < cost.extra <= MOST_EXTRA


@pytest.mark.parametrize("width", range(3))
def test_instructions_are_those_of_the_layers_share_of_the_work(width: int) -> None:
    """A depthwise layer computes 4, 2 or 1 rows at a time, between pointwise layers, whose instructions
    do not depend on that.
    """
    net = Network(np.random.default_rng(0))
    y = net.filter(net.filter(net.input(12, 12, 4), 8, (1, 1)), 0, (3, 3))
    program = lower_whole(net.model(net.filter(y, 4, (1, 1))).main)
    kernels = find_widths(program)[width]
    slower = [kernel.slower for kernel in kernels if kernel is not None]
    macs = [count_macs(step.node) or 0 for step in program.steps]
    assert slower == [0, (0.1, 0.25, 0.56)[width], 0]
    of_filter = round(1_000_000 * slower[1] * macs[1] / sum(macs))
    assert extra_instructions(program, kernels) == (0, of_filter, 0)
    assert extra_instructions(program, [None] * 3) == (0, 0, 0)


def test_a_schedule_is_worth_it_from_a_twentieth_of_the_arena_and_512_bytes_on() -> None:
    at_least = Cost(19_000, FLASH_OF_PIPELINE, MOST_EXTRA)
    assert worthwhile(at_least, limits(20_000))
    assert not worthwhile(replace(at_least, arena_bytes=19_001), limits(20_000))
    assert not worthwhile(replace(at_least, extra=MOST_EXTRA + 1), limits(20_000))
    assert worthwhile(replace(at_least, arena_bytes=488), limits(1_000))
    assert not worthwhile(replace(at_least, arena_bytes=489), limits(1_000))
