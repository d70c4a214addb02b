"""The least and the largest integer of each channel of a tensor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Reach:
    """The least and the largest integer of each channel, int64 [channels]."""

    low: Integers
    high: Integers

    @property
    def constant(self) -> npt.NDArray[np.bool_]:
        """Which channels hold one integer alone."""
        return np.equal(self.low, self.high)
