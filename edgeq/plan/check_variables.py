"""Executes a program on variables that know who wrote them last, and refuses an order of steps by which
one would find another value than it does in the graph's order of operators.
"""

from __future__ import annotations

from collections.abc import Sequence

from edgeq.plan.program import Program
from edgeq.plan.wrong_plan import WrongPlanError, name_step, name_tensor

Found = dict[tuple[int, int], int | None]
"""Operator and variable -> the operator that wrote what it finds, None before the first."""


def check_variables(program: Program) -> None:
    """Raises WrongPlanError where the planned order of steps lets a step read another value of a
    variable than the graph's order does, or leaves a variable with another value. Takes time in
    proportion to the operands.
    """
    order = [step.node.index for step in program.steps]
    found, expected = _run(program, order), _run(program, sorted(order))
    step_of = {index: k for k, index in enumerate(order)}
    for (index, t), writer in found.items():
        if writer != expected[index, t]:
            who = name_step(program, step_of[index]) if index in step_of else "the next inference"
            raise WrongPlanError(
                f"{who} finds another value in {name_tensor(program, t)}",
                "the order of steps is not that of its writers and readers",
            )


def _run(program: Program, order: Sequence[int]) -> Found:
    graph, states = program.graph, set(program.graph.states)
    written, found = dict.fromkeys(states), Found()
    for index in order:
        op = graph.ops[index]
        found |= {(index, t): written[t] for t in states.intersection(op.inputs)}
        written |= dict.fromkeys(states.intersection(op.outputs), index)
    return found | {(len(graph.ops), t): writer for t, writer in written.items()}
