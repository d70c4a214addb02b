"""Which steps are fused: lower bounds of possible pipelines, and deep networks of equal blocks."""

from __future__ import annotations

import numpy as np
import pytest
from plan.checked import checked_plan
from plan.networks import Network, equal_blocks, pooled, residual

from edgeq.plan import Schedule, lower
from edgeq.plan.build import build
from edgeq.plan.candidates import find_parts, find_widths
from edgeq.plan.cost import FLASH_OF_PIPELINE
from edgeq.plan.fuse import fuse_steps
from edgeq.plan.lower import lower_whole


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 6))]
)
def test_no_pipeline_costs_less_than_its_lower_bound(seed: int) -> None:
    model = residual(seed, depthwise=seed > 3) if seed < 5 else pooled(seed)
    program = lower_whole(model.main)
    widths, built = find_widths(program), 0
    for part in find_parts(program, widths):
        assert part.offset >= 0
        found = part if part.built else build(program, widths, part)
        if found is not None and found.pipeline is not None:
            assert part.lower_bound <= found.lower_bound <= found.arena_bytes
            plan = checked_plan(program.scheduled(Schedule((found.pipeline,))))
            assert found.arena_bytes <= plan.arena_bytes
            built += 1
    assert built > 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "channels", "rows"),
    [
        (
            "inverted",
            8,
            10,
        ),  # six times as wide: 6 rows before a band of four rows of filters, 4 behind it
        ("residual", 16, 6),
        ("plain", 16, 6),
    ],
)
def test_a_deep_network_of_equal_blocks_is_fused_block_by_block(
    kind: str, channels: int, rows: int
) -> None:
    """No pipeline in one block alone would spare a byte: all others still hold their widest maps
    whole.
    """
    whole = lower_whole(equal_blocks(10, kind, channels=channels).main)
    program, line = fuse_steps(whole), 32 * channels * (6 if kind == "inverted" else 1)
    arena_bytes, pipelines = checked_plan(program).arena_bytes, program.schedule.pipelines
    assert len(pipelines) >= 5
    assert program.fused_lower_bound_bytes <= arena_bytes
    assert arena_bytes <= 32 * 32 * channels + rows * line + 1024
    assert arena_bytes + FLASH_OF_PIPELINE * len(pipelines) < checked_plan(whole).arena_bytes


@pytest.mark.parametrize("kind", ["inverted", "residual"])
def test_no_row_is_lost_between_blocks(kind: str) -> None:
    program = lower(equal_blocks(3, kind, 20, 12).main)
    assert len(program.schedule.pipelines) > 1
    checked_plan(program)
    for pipeline in program.schedule.pipelines:
        calls = [program.steps[k].call for k in pipeline.steps]
        assert calls == [kernel.call for kernel in pipeline.kernels]


def test_a_layer_filters_fewer_rows_at_a_time_where_that_is_a_small_part_of_the_network() -> None:
    """A wide map at the start, of stride 2, whose band of four rows would need nine of the input's."""
    net = Network(np.random.default_rng(0))
    y = net.filter(net.filter(net.input(48, 48, 8), 32, (1, 1)), 0, (3, 3), 2)
    y = net.filter(net.filter(y, 8, (1, 1)), 24, (3, 3), 2)
    for _ in range(6):
        y = net.filter(y, 24, (3, 3))
    program = lower(net.model(y).main)
    (bands,) = [
        kernel.rows
        for kernel in program.schedule.pipelines[0].kernels
        if kernel.call.source == "depthwise_conv_2d_3x3_rows"
    ]
    assert bands == 1


def test_the_last_step_may_go_below_what_it_holds_whole() -> None:
    net = Network(np.random.default_rng(0))
    wide = net.filter(net.input(48, 48, 8), 32, (1, 1))
    program = lower(net.model(net.filter(wide, 0, (3, 3), 2)).main)
    arena_bytes = checked_plan(program).arena_bytes
    assert 48 * 48 * 8 < program.fused_lower_bound_bytes <= arena_bytes < 48 * 48 * 32


def test_a_deep_network_whose_pipelines_do_not_pay_is_left_alone() -> None:
    """Blocks of 4 x 4 pixels: line buffers of three or more rows are all there is."""
    assert lower(equal_blocks(6, "residual", size=4).main).schedule.pipelines == ()
