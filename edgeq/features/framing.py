"""Overlapping frames of a stream of samples."""

from __future__ import annotations

import numpy as np

from edgeq.opkit.node import Values


class Framing:
    """Holds the samples that later frames begin with. window: samples of a frame; step: from one to
    the next, at most a window.
    """

    def __init__(self, window: int, step: int) -> None:
        self.window, self.step = window, step
        self.reset()

    def reset(self) -> None:
        """Forgets all samples."""
        self._samples = np.zeros(0, np.int16)

    def push(self, samples: Values) -> Values:
        """samples int16 [n] -> the frames that these complete, int16 [frames, window], read-only."""
        waiting = np.concatenate([self._samples, np.asarray(samples, np.int16)])
        frames = max((len(waiting) - self.window) // self.step + 1, 0)
        self._samples = waiting[frames * self.step :].copy()
        if not frames:
            return np.zeros((0, self.window), np.int16)
        return np.lib.stride_tricks.sliding_window_view(waiting, self.window)[:: self.step]
