"""Operators become a program in its best order; every tensor and all scratch find their place in one arena."""

from edgeq.plan.arena import Plan, plan_arena
from edgeq.plan.lower import lower
from edgeq.plan.program import Chain, Program, Step

__all__ = ["Chain", "Plan", "Program", "Step", "lower", "plan_arena"]
