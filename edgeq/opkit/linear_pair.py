"""The sum of two int8 operands as one linear integer form, proved equal to the reference for every
pair of values.

    y = (a * a_weight + b * b_weight + offset) >> SHIFT,   saturated to int8

The reference rounds three times, to 20 fractional bits twice before the rounding that counts, so
its outputs are
those of a plane, rounded: nearly always there are integers that put all 65,536 points on the right
side of every step. Ties go away from zero there and up here; weights a little larger than natural
ones carry the negative ties down. Each point bounds the offset from one side, so for given weights
the best offset needs no search, and only points near
a step can bind. The proof looks at every pair. Two multiplications, one saturating shift: 7
instructions an element where three roundings take 20 to 100.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from edgeq.opkit.elementwise import Integers
from edgeq.opkit.instruction_sets import kernel_number

Floats = npt.NDArray[np.float64]
Signed = npt.NDArray[np.signedinteger[Any]]

SHIFT = kernel_number("elementwise/linear.h", "EDGEQ_LINEAR_SHIFT")
"""Fixed, as shifts in instructions are; fewer bits often fail, more leave int32 too little room above
127.
"""
SPAN = 4  # how far the weights are moved from their natural values, in units
MARGIN = 2 * 128 * (SPAN + 1)  # the most that so moved weights move a point, and the offset beside
EVERY = np.arange(-128, 128, dtype=np.int64)


@dataclass(frozen=True)
class LinearPair:
    """The integers of the form. It is called with int64 arrays that broadcast, or int32 ones if it
    `fits`.
    """

    a_weight: int
    b_weight: int
    offset: int

    def __call__(self, a: Any, b: Any) -> Signed:
        scaled: Signed = self.plane(a, b) >> SHIFT
        return np.clip(scaled, -128, 127)

    def plane(self, a: Any, b: Any) -> Signed:
        """The value before the shift."""
        return np.asarray(a * self.a_weight + (b * self.b_weight + self.offset))

    def fits(self) -> bool:
        """Whether int32 holds the form for all int8 values, summed in any order of a and b after
        the offset.
        """
        ends = np.array([-128, 0, 127])
        return bool(np.all(np.abs(self.plane(ends[:, None], ends[None, :])) < 2**31))

    def equals(self, outputs: Integers) -> bool:
        """Whether the form fits and gives these outputs, [256, 256] for a and b from -128 to 127."""
        a, b = EVERY[:, None].astype(np.int32), EVERY[None, :].astype(np.int32)
        return self.fits() and bool(np.array_equal(self(a, b), outputs))


def find_linear_pair(
    outputs: Integers, a_slope: float, b_slope: float, centre: float
) -> LinearPair | None:
    """The form that gives the outputs, int64 [256, 256] for a and b from -128 to 127, or None.

    a_slope, b_slope, centre: the outputs are about floor(a * a_slope + b * b_slope + centre).
    """
    bounds = _bounds(outputs, EVERY[:, None] * a_slope + EVERY[None, :] * b_slope + centre)
    natural = round(centre * 2**SHIFT)
    moves = [(i, j) for i in range(-SPAN, SPAN + 1) for j in range(-SPAN, SPAN + 1)]
    for i, j in sorted(moves, key=lambda move: move[0] ** 2 + move[1] ** 2):
        form = _form(bounds, round(a_slope * 2**SHIFT) + i, round(b_slope * 2**SHIFT) + j, natural)
        if form is not None:
            return form if form.equals(outputs) else None
    return None


class _Bounds(NamedTuple):
    """Points (a, b, value), int64 [3, points]: the plane reaches the value at `reached` and not at
    `missed`.
    """

    reached: Integers
    missed: Integers


def _bounds(outputs: Integers, plane: Floats) -> _Bounds:
    """The points nearer to a step than weights and offset are moved; saturated outputs bound from
    one side only.
    """
    near, above = 2 * MARGIN / 2**SHIFT, plane - outputs
    reached = (above < near) & (outputs > -128)
    missed = (above > 1 - near) & (outputs < 127)
    return _Bounds(_points(reached, outputs, 0), _points(missed, outputs, 1))


def _points(chosen: npt.NDArray[np.bool_], values: Integers, above: int) -> Integers:
    at = np.flatnonzero(chosen)
    return np.stack([EVERY[at // len(EVERY)], EVERY[at % len(EVERY)], values.ravel()[at] + above])


def _form(bounds: _Bounds, a_weight: int, b_weight: int, natural: int) -> LinearPair | None:
    """The form of these weights whose offset is in the middle of those allowed near the natural
    one, if any is.
    """
    reached, missed = ((value << SHIFT) - a * a_weight - b * b_weight for a, b, value in bounds)
    least = int(np.max(reached, initial=natural - MARGIN))
    most = int(np.min(missed, initial=natural + MARGIN)) - 1
    return LinearPair(a_weight, b_weight, (least + most) >> 1) if least <= most else None
