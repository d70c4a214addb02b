"""Filter banks whose neighbouring channels share a band (TFLM signal/src/filter_bank.cc).

What the weights take of a band goes to one channel, what the unweights take to the next one. Channel
0 only collects for channel 1 and is no output.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.opkit.node import Values


@dataclass(frozen=True)
class Bands:
    """weights, unweights: int16, of all bands, one behind the other. bins, offsets, widths int16
    [channels + 1]: of each band the first bin, where its weights begin, and how many there are.
    """

    weights: Values
    unweights: Values
    bins: Values
    offsets: Values
    widths: Values

    def matrix(self, bins: int, channels: int) -> Values:
        """What each bin counts for each channel: uint64 [bins, channels], modulo 2^64."""
        matrix = np.zeros((bins, channels + 2), np.int64)
        for channel in range(channels + 1):
            width = max(int(self.widths[channel]), 0)
            rows = slice(int(self.bins[channel]), int(self.bins[channel]) + width)
            taps = slice(int(self.offsets[channel]), int(self.offsets[channel]) + width)
            matrix[rows, channel] += self.weights[taps]
            matrix[rows, channel + 1] += self.unweights[taps]
        return matrix[:, 1:-1].astype(np.uint64)
