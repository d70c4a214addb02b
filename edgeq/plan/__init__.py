"""Operators become a program; every tensor and all scratch find their place in one arena."""

from edgeq.plan.arena import Plan, plan_arena
from edgeq.plan.lower import Program, Step, lower

__all__ = ["Plan", "Program", "Step", "lower", "plan_arena"]
