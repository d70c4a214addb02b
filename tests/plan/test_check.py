"""The checker of schedules and plans: it refuses what a slow execution of every byte refuses, and
nothing else, and names step, firing and byte.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plan.jobs import Job, Work, jobs, program
from plan.naive_arena import LostError, NaiveArena
from plan.networks import Network
from plan.test_pipeline import pipelines_of_all_steps, plan_at

from edgeq.graph import Model
from edgeq.plan import Firing, Pipeline, Plan, Program, Schedule, plan_arena
from edgeq.plan.check import check_bytes, check_rows, execute_bytes, execute_rows
from edgeq.plan.lower import lower_whole
from edgeq.plan.wrong_plan import WrongPlanError

Execute = Callable[[Program, Plan], None]


def refused(execute: Execute, work: Program, plan: Plan) -> bool:
    try:
        execute(work, plan)
    except (WrongPlanError, LostError):
        return True
    return False


def naively(work: Program, plan: Plan) -> None:
    NaiveArena(work, plan).execute()


def verdict(work: Program, plan: Plan) -> bool:
    """Whether all three executions refuse it; they must agree."""
    verdicts = {refused(how, work, plan) for how in (naively, execute_bytes, execute_rows)}
    assert len(verdicts) == 1
    return verdicts.pop()


@settings(max_examples=30, deadline=None)
@given(jobs(), st.data())
def test_whole_steps_are_refused_just_where_a_byte_is_lost(job: Job, data: st.DataObject) -> None:
    work = program(job)
    plan = plan_arena(work)
    assert not verdict(work, plan)
    places = st.integers(-4, max(plan.arena_bytes, 1))
    t = data.draw(st.sampled_from(sorted(plan.offsets)))
    verdict(work, replace(plan, offsets={**plan.offsets, t: data.draw(places)}))
    for k in plan.scratch:
        verdict(work, replace(plan, scratch={**plan.scratch, k: data.draw(places)}))


def tiny(seed: int) -> Model:
    """Filters in a row and a sum, of few pixels."""
    rng = np.random.default_rng(seed)
    net, channels = Network(rng), int(rng.choice([2, 3, 4]))
    x = net.input(int(rng.integers(5, 9)), int(rng.integers(3, 6)), channels)
    y = net.filter(x, channels, (3, 3))
    if seed % 2:
        y = net.filter(y, channels, (int(rng.integers(1, 4)), 1))
    return net.model(net.join(y, x if seed % 3 else net.filter(x, channels, (3, 3))))


def with_pipeline(work: Program, **changes: object) -> Program:
    """The program with its only pipeline changed."""
    (pipeline,) = work.schedule.pipelines
    return replace(work, schedule=Schedule((replace(pipeline, **changes),)))  # type: ignore[arg-type]


def changed(work: Program, plan: Plan, rng: random.Random) -> tuple[Program, Plan]:
    """A fault at random: two firings exchanged, a line buffer of other size, a buffer elsewhere."""
    (pipeline,), kind = work.schedule.pipelines, rng.randrange(5)
    firings, near = list(pipeline.firings), rng.choice([-8, -3, -1, 1, 3, 8])
    if kind == 0:
        i, j = sorted(rng.sample(range(len(firings)), 2))
        firings.insert(i, firings.pop(j))
        return with_pipeline(work, firings=tuple(firings)), plan
    if kind == 1:
        t, lines = rng.choice(list(pipeline.line_buffers.items()))
        fewer = lines._replace(rows=max(lines.rows + rng.choice([-1, -1, 1]), 1))
        return with_pipeline(work, line_buffers={**pipeline.line_buffers, t: fewer}), plan
    if kind == 2 and plan.scratch:
        k = rng.choice(list(plan.scratch))
        return work, replace(plan, scratch={**plan.scratch, k: plan.scratch[k] + near})
    t = rng.choice(list(plan.offsets))
    return work, replace(plan, offsets={**plan.offsets, t: plan.offsets[t] + near})


@pytest.mark.parametrize("seed", range(6))
def test_pipelines_are_refused_just_where_a_byte_is_lost(seed: int) -> None:
    whole, rng, found = lower_whole(tiny(seed).main), random.Random(seed), Counter[bool]()
    for pipeline in pipelines_of_all_steps(whole)[:2]:
        work = whole.scheduled(Schedule((pipeline,)))
        plan = plan_arena(work)
        assert not verdict(work, plan)
        found.update(verdict(*changed(work, plan, rng)) for _ in range(8))
    assert found[True] > 4


def two_filters() -> Program:
    """Two 3x3 layers on 8 rows of 4 pixels and 4 channels, fused."""
    net = Network(np.random.default_rng(0))
    y = net.filter(net.filter(net.input(8, 4, 4), 4, (3, 3)), 4, (3, 3))
    whole = lower_whole(net.model(y).main)
    return whole.scheduled(Schedule((pipelines_of_all_steps(whole)[0],)))


def refusal(work: Program, plan: Plan) -> str:
    """The message, which does not depend on how fine the arena is cut."""
    messages = set()
    for execute in (execute_bytes, execute_rows):
        with pytest.raises(WrongPlanError) as caught:
            execute(work, plan)
        messages.add(f"{caught.value.what}: {caught.value.why}")
    (message,) = messages
    return message


def test_a_line_buffer_one_row_too_small_is_refused() -> None:
    work = two_filters()
    (pipeline,), plan = work.schedule.pipelines, plan_arena(work)
    (t,) = (t for t, lines in pipeline.line_buffers.items() if lines.place is None)
    lines = pipeline.line_buffers[t]
    small = {**pipeline.line_buffers, t: lines._replace(rows=lines.rows - 1)}
    message = refusal(with_pipeline(work, line_buffers=small), plan)
    assert 'CONV_2D "conv_2d1", firing' in message
    assert 'of "conv_2d0": byte' in message


def test_a_firing_too_early_is_refused() -> None:
    work = two_filters()
    (pipeline,), plan = work.schedule.pipelines, plan_arena(work)
    firings = list(pipeline.firings)
    early = next(firing for firing in firings if firing.stage == 1)
    firings.remove(early)
    firings.insert(1, early)  # when one row exists, and it reads two
    assert refusal(with_pipeline(work, firings=tuple(firings)), plan) == (
        'step 1, layer 1, CONV_2D "conv_2d1", firing 1 (computes rows 0 to 0) reads byte 16 of the '
        'arena for byte 16 in row 1 of "conv_2d0": nothing was written there'
    )


def test_a_firing_of_rows_that_are_not_due_is_refused() -> None:
    work = two_filters()
    (pipeline,), plan = work.schedule.pipelines, plan_arena(work)
    first, *rest = pipeline.firings
    twice = with_pipeline(work, firings=(first, first, *rest))
    assert "it computes 1 rows from row 0 on, due are 1 from row 1 on" in refusal(twice, plan)
    assert "compute 7 of 8 rows" in refusal(with_pipeline(work, firings=(first, *rest[:-1])), plan)
    strange = with_pipeline(work, firings=(first, Firing(2, 0, 1), *rest))
    assert "there is no stage 2" in refusal(strange, plan)


def test_an_output_one_byte_too_near_to_its_input_is_refused() -> None:
    work = two_filters()
    (pipeline,) = work.schedule.pipelines
    (offset,) = pipeline.in_place_offsets.values()
    execute_bytes(work, plan_at(work, offset))
    message = refusal(work, plan_at(work, offset - 1))
    assert 'CONV_2D "conv_2d0", firing' in message
    assert 'of "conv_2d1" lies there' in message


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("read", [7, 9])
def test_a_kernel_in_place_a_byte_off_is_refused(read: int, exact: bool) -> None:
    """Of 12 bytes that may be written over 12 bytes from 8 bytes below on, or from just there."""
    work = program(Job((12,), (Work((0,), 12, (8,), exact=exact),), (1,)))
    plan = replace(plan_arena(work), offsets={0: 8, 1: 0}, arena_bytes=24)
    assert not verdict(work, plan)
    off = replace(plan, offsets={0: read, 1: 0})
    assert verdict(work, off) == (exact or read < 8)
    if verdict(work, off):
        assert refusal(work, off) == (
            f'step 0, layer 0, WORK "t1" may write byte {read} of the arena before it has read it: '
            f'its output starts {read} bytes below what it reads of "t0", '
            "its kernel needs it to lie 8 bytes below it"
        )


def test_scratch_over_an_input_or_an_output_is_refused() -> None:
    work = program(Job((8,), (Work((0,), 8, scratch=8),), (1,)))
    plan = replace(plan_arena(work), offsets={0: 0, 1: 8}, arena_bytes=32)
    assert not verdict(work, replace(plan, scratch={0: 16}))
    assert "scratch of step 0 lies there" in refusal(work, replace(plan, scratch={0: 4}))
    after = refusal(work, replace(plan, scratch={0: 12}))
    assert after.startswith("the application, after the last step, reads byte 12 of the arena")


def test_a_second_output_never_runs_in_place() -> None:
    """A call's in-place offset is that of its first output."""
    work = program(Job((8,), (Work((0,), 8, (0,)),), (1,)))
    (step,), extra = work.steps, replace(work.graph.tensors[1], name="second")
    graph = replace(work.graph, tensors=(*work.graph.tensors, extra), outputs=(1, 2))
    both = replace(work, graph=graph, steps=(replace(step, writes=(1, 2)),))
    plan = replace(plan_arena(work), arena_bytes=24)
    assert not verdict(both, replace(plan, offsets={0: 0, 1: 0, 2: 8}))
    assert verdict(both, replace(plan, offsets={0: 0, 1: 8, 2: 0}))


