"""Places in the arena by first fit: natural orders of buffers, bettered by seeded random moves."""

from __future__ import annotations

import random
from bisect import insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from edgeq.plan.buffers import Buffer, Claim

ATTEMPTS, MEETINGS = 1_000, 1_000_000  # the most orders tried, and the most pairs met in all of them
Places = tuple[int, ...]
Gap = tuple[int, int]  # words strictly between the two are closed
Placed = tuple[int, int, int, int, int, int]  # start and number of a buffer, and its fields; sorted by start


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

    @cached_property
    def claimed(self) -> tuple[Mapping[int, Sequence[Gap]], ...]:
        """Of each buffer those that a claim joins it to: between which distances from their start it may not lie."""
        found: list[dict[int, Sequence[Gap]]] = [{} for _ in self.buffers]
        for pair in self.claims:
            for i, j in (pair, pair[::-1]):
                found[i][j] = self._gaps(i, j)
        return tuple(found)

    def _gaps(self, i: int, j: int) -> Sequence[Gap]:
        low, high = -self.buffers[i].words, self.buffers[j].words
        below, above = self.claims.get((i, j)), self.claims.get((j, i))
        claim = below or above
        assert claim is not None
        place = -claim.distance if below else claim.distance
        if claim.exact:
            return (low, min(place, high)), (max(place, low), high)
        return ((max(low, place), high),) if below else ((low, min(high, place)),)

    def extent(self, places: Sequence[int]) -> int:
        """Where the last buffer ends."""
        return max((at + b.words for b, at in zip(self.buffers, places, strict=True)), default=0)

    def bound(self, steps: int) -> int:
        """The largest sum of buffers alive at one step."""
        return max(self._alive(steps))

    def overlap_bound(self, steps: int) -> int:
        """The largest sum alive at one step, less the most that outputs may share with inputs that they overlap."""
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
    return _best_natural(layout, 0)[1]


def _best_natural(layout: Layout, floor: int) -> tuple[list[int], Places]:
    """The natural order that is placed best, and its places; the first one that is placed in `floor` words."""
    best: tuple[list[int], Places] | None = None
    for order in natural_orders(layout):
        places = first_fit(layout, order)
        if best is None or layout.extent(places) < layout.extent(best[1]):
            best = order, places
        if layout.extent(best[1]) <= floor:
            break
    assert best is not None
    return best


def place_by_moves(layout: Layout, floor: int) -> Places:
    """The best natural order bettered by moving buffers that end at the top, down to `floor` words. Deterministic."""
    order, best = _best_natural(layout, floor)
    extent, generator = layout.extent(best), random.Random(0)
    if extent <= floor:
        return best
    for _ in range(min(ATTEMPTS, MEETINGS // (len(layout.meetings) + 1))):
        if extent <= floor:
            break
        other = _moved(layout, order, best, generator)
        kept = next(k for k, (i, j) in enumerate(zip(order, other, strict=True)) if i != j or k == len(order) - 1)
        places = _go_on(layout, other, {i: best[i] for i in other[:kept]}, extent)
        if places is not None:
            best, order, extent = places, other, layout.extent(places)
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
    places = _go_on(layout, order, {}, sum(b.words + b.alignment for b in layout.buffers))
    assert places is not None
    return places


def _go_on(layout: Layout, order: Sequence[int], places: dict[int, int], most: int) -> Places | None:
    """First fit of a whole order whose first buffers have their places; None where it takes more than `most` words."""
    buffers = layout.buffers
    placed = sorted((at, i, *buffers[i]) for i, at in places.items() if buffers[i].words)
    for i in order[len(places) :]:
        buffer = buffers[i]
        at = places[i] = _lowest(buffer, layout.claimed[i], placed) if buffer.words else 0
        if at + buffer.words > most:
            return None
        if buffer.words:
            insort(placed, (at, i, *buffer))
    return tuple(places[i] for i in range(len(buffers)))


def _lowest(buffer: Buffer, claimed: Mapping[int, Sequence[Gap]], placed: Sequence[Placed]) -> int:
    """The lowest place for a buffer beside those that are placed and live at the same time."""
    words, alignment, first, last = buffer
    met = [(start, j, size) for start, j, size, _, born, died in placed if born <= last and first <= died]
    closed = [(start - words, start + size) for start, j, size in met if j not in claimed]
    if len(closed) < len(met):
        closed += [(start + low, start + high) for start, j, _ in met for low, high in claimed.get(j, ())]
        closed.sort()
    at = 0
    for low, high in closed:
        if low >= at:
            break
        if at < high:
            at = -(-high // alignment) * alignment
    return at
