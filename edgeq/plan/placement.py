"""Places in the arena by first fit: natural orders of buffers, bettered by seeded random moves."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from edgeq.plan.buffers import Buffer, Claim

ATTEMPTS, MEETINGS = 1_000, 1_000_000  # the most orders tried, and the most pairs met in all of them
Places = tuple[int, ...]


@dataclass(frozen=True)
class Layout:
    """Buffers to be placed, and claims by (output, input), numbers of buffers. All counts are words."""

    buffers: tuple[Buffer, ...]
    claims: Mapping[tuple[int, int], Claim]

    @cached_property
    def meetings(self) -> tuple[tuple[int, int], ...]:
        """Pairs of buffers that hold bytes at the same time."""
        order = sorted(range(len(self.buffers)), key=lambda i: self.buffers[i].first)
        found, alive = [], list[int]()
        for i in order:
            alive = [j for j in alive if self.buffers[j].last >= self.buffers[i].first]
            found += [(min(i, j), max(i, j)) for j in alive if self.buffers[i].meets(self.buffers[j])]
            alive.append(i)
        return tuple(sorted(found))

    @cached_property
    def neighbours(self) -> tuple[tuple[int, ...], ...]:
        """For each buffer those that it meets."""
        found: list[list[int]] = [[] for _ in self.buffers]
        for i, j in self.meetings:
            found[i].append(j)
            found[j].append(i)
        return tuple(map(tuple, found))

    def extent(self, places: Sequence[int]) -> int:
        """Where the last buffer ends."""
        return max((at + b.words for b, at in zip(self.buffers, places, strict=True)), default=0)

    def bound(self, steps: int) -> int:
        """The largest sum of buffers alive at one step."""
        return max(self._alive(steps))

    def overlap_bound(self, steps: int) -> int:
        """The same less what each output may at most share with the inputs that it may overlap."""
        return max(self.least_alive(steps))

    def least_alive(self, steps: int) -> list[int]:
        """Words alive before the first step, at each, and after the last, the best conceivable overlaps granted."""
        alive, shared = self._alive(steps), dict[int, int]()
        for (y, x), claim in self.claims.items():
            output, input_ = self.buffers[y], self.buffers[x]
            most = shared.get(y, 0) + claim.shared(output.words, input_.words)
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


def natural_orders(layout: Layout) -> list[list[int]]:
    """Largest first, in order of birth, latest death first."""
    buffers = layout.buffers
    by_size = sorted(range(len(buffers)), key=lambda i: (-buffers[i].words, buffers[i].first))
    by_birth = sorted(by_size, key=lambda i: buffers[i].first)
    return [by_size, by_birth, sorted(by_size, key=lambda i: -buffers[i].last)]


def place_naturally(layout: Layout) -> Places:
    """The best of the natural orders."""
    return min((first_fit(layout, order) for order in natural_orders(layout)), key=layout.extent)


def place_by_moves(layout: Layout, floor: int) -> Places:
    """The best natural order bettered by moving buffers that end at the top, down to `floor` words. Deterministic."""
    order = min(natural_orders(layout), key=lambda order: layout.extent(first_fit(layout, order)))
    best, generator = first_fit(layout, order), random.Random(0)
    for _ in range(min(ATTEMPTS, MEETINGS // (len(layout.meetings) + 1))):
        if layout.extent(best) <= floor:
            break
        other = _moved(layout, order, best, generator)
        places = first_fit(layout, other)
        if layout.extent(places) <= layout.extent(best):
            best, order = places, other
    return best


def _moved(layout: Layout, order: Sequence[int], places: Places, generator: random.Random) -> list[int]:
    """The order with a buffer at the top, or one that it meets, moved: mostly ahead, sometimes anywhere."""
    top, other = layout.extent(places), list(order)
    chosen = generator.choice([i for i in order if places[i] + layout.buffers[i].words == top])
    if layout.neighbours[chosen] and generator.random() < 0.5:
        chosen = generator.choice(layout.neighbours[chosen])
    at = other.index(chosen)
    other.remove(chosen)
    other.insert(generator.randrange((at if generator.random() < 0.8 else len(other)) + 1), chosen)
    return other


def first_fit(layout: Layout, order: Sequence[int]) -> Places:
    """Each buffer in turn at the lowest place that the buffers before it leave open."""
    places: dict[int, int] = {}
    for i in order:
        closed = sorted(gap for j in layout.neighbours[i] if j in places for gap in _closed(layout, i, j, places[j]))
        at, alignment = 0, layout.buffers[i].alignment
        for low, high in closed:
            if low < at < high:
                at = -(-high // alignment) * alignment
        places[i] = at
    return tuple(places[i] for i in range(len(layout.buffers)))


def _closed(layout: Layout, i: int, j: int, at: int) -> list[tuple[int, int]]:
    """Places strictly between two numbers are closed to buffer i while j lies at `at`."""
    low, high = at - layout.buffers[i].words, at + layout.buffers[j].words
    below, above = layout.claims.get((i, j)), layout.claims.get((j, i))
    claim = below or above
    if claim is None:
        return [(low, high)]
    place = at - claim.distance if below else at + claim.distance
    if claim.exact:
        return [(low, min(place, high)), (max(place, low), high)]
    return [(max(low, place), high)] if below else [(low, min(high, place))]