@pytest.mark.parametrize("check", [check_bytes, check_rows])
def test_bytes_outside_and_buffers_that_are_not_aligned_are_refused(check: Execute) -> None:
    work = program(Job((8,), (Work((0,), 8, scratch=8),), (1,)))
    plan = replace(plan_arena(work), offsets={0: 0, 1: 8}, scratch={0: 16}, arena_bytes=32)
    check(work, plan)
    for offsets, scratch, why in (
        ({0: 0, 1: 26}, 16, 'WORK "t1" takes bytes 26 to 33 of the arena — it has 32'),
        ({0: -4, 1: 8}, 16, "takes bytes -4 to 3 of the arena"),
        ({0: 0, 1: 10}, 24, '"t1" starts at byte 10 of the arena — it must start at a multiple'),
        ({0: 0, 1: 8}, 20, "the scratch of step 0 starts at byte 20"),
    ):
        with pytest.raises(WrongPlanError, match=why):
            check(work, replace(plan, offsets=offsets, scratch={0: scratch}))


def test_pipelines_that_share_a_step_are_refused() -> None:
    work = two_filters()
    (pipeline,) = work.schedule.pipelines
    twice = replace(work, schedule=Schedule((pipeline, pipeline)))
    assert "must lie between 2 and 1" in refusal(twice, plan_arena(work))
    nowhere: Pipeline = replace(pipeline, last=2)
    beyond = replace(work, schedule=Schedule((nowhere,)))
    assert "must lie between 0 and 1" in refusal(beyond, plan_arena(work))
