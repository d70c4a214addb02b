"""The accumulators at which the output of a requantization changes."""

from __future__ import annotations

import numpy as np

from edgeq.opkit.requantize import Integers, Requantization


def steps(requantization: Requantization, bias: Integers, reach: Integers) -> Integers:
    """The least a in [-reach, reach] per channel whose output for a + bias is q or more, for q =
    low + 1 ... high.

    bias, reach: int64 [channels]. Gives int64 [high - low, channels]; reach + 1 where no
    accumulator gets there. Both roundings are undone, the second one first; no a + bias may wrap,
    not even when a factor above 1 shifts it.
    """
    r = requantization
    scaled = np.arange(r.low + 1, r.high + 1)[:, None] - r.zero_point
    left, right = np.maximum(r.shift, 0), np.maximum(-r.shift, 0)
    # ties go away from zero: below it, only what is above a tie gives q
    product = (scaled << right) - ((1 << right) >> 1) + ((scaled <= 0) & (right > 0))
    nudged = (np.clip(product, -(2**31), 2**31) << 31) - 2**30
    least = -(-nudged // np.maximum(r.multiplier << left, 1)) - bias
    least = np.where(r.multiplier > 0, least, np.where(scaled <= 0, -reach, reach + 1))
    return np.asarray(np.clip(least, -reach, reach + 1))
