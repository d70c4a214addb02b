"""How far below its inputs the output of a pipeline must start: just as far as is needed."""

from __future__ import annotations

import pytest
from plan.networks import shortcuts

from edgeq.plan import Pipeline, Plan, Program, Schedule
from edgeq.plan.candidates import find_row_kernel
from edgeq.plan.check import execute_bytes, execute_rows
from edgeq.plan.firing import smallest_line_buffers
from edgeq.plan.in_place import in_place_choices
from edgeq.plan.lower import lower_whole
from edgeq.plan.pipeline import make_pipeline
from edgeq.plan.stages import find_stages
from edgeq.plan.wrong_plan import WrongPlanError


def pipelines_of_all_steps(program: Program) -> list[Pipeline]:
    """All steps as one pipeline, with every choice of operands that are overwritten."""
    last = len(program.steps) - 1
    stages = find_stages(program, [find_row_kernel(step) for step in program.steps], 0, last)
    assert stages is not None
    found = []
    for graph in in_place_choices(stages):
        smallest = smallest_line_buffers(graph)
        assert smallest is not None
        found.append(make_pipeline(program, 0, last, graph, *smallest))
    return found


def plan_at(program: Program, offset: int) -> Plan:
    """The plan of a program that is one pipeline whose output starts so many bytes below its input,
    all else apart.
    """
    (pipeline,), graph = program.schedule.pipelines, program.graph
    (x,), (y,) = graph.inputs, graph.outputs
    below = pipeline.memory_bytes + max(-offset, 0)
    place = {y: below, x: below + offset}
    offsets = {
        t: lines.start + (0 if lines.place is None else place[lines.place])
        for t, lines in pipeline.line_buffers.items()
    }
    scratch = dict.fromkeys(pipeline.steps, pipeline.scratch_start)
    end = max(at + graph.tensors[t].nbytes for t, at in place.items())
    return Plan(offsets, scratch, end, 0, 0, False, {}, {})


@pytest.mark.parametrize("seed", range(10))
def test_a_byte_nearer_to_the_input_and_rows_are_lost(seed: int) -> None:
    whole = lower_whole(shortcuts(seed).main)
    for pipeline in pipelines_of_all_steps(whole):
        program = whole.scheduled(Schedule((pipeline,)))
        (offset,) = pipeline.in_place_offsets.values()
        for execute in (execute_bytes, execute_rows):
            execute(program, plan_at(program, offset))
            with pytest.raises(WrongPlanError):
                execute(program, plan_at(program, offset - 1))


@pytest.mark.parametrize("seed", range(10))
def test_an_offset_from_where_rows_start_instead_of_where_they_end_is_refused(seed: int) -> None:
    """As if a firing wrote no more than the first byte of its rows."""
    whole = lower_whole(shortcuts(seed).main)
    for pipeline in pipelines_of_all_steps(whole):
        program = whole.scheduled(Schedule((pipeline,)))
        (offset,), (y,) = pipeline.in_place_offsets.values(), program.graph.outputs
        rows = pipeline.kernels[-1].rows * pipeline.line_buffers[y].row_bytes
        with pytest.raises(WrongPlanError, match="of the arena"):
            execute_rows(program, plan_at(program, offset - rows))
