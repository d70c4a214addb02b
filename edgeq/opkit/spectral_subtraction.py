"""Channels less an estimate of their noise, which a low-pass filter follows (TFLM
signal/src/filter_bank_spectral_subtraction.cc). Words wrap: sums of products modulo 2^64, all others
modulo 2^32.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.opkit.node import Values


@dataclass(frozen=True)
class Subtraction:
    """smoothing, rest: the part that a new value and the estimate have in the next estimate, uint64
    [channels], with `bits` fraction bits; remaining: the part of a value that is left at least,
    likewise. smoothing_bits: fraction bits of estimates.
    """

    smoothing: Values
    rest: Values
    remaining: int
    smoothing_bits: int
    bits: int

    def scaled(self, x: Values) -> Values:
        """Channels uint32 with the estimates' fraction bits."""
        return np.asarray(x << np.uint32(self.smoothing_bits))

    def next_estimate(self, x: Values, estimate: Values) -> Values:
        """x and the estimate before it uint32 [..., channels] -> the estimate uint32 [..., channels]."""
        sums = self.scaled(x).astype(np.uint64) * self.smoothing
        sums += estimate.astype(np.uint64) * self.rest
        return (sums >> np.uint64(self.bits)).astype(np.uint32)

    def subtracted(self, x: Values, estimate: Values) -> Values:
        """x and the estimate that it went into uint32 [..., channels] -> uint32 [..., channels]."""
        scaled = self.scaled(x)
        remaining = np.uint64(self.remaining)
        floor = ((x.astype(np.uint64) * remaining) >> np.uint64(self.bits)).astype(np.uint32)
        less = (scaled - np.minimum(estimate, scaled)) >> np.uint32(self.smoothing_bits)
        return np.asarray(np.maximum(less, floor))
