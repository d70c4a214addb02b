"""A placement problem: buffers with lifetimes, which pairs of them interfere, and lower bounds on
the arena.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from edgeq.plan.buffers import Buffer, InPlaceOffset

Places = tuple[int, ...]  # the start of each buffer, words
Gap = tuple[int, int]  # words strictly between the two are closed


@dataclass(frozen=True)
class Layout:
    """Buffers to be placed. in_place: by (output, input), numbers of buffers, how the output may
    take the input's bytes. All counts are words.
    """

    buffers: tuple[Buffer, ...]
    in_place: Mapping[tuple[int, int], InPlaceOffset]

    @cached_property
    def interferences(self) -> tuple[tuple[int, int], ...]:
        """Pairs of buffers that hold bytes at the same time, the lower number first."""
        order = sorted(range(len(self.buffers)), key=lambda i: self.buffers[i].first)
        found, alive = [], list[int]()
        for i in order:
            alive = [j for j in alive if self.buffers[j].last >= self.buffers[i].first]
            found += [
                (min(i, j), max(i, j)) for j in alive if self.buffers[i].interferes(self.buffers[j])
            ]
            alive.append(i)
        return tuple(sorted(found))

    @cached_property
    def neighbours(self) -> tuple[tuple[int, ...], ...]:
        """For each buffer those that it interferes with."""
        found: list[list[int]] = [[] for _ in self.buffers]
        for i, j in self.interferences:
            found[i].append(j)
            found[j].append(i)
        return tuple(map(tuple, found))

    @cached_property
    def closed(self) -> tuple[Mapping[int, Sequence[Gap]], ...]:
        """For each buffer, the buffers that it shares an in-place offset with: between which
        distances from their start it may not start.
        """
        found: list[dict[int, Sequence[Gap]]] = [{} for _ in self.buffers]
        for pair in self.in_place:
            for i, j in (pair, pair[::-1]):
                found[i][j] = self._gaps(i, j)
        return tuple(found)

    def _gaps(self, i: int, j: int) -> Sequence[Gap]:
        low, high = -self.buffers[i].words, self.buffers[j].words
        below, above = self.in_place.get((i, j)), self.in_place.get((j, i))
        offset = below or above
        assert offset is not None
        place = -offset.words if below else offset.words
        if offset.exact:
            return (low, min(place, high)), (max(place, low), high)
        return ((max(low, place), high),) if below else ((low, min(high, place)),)

    def extent(self, places: Sequence[int]) -> int:
        """Where the last buffer ends."""
        return max((at + b.words for b, at in zip(self.buffers, places, strict=True)), default=0)

    def bound(self, steps: int) -> int:
        """The largest sum of buffers alive at one step: a lower bound where nothing runs in place."""
        return max(self._alive(steps))

    def overlap_bound(self, steps: int) -> int:
        """The largest sum alive at one step, less the most that outputs may share with inputs: a
        lower bound of every placement.
        """
        return max(self.least_alive(steps))

    def least_alive(self, steps: int) -> list[int]:
        """Words alive before the first step, at each, and after the last, each output sharing as
        much with its inputs as any placement could let it.
        """
        alive, shared = self._alive(steps), dict[int, int]()
        for (y, x), offset in self.in_place.items():
            output, input_ = self.buffers[y], self.buffers[x]
            most = shared.get(y, 0) + offset.shared(output.words, input_.words)
            shared[y] = min(most, output.words)
        for y, most in shared.items():
            alive[self.buffers[y].first + 1] -= most
        return alive

    def _alive(self, steps: int) -> list[int]:
        """Words alive before the first step, at each step, and after the last."""
        change = [0] * (steps + 3)
        for b in self.buffers:
            change[b.first + 1] += b.words
            change[b.last + 2] -= b.words
        alive, now = [], 0
        for c in change[:-1]:
            now += c
            alive.append(now)
        return alive
