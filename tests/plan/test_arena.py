"""Where the planner puts things: nothing still needed is overwritten, and small programs fit as
well as can be.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from plan.checked import checked_plan
from plan.jobs import Job, Work, jobs, program

from edgeq.graph import Graph, Tensor
from edgeq.opkit.kernel_call import KernelCall, View
from edgeq.plan import Plan, Program


@settings(max_examples=100, deadline=None)
@given(jobs())
def test_nothing_that_is_still_needed_is_overwritten(job: Job) -> None:
    work = program(job)
    plan = checked_plan(work)
    assert plan.arena_bytes >= max(t.nbytes for t in work.graph.tensors)
    assert plan.overlap_bound_bytes <= plan.arena_bytes
    assert plan.proved == (plan.overlap_bound_bytes == plan.arena_bytes)
    assert plan == checked_plan(work), "the same program, another plan"


def viewed(work: Program, plan: Plan) -> dict[int, int]:
    """By planned tensor the tensor whose bytes it shares as a view; itself if it is no view."""
    views = {t: t for t in plan.offsets}
    for step in work.steps:
        if isinstance(step.call, View):
            views[step.writes[0]] = views[step.reads[0]]
    return views


def better(work: Program, plan: Plan) -> bool:
    """Whether any placement at multiples of 4 is legal and smaller than the plan: all of them are
    tried.
    """
    roots = sorted(
        set(plan.offsets) - {s.writes[0] for s in work.steps if isinstance(s.call, View)}
    )
    step_of = {s.writes[0]: k for k, s in enumerate(work.steps)}
    sizes = {t: work.graph.tensors[t].nbytes for t in roots}
    views = viewed(work, plan)
    start = {t: plan.offsets[t] - plan.offsets[root] for t, root in views.items()}

    def in_place(y: int, x: int) -> tuple[int, bool] | None:
        """The distance at which y may overlap x, where x dies in the step that writes y; whether
        only there.
        """
        k = step_of.get(y)
        if (
            k is None
            or plan.lifetimes[x][1] != k
            or not isinstance(call := work.steps[k].call, KernelCall)
        ):
            return None
        offsets = [
            (d, start[t])
            for t, d in zip(work.steps[k].reads, call.overlap, strict=True)
            if views[t] == x
        ]
        if not offsets or any(d is None for d, _ in offsets):
            return None
        distances = [d - at for d, at in offsets if d is not None]
        return None if call.exact and len(set(distances)) > 1 else (max(distances), call.exact)

    def legal(a: int, at_a: int, b: int, at_b: int) -> bool:
        (first_a, last_a), (first_b, last_b) = plan.lifetimes[a], plan.lifetimes[b]
        if (
            last_a < first_b
            or last_b < first_a
            or at_a + sizes[a] <= at_b
            or at_b + sizes[b] <= at_a
        ):
            return True

        def fits(found: tuple[int, bool] | None, distance: int) -> bool:
            return found is not None and (
                distance == found[0] if found[1] else distance >= found[0]
            )

        return fits(in_place(a, b), at_b - at_a) or fits(in_place(b, a), at_a - at_b)

    def search(placed: dict[int, int]) -> bool:
        if len(placed) == len(roots):
            return True
        t = roots[len(placed)]
        starts = range(0, plan.arena_bytes - 4 - sizes[t] + 1, 4)
        return any(
            search(placed | {t: at})
            for at in starts
            if all(legal(t, at, other, placed[other]) for other in placed)
        )

    return search({})


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(jobs(steps=4, unit=4, scratch=False))
def test_small_programs_are_placed_as_well_as_any_placement(job: Job) -> None:
    work = program(job)
    plan = checked_plan(work)
    assert plan.proved
    assert not better(work, plan)


def test_steps_in_a_row_hold_two_neighbours() -> None:
    plan = checked_plan(
        program(Job((40,), (Work((0,), 100), Work((1,), 20), Work((2,), 60)), (3,)))
    )
    assert plan.arena_bytes == plan.bound_bytes == 140


def test_a_branch_keeps_its_start() -> None:
    plan = checked_plan(
        program(Job((40,), (Work((0,), 40), Work((1,), 40), Work((0, 2), 40, (None, None))), (3,)))
    )
    assert plan.arena_bytes == 120


def test_an_element_wise_kernel_runs_in_place() -> None:
    plan = checked_plan(program(Job((40,), (Work((0,), 40, (0,)), Work((1,), 40, (0,))), (2,))))
    assert plan.arena_bytes == 40


def test_an_input_that_is_needed_later_is_no_place_to_run() -> None:
    plan = checked_plan(program(Job((40,), (Work((0,), 40, (0,)), Work((0, 1), 40, (0, 0))), (2,))))
    assert plan.arena_bytes == 80


def test_a_growing_output_slides_under_its_input() -> None:
    """16 bytes become 40, and each is read in time if the output starts 24 below: together they end
    at 40.
    """
    plan = checked_plan(program(Job((16,), (Work((0,), 40, (24,)),), (1,))))
    assert (plan.arena_bytes, plan.offsets) == (40, {0: 24, 1: 0})


def test_a_slice_may_start_above_its_input() -> None:
    plan = checked_plan(program(Job((40,), (Work((0,), 8, (-32,)),), (1,))))
    assert plan.arena_bytes == 40


def test_a_tensor_that_is_both_inputs_obeys_both_offsets() -> None:
    both = [
        checked_plan(program(Job((16,), (Work((0, 0), 16, offsets),), (1,))))
        for offsets in ((0, None), (None, 0))
    ]
    assert [plan.arena_bytes for plan in both] == [32, 32]
    farther = checked_plan(program(Job((16,), (Work((0, 0), 16, (8, 0)),), (1,))))
    assert farther.arena_bytes == 24


def test_two_views_of_one_tensor_obey_both_offsets() -> None:
    works = (Work((0,), 0, view=True), Work((0, 1), 16, (0, None)))
    assert checked_plan(program(Job((16,), works, (2,)))).arena_bytes == 32


def test_a_view_behind_the_start_moves_the_offset_along() -> None:
    """An output that must start 8 below the second half of 16 bytes may start where the whole does."""
    plan = checked_plan(
        program(Job((16,), (Work((0,), 0, view=True, offset=8), Work((1,), 16, (8,))), (2,)))
    )
    assert plan.arena_bytes == 16
    assert plan.offsets == {0: 0, 1: 8, 2: 0}


def test_an_output_that_nobody_reads_still_has_its_place() -> None:
    plan = checked_plan(program(Job((16,), (Work((0,), 16), Work((0,), 16)), (2,))))
    assert plan.lifetimes[1] == (0, 0)
    assert plan.arena_bytes == 32


def test_an_input_that_is_an_output_is_kept_to_the_end() -> None:
    plan = checked_plan(program(Job((16,), (Work((0,), 16, (0,)), Work((1,), 16)), (0, 2))))
    assert plan.lifetimes[0] == (-1, 2)
    assert plan.arena_bytes == 48


def test_scratch_is_counted_and_aligned() -> None:
    plan = checked_plan(program(Job((4,), (Work((0,), 4, scratch=10),), (1,))))
    assert plan.scratch[0] % 8 == 0
    assert plan.bound_bytes == plan.arena_bytes == 20  # 18, and the last word is whole


def test_wide_elements_are_aligned() -> None:
    plan = checked_plan(
        program(Job((4, 8), (Work((0, 1), 8, (None, None)),), (2,), {1: "int64", 2: "float64"}))
    )
    assert plan.offsets[1] % 8 == plan.offsets[2] % 8 == 0


def test_a_constant_output_has_a_place_at_the_end() -> None:
    constant = Tensor("c", (12,), "int8", buffer=bytes(12))
    graph = Graph((Tensor("x", (16,), "int8"), constant), (), (0,), (1, 0))
    plan = checked_plan(Program(graph, ()))
    assert plan.arena_bytes == 28
    assert plan.lifetimes[1] == (0, 0)


def test_nothing_needs_nothing() -> None:
    assert checked_plan(Program(Graph((), (), (), ()), ())).arena_bytes == 0


def test_a_kernel_that_runs_just_in_place_does_nothing_else() -> None:
    """In place where both may start together; without an overlap where an input of 8 bytes lies
    before them.
    """
    plan = checked_plan(program(Job((40,), (Work((0,), 40, (0,), exact=True),), (1,))))
    assert plan.arena_bytes == 40
    plan = checked_plan(
        program(
            Job((16,), (Work((0,), 40, (24,), exact=True), Work((1,), 8, (8,), exact=True)), (2,))
        )
    )
    assert (plan.arena_bytes, plan.offsets[0] - plan.offsets[1]) == (48, 24)
    assert plan.offsets[1] - plan.offsets[2] in (-40, 8)
