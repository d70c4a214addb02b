"""The limits on a mixed-precision model, and the point of the Pareto front that meets them best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from edgeq.errors import DoesNotFitError, EdgeqError
from edgeq.mixed.costs import Costs
from edgeq.mixed.pareto_front import Point


@dataclass(frozen=True)
class Budget:
    """Upper limits; None for no limit.

    flash: bytes of constants.
    ram: bytes of the arena.
    instructions: of one inference.
    accuracy_loss: percentage points lost against the float model, of accuracy with labels, else of
        agreement.
    point: index of a point of the front, in place of limits.
    """

    flash: int | None = None
    ram: int | None = None
    instructions: int | None = None
    accuracy_loss: float | None = None
    point: int | None = None


MODEST = Budget(accuracy_loss=0.5)
"""Where nothing is asked for: half a point, or where no mix loses so little the one of least error.
"""


def select_point(front: Sequence[Point], budget: Budget) -> Point:
    """The point within the limits with the least flash if a loss of accuracy is limited, else with
    the least error. Without any limit `MODEST` applies.

    Raises DoesNotFitError, naming the nearest point, if none is within the limits.
    """
    limits = MODEST if budget == Budget() else budget
    if limits.point is not None:
        if not 0 <= limits.point < len(front):
            why = f"the Pareto front has points 0 to {len(front) - 1}"
            raise EdgeqError(f"point {limits.point}", why, "choose one of those")
        return front[limits.point]
    front = _with_monotone_losses(front)
    within = [p for p in front if not _excess(p.costs, limits)]
    if not within and budget == Budget():
        return min(front, key=lambda p: p.costs.error)
    if not within:
        nearest = min(front, key=lambda p: sum(_excess(p.costs, limits).values()))
        what = ", ".join(
            f"{name} {share:.0%} too high" for name, share in _excess(nearest.costs, limits).items()
        )
        raise DoesNotFitError(
            "no mix of widths is within the budget", f"the nearest has {what}", "allow more of it"
        )
    if limits.accuracy_loss is not None:
        return min(within, key=lambda p: (p.costs.flash_bytes, p.costs.error))
    return min(within, key=lambda p: (p.costs.error, p.costs.flash_bytes))


def _with_monotone_losses(front: Sequence[Point]) -> list[Point]:
    """The points with their accuracy loss raised to the largest loss of any point with no more
    error: a smaller loss at a larger error is chance.
    """
    ordered = sorted(front, key=lambda p: p.costs.error)
    losses = accumulate((p.costs.accuracy_loss for p in ordered), max)
    return [
        replace(p, costs=replace(p.costs, accuracy_loss=loss))
        for p, loss in zip(ordered, losses, strict=True)
    ]


def _excess(costs: Costs, limits: Budget) -> dict[str, float]:
    """Cost -> by how much it exceeds its limit, relative to the limit; only those that do."""
    pairs = {
        "flash": (costs.flash_bytes, limits.flash),
        "RAM": (costs.arena_bytes, limits.ram),
        "instructions": (costs.instructions, limits.instructions),
        "accuracy loss": (costs.accuracy_loss, limits.accuracy_loss),
    }
    known = {
        name: (value, limit)
        for name, (value, limit) in pairs.items()
        if value is not None and limit is not None
    }
    return {
        name: value / max(limit, 1e-9) - 1
        for name, (value, limit) in known.items()
        if value > limit + 1e-9
    }
