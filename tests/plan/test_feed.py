"""An input that comes row by row: what is planned for it, what is refused, and faults that are
caught.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from plan.checked import checked_plan
from plan.networks import Network, pooled, residual, shortcuts
from verify.graphs import dense_model

from edgeq.errors import EdgeqError
from edgeq.graph import Graph, Model
from edgeq.plan import Firing, Pipeline, Program, Schedule, lower
from edgeq.plan.check import check_bytes
from edgeq.plan.wrong_plan import WrongPlanError

MODELS = [residual(7), residual(8), shortcuts(1), pooled(2), pooled(3)]


def fed(model: Model) -> Program:
    return lower(model.main, feed_rows=True)


def by_hand() -> Model:
    """Rows of 40 pixels of 3 channels through 3x3 filters, to a map of a quarter of the size."""
    net = Network(np.random.default_rng(1))
    x = net.filter(net.input(40, 40, 3), 4, (3, 3), 2)
    return net.model(net.filter(net.filter(x, 0, (3, 3), 2), 6, (1, 1)))


def with_pipeline(program: Program, pipeline: Pipeline) -> Program:
    """The program with another first pipeline."""
    return program.scheduled(Schedule((pipeline, *program.schedule.pipelines[1:])))


@pytest.mark.parametrize("model", MODELS, ids=range(len(MODELS)))
def test_the_input_never_exists_whole(model: Model) -> None:
    program = fed(model)
    plan, (t,) = checked_plan(program), program.steps[0].writes
    assert t == model.main.inputs[0]
    assert program.graph.inputs == ()
    assert program.schedule.pipelines[0].first == 0
    assert plan.held[t] < model.main.tensors[t].nbytes
    assert program.fused_lower_bound_bytes <= plan.arena_bytes


def test_a_strided_filter_needs_as_many_rows_as_its_window() -> None:
    program = fed(by_hand())
    lines = program.schedule.pipelines[0].line_buffers[0]
    assert (lines.place, lines.rows, lines.row_bytes) == (None, 3, 120)
    stages = [firing.stage for firing in program.schedule.pipelines[0].firings]
    assert stages[:5] == [0, 0, 0, 1, 0]  # "same" padding of stride 2 is below the last row
    assert stages.count(0) == 40


def test_a_line_buffer_of_one_row_too_few_is_refused() -> None:
    program = fed(by_hand())
    pipeline = program.schedule.pipelines[0]
    short = {0: pipeline.line_buffers[0]._replace(rows=2)}
    faulty = replace(pipeline, line_buffers={**pipeline.line_buffers, **short})
    with pytest.raises(WrongPlanError, match=r'for byte 0 in row 0 of "x"'):
        check_bytes(with_pipeline(program, faulty), checked_plan(program))


def test_rows_that_come_in_another_order_are_refused() -> None:
    program = fed(by_hand())
    pipeline = program.schedule.pipelines[0]
    first, second, *rest = pipeline.firings
    assert (first, second) == (Firing(0, 0, 1), Firing(0, 1, 1))
    swapped = replace(pipeline, firings=(second, first, *rest))
    with pytest.raises(WrongPlanError, match="due are 1 from row 0 on"):
        check_bytes(with_pipeline(program, swapped), checked_plan(program))


def test_a_layer_that_does_not_wait_for_its_rows_is_refused() -> None:
    program = fed(by_hand())
    pipeline, plan = program.schedule.pipelines[0], checked_plan(program)
    for at, (one, two) in enumerate(zip(pipeline.firings, pipeline.firings[1:], strict=False)):
        if (one.stage, two.stage) == (0, 1):
            firings = (*pipeline.firings[:at], two, one, *pipeline.firings[at + 2 :])
            with pytest.raises(WrongPlanError, match=r'of "x"'):
                check_bytes(with_pipeline(program, replace(pipeline, firings=firings)), plan)


def test_models_without_rows_are_refused_with_the_reason() -> None:
    net = Network(np.random.default_rng(1))
    x, y = net.input(8, 8, 2), net.input(8, 8, 2)
    both = net.filter(net.join(x, y), 2, (3, 3))
    several = Graph(tuple(net.tensors), tuple(net.ops), (x, y), (both,))
    for graph, why in (
        (several, "the model has 2 inputs"),
        (dense_model((8, 4)).main, r"\[1, 8\] is not \[1, height, width, channels\]"),
        (grouped().main, r'CONV_2D "y" reads it, which has no kernel that computes row by row'),
    ):
        with pytest.raises(EdgeqError, match=why) as caught:
            lower(graph, feed_rows=True)
        assert caught.value.remedy == "leave --feed-rows out"


def grouped() -> Model:
    """A convolution of two groups, which no row kernel computes."""
    net = Network(np.random.default_rng(1))
    y = net.filter(net.input(12, 12, 4), 4, (3, 3))
    (op,) = net.ops
    weights = net.tensors[op.inputs[1]]
    half = np.ascontiguousarray(weights.array[..., :2])
    net.tensors[op.inputs[1]] = replace(weights, shape=half.shape, buffer=half.tobytes())
    net.tensors[y] = replace(net.tensors[y], name="y")
    return net.model(y)
