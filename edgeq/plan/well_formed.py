"""What must hold of a schedule and a plan before it makes sense to execute them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from edgeq.opkit.kernel_call import View
from edgeq.plan.accesses import Piece
from edgeq.plan.arena import Plan
from edgeq.plan.buffers import WIDE, WORD, scratch_alignment
from edgeq.plan.program import Program, library_of
from edgeq.plan.schedule import Pipeline
from edgeq.plan.wrong_plan import WrongPlanError, name_step, name_tensor


def check_schedule(program: Program) -> None:
    """Refuses pipelines that share steps or are out of order, line buffers without a row, and
    firing lists by which a stage does not compute every row once.
    """
    at = 0
    for pipeline in program.schedule.pipelines:
        if not at <= pipeline.first < pipeline.last < len(program.steps):
            raise WrongPlanError(
                f"the pipeline of steps {pipeline.first} to {pipeline.last}",
                f"its steps must lie between {at} and {len(program.steps) - 1}",
            )
        for t, lines in pipeline.line_buffers.items():
            if lines.rows < 1:
                raise WrongPlanError(
                    f"the line buffer of {name_tensor(program, t)}", f"it has {lines.rows} rows"
                )
        check_firings(program, pipeline)
        at = pipeline.last + 1


def check_firings(program: Program, pipeline: Pipeline) -> None:
    """Refuses firings other than of the next rows of a stage, as many as its kernel computes: the
    generated C counts rows and does not read them from the list.
    """
    heights = [program.steps[k].node.output.shape[1] for k in pipeline.steps]
    done = [0] * len(heights)
    for number, firing in enumerate(pipeline.firings):
        stage = firing.stage
        if not 0 <= stage < len(heights):
            raise WrongPlanError(f"firing {number}", f"there is no stage {stage}")
        due = min(pipeline.kernels[stage].rows, heights[stage] - done[stage])
        if (firing.first, firing.rows) != (done[stage], due) or due == 0:
            raise WrongPlanError(
                f"{name_step(program, pipeline.first + stage)}, firing {number}",
                f"it computes {firing.rows} rows from row {firing.first} on, due are {due} from "
                f"row {done[stage]} on",
            )
        done[stage] = firing.end
    for k, rows, height in zip(pipeline.steps, done, heights, strict=True):
        if rows != height:
            raise WrongPlanError(
                name_step(program, k), f"its firings compute {rows} of {height} rows"
            )


def check_inside(plan: Plan, pieces: Iterable[Piece], who: Callable[[], str]) -> None:
    """Refuses bytes outside of the arena. who: names whose they are, for the message."""
    for place, nbytes, _ in pieces:
        if nbytes and not 0 <= place <= plan.arena_bytes - nbytes:
            raise WrongPlanError(
                f"{who()} takes bytes {place} to {place + nbytes - 1} of the arena",
                f"it has {plan.arena_bytes}",
            )


def check_alignment(program: Program, plan: Plan) -> None:
    """Refuses tensors that do not start at a multiple of 4 bytes, wide ones and scratch that do not
    start at one of 8, and what a vendor's library touches that does not start where it wants it. Views
    start where their tensor has the byte, and columns where their first one lies in a row.
    """
    views = {t for step in program.steps if isinstance(step.call, View) for t in step.writes}
    views |= program.joined.keys()
    tensors = program.graph.tensors
    places = [
        (name_tensor(program, t), at, 2 * WORD if tensors[t].dtype in WIDE else WORD)
        for t, at in plan.offsets.items()
        if t not in views
    ]
    places += [
        (f"the scratch of step {k}", at, scratch_alignment(program.steps[k]) * WORD)
        for k, at in plan.scratch.items()
    ]
    places += [
        (name_tensor(program, t), plan.offsets[t], library.alignment)
        for step in program.steps
        if (library := library_of(step)) is not None
        for t in (*step.reads, *step.writes)
    ]
    for what, at, alignment in places:
        if at % alignment:
            raise WrongPlanError(
                f"{what} starts at byte {at} of the arena",
                f"it must start at a multiple of {alignment}",
            )
