"""Operators become a program in its best order, its steps are fused where that saves memory, and
every tensor and all scratch find their place in one arena.
"""

from edgeq.plan.arena import Plan, plan_arena
from edgeq.plan.lower import lower, lower_to_front
from edgeq.plan.program import Program, Step
from edgeq.plan.schedule import Firing, LineBuffer, Pipeline, Schedule

__all__ = [
    "Firing",
    "LineBuffer",
    "Pipeline",
    "Plan",
    "Program",
    "Schedule",
    "Step",
    "lower",
    "lower_to_front",
    "plan_arena",
]
