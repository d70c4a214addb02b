"""Plans of tests: each is executed byte by byte and row by row before it is looked at."""

from __future__ import annotations

from edgeq.plan import Plan, Program, plan_arena
from edgeq.plan.check import check_bytes, check_rows


def checked_plan(program: Program) -> Plan:
    """The program's plan; raises WrongPlanError where a byte would be lost."""
    plan = plan_arena(program)
    check_bytes(program, plan)
    check_rows(program, plan)
    return plan
