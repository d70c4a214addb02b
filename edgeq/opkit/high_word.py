"""A requantization by one multiplication whose high word suffices, proved equal to the reference's two roundings.

    y = (offset + high32((sum + bias) * multiplier)) >> shift,   clamped

The reference's output is a monotone step function of the sum. A form like this one is monotone too, so it equals the
reference for every sum within reach if both agree at each step and just below it. The slope follows from the scales;
`bias` moves all steps by whole sums and `offset` by fractions of one, so a search over small offsets finds integers
that put every step where it belongs. ARM computes the form by SMMLA, Helium by VMULH, RISC-V by MULH.

Ties away from zero make steps below and above the zero point lie apart by a fraction of a sum; the form exists where
only one side is within the output's range, as after RELU.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edgeq.opkit.requantize import Integers, Requantization, steps

SEARCH = 1 << 15  # offsets tried on each side of the natural one


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
        return np.clip((self.offset + (product >> 32)) >> self.shift, low, high)


def find_high_word(r: Requantization, bias: Integers, reach: Integers) -> HighWord | None:
    """The form for sums in [-reach, reach] to which the reference adds `bias` (int64 [channels] each), or None."""
    channels = len(reach)
    multiplier, shift_in = np.broadcast_to(r.multiplier, channels), np.broadcast_to(r.shift, channels)
    wide = (shift_in > -1) | (np.abs(bias) + reach > 2**31 - 1)
    if r.low < r.zero_point or np.any(wide & (multiplier > 0)):
        return None
    slope = multiplier * 2.0 ** (shift_in - 31)
    shift = int(np.floor(np.log2((2**31 - 1) / 2.0**32 / max(slope.max(), 2.0**-40))))
    if shift < 0:
        return None
    shift = min(shift, 16)
    step = steps(r, bias, reach)
    slopes = np.rint(slope * 2.0 ** (32 + shift)).astype(np.int64)
    offsets = (r.zero_point << shift) + ((1 << shift) >> 1) + _outwards(SEARCH)
    rows = [_search(step[:, c], int(reach[c]), int(slopes[c]), shift, r, offsets) for c in range(channels)]
    if any(row is None for row in rows):
        return None
    found = np.array(rows, np.int32).reshape(channels, 3)
    form = HighWord(found[:, 0], found[:, 1], found[:, 2], shift)
    return form if _proved(form, step, reach, r) else None


def _outwards(limit: int) -> Integers:
    """0, -1, 1, -2, 2, ... within the limit."""
    return np.array(sorted(range(-limit, limit), key=abs), np.int64)


def _search(step: Integers, reach: int, multiplier: int, shift: int, r: Requantization,
            offsets: Integers) -> tuple[int, int, int] | None:  # fmt: skip
    """bias, multiplier and offset of a channel, such that q << shift is passed at step[q] for every q within reach."""
    q = np.arange(r.low + 1, r.high + 1)
    inside = (step > -reach) & (step <= reach)
    if not inside.any():
        return 0, 0, _constant(step, reach, shift, r)
    if multiplier == 0:
        return None
    sums_per_unit = 2.0**32 / multiplier
    at = q[inside] * 2.0**shift * sums_per_unit - step[inside]
    least, most = at.max() - offsets * sums_per_unit, at.min() + 1 - offsets * sums_per_unit
    bias = np.ceil(least + 1e-7)
    good = np.flatnonzero((bias < most - 1e-7) & (np.abs(bias) < 2**30))
    return (int(bias[good[0]]), multiplier, int(offsets[good[0]])) if len(good) else None


def _constant(step: Integers, reach: int, shift: int, r: Requantization) -> int:
    """The offset of a channel whose output never changes."""
    return (r.low + int(np.count_nonzero(step <= -reach))) << shift


def _proved(form: HighWord, step: Integers, reach: Integers, r: Requantization) -> bool:
    """Whether the form agrees with the reference's steps, at each and just below, and fits 32 bits on the way."""
    q = np.arange(r.low + 1, r.high + 1)[:, None]
    at = form(np.minimum(step, reach), r.low, r.high)
    below = form(np.maximum(step - 1, -reach), r.low, r.high)
    extremes = np.stack([-reach, reach]) + form.bias.astype(np.int64)
    fits = np.all(np.abs(extremes) < 2**31) and np.all(np.abs((extremes * form.multiplier >> 32) + form.offset) < 2**31)
    return bool(fits and np.all((at >= q) | (step > reach)) and np.all((below < q) | (step - 1 < -reach)))
