"""What a user can afford, and the point of a front that makes the most of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from edgeq.errors import DoesNotFitError, EdgeqError
from edgeq.mixed.costs import Costs
from edgeq.mixed.front import Point


@dataclass(frozen=True)
class Budget:
    """Upper limits, None for no limit. flash, ram: bytes of constants and of the arena. instructions: of an inference.

    accuracy_loss: percentage points against the float model, of accuracy where there are labels, of agreement where
    there are none. point: a number of the front, in place of limits.
    """

    flash: int | None = None
    ram: int | None = None
    instructions: int | None = None
    accuracy_loss: float | None = None
    point: int | None = None


MODEST = Budget(accuracy_loss=0.5)
"""Where nothing is asked for: half a point, or where no mix loses so little the one of least error."""


def pick(front: Sequence[Point], budget: Budget) -> Point:
    """Within the limits the point of least flash if a loss of accuracy is allowed, else that of least error.

    Without limits `MODEST` holds. Raises DoesNotFitError where no point is within the limits, naming the nearest.
    """
    limits = MODEST if budget == Budget() else budget
    if limits.point is not None:
        if not 0 <= limits.point < len(front):
            why = f"the front has points 0 to {len(front) - 1}"
            raise EdgeqError(f"point {limits.point}", why, "choose one of those")
        return front[limits.point]
    front = _honest(front)
    within = [p for p in front if not _beyond(p.costs, limits)]
    if not within and budget == Budget():
        return min(front, key=lambda p: p.costs.error)
    if not within:
        nearest = min(front, key=lambda p: sum(_beyond(p.costs, limits).values()))
        what = ", ".join(f"{name} {share:.0%} too high" for name, share in _beyond(nearest.costs, limits).items())
        raise DoesNotFitError("no mix of widths is within the budget", f"the nearest has {what}", "allow more of it")
    if limits.accuracy_loss is not None:
        return min(within, key=lambda p: (p.costs.flash_bytes, p.costs.error))
    return min(within, key=lambda p: (p.costs.error, p.costs.flash_bytes))


def _honest(front: Sequence[Point]) -> list[Point]:
    """Each point with the greatest loss of those that have no more error: to lose less than they is luck."""
    ordered = sorted(front, key=lambda p: p.costs.error)
    losses = accumulate((p.costs.accuracy_loss for p in ordered), max)
    return [replace(p, costs=replace(p.costs, accuracy_loss=loss)) for p, loss in zip(ordered, losses, strict=True)]


def _beyond(costs: Costs, limits: Budget) -> dict[str, float]:
    """By how much of the limit each cost exceeds it."""
    pairs = {
        "flash": (costs.flash_bytes, limits.flash),
        "RAM": (costs.arena_bytes, limits.ram),
        "instructions": (costs.instructions, limits.instructions),
        "accuracy loss": (costs.accuracy_loss, limits.accuracy_loss),
    }
    known = {name: (value, limit) for name, (value, limit) in pairs.items() if value is not None and limit is not None}
    return {name: value / max(limit, 1e-9) - 1 for name, (value, limit) in known.items() if value > limit + 1e-9}
