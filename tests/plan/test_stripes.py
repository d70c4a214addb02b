"""Layers in stripes of columns: what is computed again, what is planned for them, and faults that are
caught.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from plan.checked import checked_plan
from plan.networks import Network, equal_blocks, pooled, residual
from plan.test_feed import by_hand

from edgeq.errors import EdgeqError
from edgeq.graph import Model
from edgeq.opkit.rows import Span
from edgeq.ops import compute
from edgeq.plan import Program, lower, lower_to_front, plan_arena
from edgeq.plan.candidates import find_widths
from edgeq.plan.check import check_bytes
from edgeq.plan.column_ranges import find_ranges, stripes_of
from edgeq.plan.cost import cost_of, recomputed
from edgeq.plan.feed import with_fed_input
from edgeq.plan.front import fuse_within
from edgeq.plan.fuse import fuse_steps
from edgeq.plan.lower import lower_whole
from edgeq.plan.stripe_choices import find_choices, find_ends
from edgeq.plan.stripes import with_stripes
from edgeq.plan.wrong_plan import WrongPlanError
from edgeq.simulate.execute import random_inputs


def wide() -> Model:
    """Rows of 48 pixels, filtered in pairs of layers that shrink them, with a sum and a pointwise shortcut
    between them; padding at one side, at both, or none.
    """
    net = Network(np.random.default_rng(5))
    x = net.filter(net.input(21, 48, 3), 12, (3, 3), 2)
    y = net.filter(net.filter(x, 0, (3, 3)), 12, (1, 1))
    y = net.join(x, y)
    y = net.join(net.filter(y, 12, (3, 3)), net.filter(y, 12, (1, 1)))
    y = net.filter(net.filter(y, 0, (3, 3), 2, "VALID"), 6, (3, 2), 1, "VALID")
    return net.model(net.filter(y, 4, (2, 2), 2))


MODELS = {"wide": wide(), "residual": residual(3), "pooled": pooled(2)}
MODELS |= {"inverted": equal_blocks(1, "inverted", 12)}


@cache
def fed(name: str) -> Program:
    return with_fed_input(lower_whole(MODELS[name].main))


def ends(program: Program) -> list[int]:
    return list(find_ends(program, find_widths(program)[-1]))


def striped(program: Program, last: int, count: int) -> Program:
    found = with_stripes(program, last, count)
    assert found is not None
    return found


@cache
def in_stripes(name: str) -> Program:
    """The first layers in three stripes, or fewer where the map behind them is that narrow, and fused."""
    program = fed(name)
    widths = {k: program.steps[k].node.output.shape[2] for k in ends(program)}
    last = max(k for k, width in widths.items() if width > 1)
    return fuse_steps(striped(program, last, min(widths[last], 3)))


@pytest.mark.parametrize(
    "name",
    ["wide", *(pytest.param(n, marks=pytest.mark.slow) for n in MODELS if n != "wide")],
)
def test_stripes_are_planned_without_a_lost_byte(name: str) -> None:
    fused = in_stripes(name)
    plan, passes = checked_plan(fused), [step for step in fused.steps if step.feed]
    assert len(passes) == len(fused.stripes) > 1
    assert [pipeline.first for pipeline in fused.schedule.pipelines[: len(passes)]] == [
        stripe.start for stripe in fused.stripes
    ]
    assert fused.fused_lower_bound_bytes <= plan.arena_bytes


def test_columns_that_stripes_share_are_computed_again_and_counted() -> None:
    """Against the multiply-accumulates of the narrower layers themselves."""
    program = fed("wide")
    for last in ends(program):
        for count in (2, 4):
            found = striped(program, last, count)
            macs, before = (sum(s.macs or 0 for s in p.steps) for p in (found, program))
            sums = sum(s.node.output.size for s in found.steps if s.node.kind == "ADD")
            sums -= sum(s.node.output.size for s in program.steps if s.node.kind == "ADD")
            fed_pixels = sum(s.node.output.size for s in found.steps if s.feed)
            fed_pixels -= program.steps[0].node.output.size
            assert found.recomputed == pytest.approx(macs - before + sums + fed_pixels, abs=1)


def test_a_stripe_reads_what_its_windows_do() -> None:
    """Stride 2 and padding at the right alone: of 24 columns, those that columns 4 to 7 need of 48."""
    program = fed("wide")
    kernels, (y,) = find_widths(program)[-1], program.steps[1].writes
    ranges, kernel = find_ranges(program, kernels, 1, Span(4, 8)), kernels[1]
    assert ranges is not None
    assert kernel is not None
    assert kernel.columns is not None
    assert ranges.computed[0] == Span(8, 17)
    assert ranges.window(1, 0, y, kernel.columns) == (4, 0)


def test_the_narrower_layers_compute_the_same_bytes() -> None:
    """All operators of stripes, simulated, against the layers in one piece."""
    model = MODELS["wide"]
    program = fed("wide")
    found = striped(program, ends(program)[-1], 3)
    (given,) = random_inputs(model.main, 2)
    values = {t: x.array[None] for t, x in enumerate(found.graph.tensors) if x.constant}
    whole = {t: x.array[None] for t, x in enumerate(program.graph.tensors) if x.constant}
    whole |= {model.main.inputs[0]: given}
    values |= {
        t: block.part(given)
        for t, block in found.blocks.items()
        if block.tensor in model.main.inputs
    }
    for some, at in ((program, whole), (found, values)):
        nodes = [step.node for step in some.steps if not step.feed]
        compute(some.graph, nodes, at, set(range(len(some.graph.tensors))))
    for t, block in found.blocks.items():
        np.testing.assert_array_equal(values[t], block.part(whole[block.tensor]))
    (y,) = program.graph.outputs
    np.testing.assert_array_equal(values[y], whole[y])


def test_rows_of_columns_that_lie_too_close_are_refused() -> None:
    fused = in_stripes("wide")
    first, *others = fused.schedule.pipelines
    t = fused.steps[first.last].writes[0]
    lines = first.line_buffers[t]
    assert (lines.step, lines.place) == (fused.row_bytes(t), t)
    closer = {**first.line_buffers, t: lines._replace(gap=lines.gap - 1)}
    pipelines = (replace(first, line_buffers=closer), *others)
    faulty = replace(fused, schedule=replace(fused.schedule, pipelines=pipelines))
    with pytest.raises(WrongPlanError):
        check_bytes(faulty, plan_arena(fused))


def test_a_stripe_that_starts_one_column_late_is_refused() -> None:
    fused = in_stripes("wide")
    t = next(t for t in fused.joined if fused.blocks[t].first)
    plan, pixel = plan_arena(fused), fused.pixel_bytes(t)
    moved = replace(plan, offsets={**plan.offsets, t: plan.offsets[t] + pixel})
    with pytest.raises(WrongPlanError):
        check_bytes(fused, moved)


@pytest.mark.slow
def test_estimates_are_near_what_is_planned() -> None:
    program = fed("wide")
    for choice in find_choices(program, 1.0)[-2:]:
        found = striped(program, choice.last, choice.count)
        assert choice.recomputed == pytest.approx(found.recomputed, abs=1)
        least = cost_of(fuse_within(found, None)).arena_bytes
        assert least == pytest.approx(choice.arena_bytes, rel=0.3)


@pytest.mark.slow
def test_less_arena_costs_more_and_keeps_to_what_is_allowed() -> None:
    graph = MODELS["wide"].main
    front = lower_to_front(graph, feed_rows=True, max_extra_macs=0.3)
    costs = [cost for cost, _ in front]
    assert costs == sorted(costs, key=lambda cost: cost.arena_bytes)
    assert costs == sorted(costs, key=lambda cost: -cost.extra)
    assert 0 < max(recomputed(program) for _, program in front) <= 300_000
    once = lower_to_front(graph, feed_rows=True)
    assert costs[0].arena_bytes < once[0][0].arena_bytes
    assert cost_of(lower(graph, True, costs[1].arena_bytes, 0.3)) == costs[1]
    with pytest.raises(EdgeqError, match="or --max-extra-macs"):
        lower(graph, True, costs[0].arena_bytes)


def test_only_a_fed_input_comes_several_times() -> None:
    with pytest.raises(EdgeqError, match="--max-extra-macs without --feed-rows"):
        lower(by_hand().main, max_extra_macs=0.5)
    for wrong in (-0.1, float("nan"), float("inf")):
        with pytest.raises(EdgeqError, match="a part of the multiply-accumulates"):
            lower(by_hand().main, feed_rows=True, max_extra_macs=wrong)


def test_stripes_are_all_columns_each_once() -> None:
    for width in range(1, 30):
        for count in range(1, width + 1):
            columns = [c for span in stripes_of(width, count) for c in range(*span)]
            assert columns == list(range(width))
