"""Branches and loops of a program: what their regions share with it, and that wrong orders and places
inside are found.
"""

from dataclasses import replace

import pytest
from ops.loops import counted_loop, nested_loops, searching_loop, swapping_loop

from edgeq.graph import Model
from edgeq.plan import Program, lower, plan_arena
from edgeq.plan.check import check_bytes
from edgeq.plan.check_variables import check_variables
from edgeq.plan.control import LoopRoutines, Outside, programs
from edgeq.plan.wrong_plan import WrongPlanError


def loop_of(model: Model) -> LoopRoutines:
    control = lower(model.main).steps[0].control
    assert isinstance(control, LoopRoutines)
    return control


def kinds(program: Program) -> list[str]:
    return [step.node.kind for step in program.steps]


def test_the_number_of_the_step_and_what_stays_are_not_carried() -> None:
    loop = loop_of(counted_loop())
    assert loop.carried == (1,)
    assert loop.body.outside == {1: Outside("output", 1), 2: Outside("input", 2)}
    assert kinds(loop.body.program) == ["ADD"]  # which writes the state where it reads it


def test_values_that_change_places_are_copied_first() -> None:
    loop = loop_of(swapping_loop())
    assert kinds(loop.body.program) == ["READ_VARIABLE", "ADD", "ASSIGN_VARIABLE"]


def test_a_loop_of_unknown_length_has_a_condition() -> None:
    loop = loop_of(searching_loop())
    assert loop.steps is None
    assert loop.cond is not None
    assert kinds(loop.cond.program) == ["LESS"]


def test_labels_tell_where_a_step_is() -> None:
    program = lower(nested_loops().main)
    assert [prefix for prefix, _ in programs(program)] == [
        "",
        "0_body_",
        "0_body_0_cond_",
        "0_body_0_body_",
    ]


def test_every_region_is_executed_byte_by_byte() -> None:
    for make in (counted_loop, swapping_loop, searching_loop, nested_loops):
        for _, program in programs(lower(make().main)):
            check_bytes(program, plan_arena(program))


def test_another_order_of_writers_and_readers_is_found() -> None:
    program = loop_of(swapping_loop()).body.program
    for wrong in ((1, 0, 2), (2, 0, 1)):
        steps = tuple(program.steps[k] for k in wrong)
        with pytest.raises(WrongPlanError):
            check_bytes(replace(program, steps=steps), plan_arena(program))


def test_a_lost_writer_is_found() -> None:
    program = loop_of(searching_loop()).body.program
    check_variables(program)
    with pytest.raises(WrongPlanError, match="finds another value"):
        check_variables(replace(program, steps=program.steps[::-1]))
