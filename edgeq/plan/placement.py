"""Places in the arena by first fit over an order of buffers, the order bettered by random moves.

Searched: the order in which buffers take the lowest place that is open to them. Heuristic: the best
of three natural orders (as greedy planners of ML compilers use, e.g. TFLM's by size), then a local
search that moves a buffer ending at the top of the arena, or one interfering with it, elsewhere in
the order, with a seeded generator, so that results are the same everywhere. It stops at a lower
bound, at ATTEMPTS orders, or after about INTERFERENCES pairs; one first fit of n buffers takes
O(n^2 log n). Whether a smaller arena exists is for `edgeq/plan/exact.py` to say.
"""

from __future__ import annotations

import random
from bisect import insort
from collections.abc import Mapping, Sequence

from edgeq.plan.buffers import Buffer
from edgeq.plan.layout import Gap, Layout, Places

ATTEMPTS = 1_000  # the most orders tried
INTERFERENCES = 1_000_000  # about the most interfering pairs looked at, over all orders
Placed = tuple[int, int, int, int, int, int]
"""Start and number of a buffer, then its fields; sorted by start."""


def natural_orders(layout: Layout) -> list[list[int]]:
    """Largest first, in order of birth, latest death first."""
    buffers = layout.buffers
    by_size = sorted(range(len(buffers)), key=lambda i: (-buffers[i].words, buffers[i].first))
    by_birth = sorted(by_size, key=lambda i: buffers[i].first)
    return [by_size, by_birth, sorted(by_size, key=lambda i: -buffers[i].last)]


def place_naturally(layout: Layout) -> Places:
    """The best of the natural orders."""
    return _best_natural(layout, 0)[1]


def _best_natural(layout: Layout, lower_bound: int) -> tuple[list[int], Places]:
    """The natural order that is placed best, and its places; the first one that is placed in
    `lower_bound` words.
    """
    best: tuple[list[int], Places] | None = None
    for order in natural_orders(layout):
        places = first_fit(layout, order)
        if best is None or layout.extent(places) < layout.extent(best[1]):
            best = order, places
        if layout.extent(best[1]) <= lower_bound:
            break
    assert best is not None
    return best


def place_by_moves(layout: Layout, lower_bound: int) -> Places:
    """The best natural order bettered by random moves, until it takes `lower_bound` words."""
    order, best = _best_natural(layout, lower_bound)
    extent, generator = layout.extent(best), random.Random(0)
    if extent <= lower_bound:
        return best
    for _ in range(min(ATTEMPTS, INTERFERENCES // (len(layout.interferences) + 1))):
        if extent <= lower_bound:
            break
        other = _moved(layout, order, best, generator)
        kept = next(
            k
            for k, (i, j) in enumerate(zip(order, other, strict=True))
            if i != j or k == len(order) - 1
        )
        places = _go_on(layout, other, {i: best[i] for i in other[:kept]}, extent)
        if places is not None:
            best, order, extent = places, other, layout.extent(places)
    return best


def _moved(
    layout: Layout, order: Sequence[int], places: Places, generator: random.Random
) -> list[int]:
    """The order with a buffer at the top, or one that interferes with it, moved: mostly ahead,
    sometimes anywhere.
    """
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


def _go_on(
    layout: Layout, order: Sequence[int], places: dict[int, int], most: int
) -> Places | None:
    """First fit of a whole order whose first buffers have their places; None where it takes more
    than `most` words.
    """
    buffers = layout.buffers
    placed = sorted((at, i, *buffers[i]) for i, at in places.items() if buffers[i].words)
    for i in order[len(places) :]:
        buffer = buffers[i]
        at = places[i] = _lowest(buffer, layout.closed[i], placed) if buffer.words else 0
        if at + buffer.words > most:
            return None
        if buffer.words:
            insort(placed, (at, i, *buffer))
    return tuple(places[i] for i in range(len(buffers)))


def _lowest(buffer: Buffer, gaps: Mapping[int, Sequence[Gap]], placed: Sequence[Placed]) -> int:
    """The lowest place for a buffer beside those that are placed and live at the same time."""
    words, alignment, first, last = buffer
    beside = [
        (start, j, size)
        for start, j, size, _, born, died in placed
        if born <= last and first <= died
    ]
    closed = [(start - words, start + size) for start, j, size in beside if j not in gaps]
    if len(closed) < len(beside):
        closed += [
            (start + low, start + high) for start, j, _ in beside for low, high in gaps.get(j, ())
        ]
        closed.sort()
    at = 0
    for low, high in closed:
        if low >= at:
            break
        if at < high:
            at = -(-high // alignment) * alignment
    return at
