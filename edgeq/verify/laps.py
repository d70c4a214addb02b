"""Cycles of what an emulated core did between two looks at the counts of its blocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from edgeq.cycles import Core, Priced, Spent, TimedBlock, add_up


class Laps:
    """Prices what tables of blocks have more than when they were last looked at.

    places: rows of the tables. counts: names of their columns, in the order of `TimedBlock`, behind
    `address` and `size`; a row of size 0 is free. read: bytes of the image.
    """

    def __init__(
        self,
        core: Core,
        places: int,
        counts: Sequence[str],
        read: Callable[[int, int], bytes],
    ) -> None:
        self._core, self._counts, self._read = core, tuple(counts), read
        self._before = np.zeros((len(self._counts), places), np.uint64)
        self._price = lru_cache(maxsize=None)(self._priced)

    def lap(self, table: np.ndarray[Any, np.dtype[np.void]]) -> Spent:
        """Cycles since the last call."""
        used = np.flatnonzero(table["size"])  # a few hundred of the places
        counts = np.stack([table[name][used] for name in self._counts])
        more = counts - self._before[:, used]
        self._before[:, used] = counts
        changed = np.flatnonzero(more.any(axis=0))
        at = used[changed]
        columns = (table["address"][at], table["size"][at], *more[:, changed])
        blocks = [TimedBlock(*row) for row in zip(*(c.tolist() for c in columns), strict=True)]
        return add_up(blocks, self._price, self._read, self._core)

    def _priced(self, address: int, size: int) -> Priced:
        return self._core.issue.price(self._read(address, size), address)
