"""Firing lists and line buffers: every stage comes to its end, and no line buffer can be smaller."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from plan.checked import checked_plan
from plan.networks import Network, pooled, residual

from edgeq.graph import Model, read_tflite
from edgeq.plan import lower
from edgeq.plan.candidates import find_row_kernel
from edgeq.plan.firing import fire, smallest_line_buffers
from edgeq.plan.in_place import in_place_choices
from edgeq.plan.lower import lower_whole
from edgeq.plan.stages import StageGraph, find_stages


@pytest.mark.parametrize(
    "seed", [*range(10), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(10, 25))]
)
def test_no_row_is_lost(seed: int) -> None:
    checked_plan(lower(residual(seed, depthwise=seed > 12).main))


@pytest.mark.parametrize("seed", range(10))
def test_no_row_is_lost_where_pooling_reads_rows_in_blocks(seed: int) -> None:
    program = lower(pooled(seed).main)
    assert program.schedule.pipelines
    checked_plan(program)


@pytest.mark.slow
def test_most_networks_of_wide_layers_have_a_pipeline() -> None:
    fused = [lower(residual(seed).main).schedule.pipelines for seed in range(25)]
    assert sum(map(bool, fused)) > 20


def stages_of(model: Model) -> StageGraph:
    """All of a model's layers as stages, the first choice of operands overwritten."""
    program = lower_whole(model.main)
    kernels = [find_row_kernel(step) for step in program.steps]
    stages = find_stages(program, kernels, 0, len(program.steps) - 1)
    assert stages is not None
    return next(in_place_choices(stages))


def test_two_filters_of_three_rows_keep_three_rows_between_them() -> None:
    net = Network(np.random.default_rng(0))
    x = net.input(12, 8, 4)
    between = net.filter(x, 4, (3, 3))
    found = smallest_line_buffers(stages_of(net.model(net.filter(between, 4, (3, 3)))))
    assert found is not None
    assert found[0] == {between: 3}


def test_a_branch_waits_for_the_other_one() -> None:
    """Of x, two 3x3 layers and the sum of both: 2 rows of padding and 3 of the filter lie between
    it and the sum.
    """
    net = Network(np.random.default_rng(0))
    x = net.filter(net.input(12, 8, 4), 4, (3, 3))
    a = net.filter(x, 4, (3, 3))
    b = net.filter(a, 4, (3, 3))
    found = smallest_line_buffers(stages_of(net.model(net.join(b, x))))
    assert found is not None
    assert found[0] == {x: 3, a: 3}


@pytest.mark.parametrize("seed", range(6))
def test_no_line_buffer_can_be_smaller(seed: int) -> None:
    """The next smaller size for any one of them: the stages do not come to their end, or a firing
    reads more rows than there are.
    """
    graph = stages_of(residual(seed))
    least, found = graph.least_rows(), smallest_line_buffers(graph)
    assert found is not None
    assert not fire(graph, found[0])[1]
    stuck = 0
    for t, rows in found[0].items():
        sizes = [n for n in range(rows) if n == 0 or graph.grown({t: n - 1}, t)[t] == n]
        full = fire(graph, {**found[0], t: sizes[-1]})[1]
        assert full or sizes[-1] < least[t]
        stuck += bool(full)
    assert stuck > 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "arena_bytes"), [("pretrainedResnet_quant", 22_000), ("vww_96_int8", 32_000)]
)
def test_benchmark_models_need_little_more_than_their_widest_map(
    name: str, arena_bytes: int, shared_models: Path
) -> None:
    program = lower(read_tflite(shared_models / f"{name}.tflite").main)
    assert checked_plan(program).arena_bytes <= arena_bytes
