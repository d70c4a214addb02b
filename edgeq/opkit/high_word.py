"""A requantization by one multiplication whose high word suffices, proved equal to the reference's
two roundings.

    y = (offset + high32((sum + bias) * multiplier)) >> shift,   clamped

The reference's output is a monotone step function of the sum. A form like this one is monotone too,
so it equals the reference for every sum within reach if both agree at each step and just below it.
The slope follows from the scales; `bias` moves all steps by whole sums and `offset` by fractions of
one. Which of both put every step where it belongs is a question of remainders modulo the slope
(`residues.py`), so they are computed, not tried: the offset is the nearest to the natural one. ARM
computes the form by SMMLA, Helium by VMULH, RISC-V by MULH.

Ties away from zero make steps below and above the zero point lie apart by a fraction of a sum; the
form exists where only one side is within the output's range, as after RELU.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edgeq.opkit.requantization_steps import steps
from edgeq.opkit.requantize import Integers, Requantization
from edgeq.opkit.residues import nearest_multiple

SEARCH = 1 << 15  # how far an offset may lie from the natural one
MOST_OFFSETS = 16  # tried for all channels
Constants = tuple[int, int, int]  # bias, multiplier, offset


@dataclass(frozen=True)
class HighWord:
    """int32 [channels] each; shift is common to all channels."""

    bias: npt.NDArray[np.int32]
    multiplier: npt.NDArray[np.int32]
    offset: npt.NDArray[np.int32]
    shift: int

    def __call__(self, sums: npt.ArrayLike, low: int, high: int) -> Integers:
        """Integers [..., channels] -> outputs, clamped to [low, high]."""
        product = (np.asarray(sums, np.int64) + self.bias) * self.multiplier
        scaled: Integers = (self.offset + (product >> 32)) >> self.shift
        return np.clip(scaled, low, high)


def find_high_word(
    r: Requantization, bias: Integers, reach: Integers, shift: int | None = None
) -> HighWord | None:
    """The form for sums in [-reach, reach] to which the reference adds `bias` (int64 [channels]
    each), or None. shift: of the form; the largest that multipliers leave room for by default.
    """
    channels = len(reach)
    multiplier, shift_in = (
        np.broadcast_to(r.multiplier, channels),
        np.broadcast_to(r.shift, channels),
    )
    wide = (shift_in > -1) | (np.abs(bias) + reach > 2**31 - 1)
    if r.low < r.zero_point or np.any(wide & (multiplier > 0)):
        return None
    slope = multiplier * 2.0 ** (shift_in - 31)
    most = int(np.floor(np.log2((2**31 - 1) / 2.0**32 / max(slope.max(), 2.0**-40))))
    if most < (shift or 0):
        return None
    shift = min(most, 16) if shift is None else shift
    step = steps(r, bias, reach)
    slopes = np.rint(slope * 2.0 ** (32 + shift)).astype(np.int64)
    rows = _constants(step, reach, slopes, shift, r)
    if any(row is None for row in rows):
        return None
    found = np.array(rows, np.int32).reshape(channels, 3)
    for constants in (_with_one_scale(found, step, reach, shift, r), found):
        form = HighWord(constants[:, 0], constants[:, 1], constants[:, 2], shift)
        if proved(form, step, reach, r):
            return form
    return None


def _constants(
    step: Integers, reach: Integers, slopes: Integers, shift: int, r: Requantization
) -> list[Constants | None]:
    """Of each channel bias, multiplier and offset such that q << shift is passed at step[q] for
    every q within reach.

    That is (step + bias) * multiplier + (offset << 32) >= q << (32 + shift), and less one sum
    below: for every q, bias * multiplier + (offset << 32) lies in an interval as long as the
    multiplier, and so in what all have in common.
    """
    q = np.arange(r.low + 1, r.high + 1)[:, None]
    inside = (step > -reach) & (step <= reach)
    least = (q << (32 + shift)) - step * slopes
    low = np.max(least, axis=0, where=inside, initial=-(2**63) + 1)
    high = np.min(least, axis=0, where=inside, initial=2**62) + slopes
    steady = r.low + np.count_nonzero(step <= -reach, axis=0)
    return [
        _solve(int(low[c]), int(high[c]), int(slopes[c]), shift, r.zero_point)
        if changes
        else (0, 0, constant << shift)
        for c, (changes, constant) in enumerate(
            zip(inside.any(axis=0), steady.tolist(), strict=True)
        )
    ]


def _solve(low: int, high: int, multiplier: int, shift: int, zero_point: int) -> Constants | None:
    """The bias and offset of a single-multiply epilogue with low <= bias * multiplier + (offset <<
    32) < high, the offset as near as can be to that of plain rounding; None where there are
    none.
    """
    natural = (zero_point << shift) + ((1 << shift) >> 1)
    if multiplier == 0 or low >= high:
        return None
    moved = nearest_multiple((natural << 32) - low, 1 << 32, multiplier, high - low)
    if moved is None or not -SEARCH <= moved < SEARCH:
        return None
    offset = natural + moved
    bias = -(((offset << 32) - low) // multiplier)
    return (bias, multiplier, offset) if abs(bias) < 2**30 else None


def _with_one_scale(
    constants: npt.NDArray[np.int32],
    step: Integers,
    reach: Integers,
    shift: int,
    r: Requantization,
) -> npt.NDArray[np.int32]:
    """Constants with one multiplier and one offset for all channels, which kernels read once; those
    given where their multipliers differ, or no offset among them suits all.

    constants: [channels, 3], with a multiplier of 0 where the output is always the same. Of such a
    channel (sum + bias) * multiplier + (offset << 32) stays between two steps or beyond the last.
    """
    scales, counts = np.unique(constants[constants[:, 1] != 0, 1:], axis=0, return_counts=True)
    if len(np.unique(scales[:, :1])) != 1 or len(scales) > MOST_OFFSETS:
        return constants
    multiplier = int(scales[0, 0])
    q = np.arange(r.low + 1, r.high + 1)[:, None] << (32 + shift)
    low = np.max(q - step * multiplier, axis=0, where=step <= reach, initial=-(2**62))
    high = np.min(q - (step - 1) * multiplier, axis=0, where=step > -reach, initial=2**62)
    for offset in scales[np.argsort(-counts), 1].tolist():
        least, most = (
            -(((offset << 32) - low) // multiplier),
            (high - 1 - (offset << 32)) // multiplier,
        )
        bias = np.where(low > -(2**62), least, most)
        if np.all(least <= most) and np.all(np.abs(bias) < 2**30):
            shared = constants.copy()
            shared[:, 0], shared[:, 1:] = bias, (multiplier, offset)
            return shared
    return constants


def proved(form: HighWord, step: Integers, reach: Integers, r: Requantization) -> bool:
    """Whether the form agrees with the reference's steps, at each and just below, and fits 32 bits
    on the way.
    """
    q = np.arange(r.low + 1, r.high + 1)[:, None]
    at = form(np.minimum(step, reach), r.low, r.high)
    below = form(np.maximum(step - 1, -reach), r.low, r.high)
    extremes = np.stack([-reach, reach]) + form.bias.astype(np.int64)
    fits = np.all(np.abs(extremes) < 2**31) and np.all(
        np.abs((extremes * form.multiplier >> 32) + form.offset) < 2**31
    )
    return bool(
        fits and np.all((at >= q) | (step > reach)) and np.all((below < q) | (step - 1 < -reach))
    )
