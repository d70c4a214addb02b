"""Rows that are written over the first row that their stage reads: which, where they lie, and faults that
are caught.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from plan.naive_arena import LostError, NaiveArena
from plan.networks import Network, separable

from edgeq.graph import Model
from edgeq.opkit.rows import RowKernel
from edgeq.plan import Pipeline, Program, Schedule, plan_arena
from edgeq.plan.build import build
from edgeq.plan.candidates import find_widths
from edgeq.plan.check import check_bytes, check_rows
from edgeq.plan.firing import smallest_line_buffers
from edgeq.plan.in_place import over_first_rows
from edgeq.plan.lower import lower_whole
from edgeq.plan.partition import Part
from edgeq.plan.pipeline import make_pipeline
from edgeq.plan.schedule import Taken
from edgeq.plan.stages import StageGraph, find_stages
from edgeq.plan.wrong_plan import WrongPlanError


def fused(model: Model, apart: bool = False) -> tuple[Program, Pipeline]:
    """All layers as one pipeline of single rows; apart: in which every tensor has its own lines."""
    program = lower_whole(model.main)
    kernels = find_widths(program)[-1]
    stages = find_stages(program, kernels, 0, len(program.steps) - 1)
    assert stages is not None
    graph = StageGraph(stages, {stage.writes: stage.writes for stage in stages})
    graph = graph if apart else over_first_rows(stages, graph.buffer_of)
    found = smallest_line_buffers(graph)
    assert found is not None
    pipeline = make_pipeline(program, 0, len(program.steps) - 1, graph, *found)
    return program.scheduled(Schedule((pipeline,))), pipeline


def refused(program: Program) -> bool:
    """Whether its plan is refused: by the checker and by the slow execution, or by neither."""
    plan, verdicts = plan_arena(program), set[bool]()
    for execute in (check_bytes, check_rows, lambda p, a: NaiveArena(p, a).execute()):
        try:
            execute(program, plan)
            verdicts.add(False)
        except (WrongPlanError, LostError):
            verdicts.add(True)
    (verdict,) = verdicts
    return verdict


def taken(pipeline: Pipeline) -> dict[int, Taken]:
    return {t: lines.taken for t, lines in pipeline.line_buffers.items() if lines.taken}


@pytest.mark.parametrize(
    "seed", [*range(3), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(3, 12))]
)
def test_no_row_is_lost_and_less_memory_is_taken(seed: int) -> None:
    program, pipeline = fused(separable(seed))
    assert taken(pipeline)
    assert not refused(program)
    assert pipeline.memory_bytes < fused(separable(seed), apart=True)[1].memory_bytes


def test_rows_take_the_line_of_the_first_row_of_their_windows() -> None:
    """Stride 1 and a row of padding, then a pointwise layer that shrinks, then one that widens."""
    net = Network(np.random.default_rng(0))
    x = net.filter(net.input(12, 8, 2), 6, (3, 3))
    filtered = net.filter(x, 0, (3, 3))
    fewer = net.filter(filtered, 4, (1, 1))
    wider = net.filter(fewer, 9, (1, 1))
    _, pipeline = fused(net.model(net.filter(wider, 2, (3, 3), 2)))
    assert taken(pipeline) == {filtered: Taken(1, -1), fewer: Taken(1, -1)}
    lines, over = pipeline.line_buffers[x], pipeline.line_buffers[fewer]
    assert (over.start, over.step, over.rows) == (lines.start, lines.step, lines.rows)
    assert (over.row_bytes, over.line(1), over.line(0)) == (8 * 4, lines.line(0), lines.rows - 1)


def test_who_else_needs_rows_keeps_them() -> None:
    """Input rows that a sum reads too, output rows that a window reads, and those of a whole tensor."""
    net = Network(np.random.default_rng(0))
    x = net.filter(net.input(12, 8, 2), 6, (3, 3))
    y = net.join(net.filter(x, 0, (3, 3)), x)
    model = net.model(net.filter(net.filter(y, 0, (3, 3)), 4, (3, 3)))
    assert not taken(fused(model)[1])
    net = Network(np.random.default_rng(0))
    whole = net.model(net.filter(net.filter(net.input(12, 8, 6), 0, (3, 3)), 4, (1, 1)))
    assert not taken(fused(whole)[1])


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_a_line_off_is_refused(seed: int) -> None:
    """Rows over the second row of their windows, or over one that is to be read again."""
    program, pipeline = fused(separable(seed))
    for t, over in taken(pipeline).items():
        lines = pipeline.line_buffers[t]
        moved = lines._replace(taken=over._replace(shift=over.shift + 1))
        buffers = {**pipeline.line_buffers, t: moved}
        faulty = replace(pipeline, line_buffers=buffers)
        assert refused(program.scheduled(Schedule((faulty,)))) == (lines.rows > 1)


def test_rows_over_a_line_before_they_are_read_are_refused() -> None:
    """Firings in the order that serves where every tensor has its own lines."""
    program, pipeline = fused(separable(3))
    order = fused(separable(3), apart=True)[1].firings
    faulty = replace(pipeline, firings=order)
    assert order != pipeline.firings
    assert refused(program.scheduled(Schedule((faulty,))))


def test_a_kernel_that_writes_before_it_has_read_is_refused() -> None:
    program, pipeline = fused(separable(3))

    def apart(kernel: RowKernel) -> RowKernel:
        return replace(kernel, over_first=False)

    kernels = tuple(apart(kernel) for kernel in pipeline.kernels)
    assert refused(program.scheduled(Schedule((replace(pipeline, kernels=kernels),))))


def test_rows_stay_apart_where_that_takes_less() -> None:
    """The half rows of a sum wait for a deep branch, over whole rows of which more are needed then."""
    net = Network(np.random.default_rng(0))
    base = net.filter(net.input(24, 16, 2), 24, (3, 3))
    waits = net.filter(net.filter(base, 8, (1, 1)), 0, (3, 3), 2)
    deep = net.filter(base, 8, (3, 3), 2)
    for _ in range(3):
        deep = net.filter(deep, 8, (3, 3))
    model = net.model(net.filter(net.join(deep, waits), 2, (3, 3)))
    over, apart = fused(model)[1], fused(model, apart=True)[1]
    assert over.memory_bytes > apart.memory_bytes
    program, last = lower_whole(model.main), apart.last
    widths = find_widths(program)
    part = build(program, widths, Part(0, last, 0, 0, width=len(widths) - 1))
    assert part is not None
    assert part.pipeline is not None
    assert part.pipeline.memory_bytes <= apart.memory_bytes
    assert not refused(program.scheduled(Schedule((part.pipeline,))))
