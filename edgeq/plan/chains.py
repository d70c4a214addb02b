"""Which steps run row by row: of all ways to cut the program into chains and single steps, the one that needs the
smallest arena, and of those the one that chains the fewest steps.

No arena is smaller than the dearest segment of a way, so the best way is found by dynamic programming over the steps.
Where it uses a segment whose cost is but a bound, that one is made sure, until it uses none. The placement decides
between it and the ways of higher costs that chain less; and where outputs that each start a bit below their inputs keep
it from what the segments need, ways in which they do so less.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from edgeq.opkit.rows import RowForm
from edgeq.plan.arena import least_alive, plan_arena
from edgeq.plan.program import Program
from edgeq.plan.segments import Segment, find_levels, find_segments, look

GAIN, GAIN_BYTES = 0.05, 512  # of the arena: less is not worth the kernels for rows, some 800 bytes of flash
PRICE = 384  # bytes of arena that every chain must gain, whose turns and calls take about as many bytes of flash
SLOWER = 50_000  # parts of a million of the program's instructions that chains may cost more
LOOKS = 1_000  # segments for whose chain is looked
PLANS = 12  # ways that are placed

Way = tuple[Segment, ...]  # from the first step to the last
Weight = tuple[int, ...]


@dataclass
class Search:
    """The segments known so far, by first and last step and level, and for how many more chains is looked.

    given_up: segments for which no chain was found, which says nothing against there being one.
    """

    program: Program
    levels: Sequence[Sequence[RowForm | None]]
    table: dict[tuple[int, int, int], Segment]
    given_up: list[Segment]
    looks: int = LOOKS


@dataclass(frozen=True)
class Best:
    """The best program so far, and its cost: the arena and the price of its chains."""

    program: Program
    cost: int
    most: float  # bytes that an arena with chains may take to be worth it


def chain_steps(program: Program) -> Program:
    """The program with all chains that pay; steps in them make the calls of their row forms."""
    levels = find_levels(program)
    search = Search(program, levels, {(s.first, s.last, s.level): s for s in find_segments(program, levels)}, [])
    alive, whole = least_alive(program), plan_arena(program).arena_bytes
    best = Best(program, whole, min(whole * (1 - GAIN), whole - GAIN_BYTES))
    ends = max(alive[0], alive[-1])
    for weight in (few, flat, fast):
        best = _walk(search, best, ends, weight)
    floors = [replace(s, nbytes=s.floor) for s in (*search.table.values(), *search.given_up)]
    return replace(_with_forms(best.program), row_floor_bytes=max(ends, least_limit(floors, len(program.steps))))


def _walk(search: Search, best: Best, limit: int, weight: Callable[[Segment], Weight]) -> Best:
    """The best of what is known and of lighter and lighter ways of higher and higher costs."""
    limit, way = _settle(search, limit, weight)
    for _ in range(PLANS):
        if limit > best.most or limit + PRICE >= best.cost:
            break
        best = _place(best, search.program, limit, way)
        higher = _next_limit(search, limit, way, weight)
        if higher is None:
            break
        limit, way = _settle(search, higher, weight)
    return best


def few(segment: Segment) -> Weight:
    """What a segment adds to the weight of a way that is to chain few steps."""
    return segment.chained, int(segment.chained > 0), segment.slower


def flat(segment: Segment) -> Weight:
    """What a segment adds to the weight of a way whose outputs are to start little below their inputs."""
    return segment.slope, *few(segment)


def fast(segment: Segment) -> Weight:
    """What a segment adds to the weight of a way that is to need few instructions more."""
    return segment.slower, *few(segment)


def _place(best: Best, program: Program, limit: int, way: Way) -> Best:
    """The better of the best program and that of a way, no arena of which is smaller than the limit."""
    chains = tuple(segment.chain for segment in way if segment.chain is not None)
    price = PRICE * len(chains)
    if not chains or limit + price >= best.cost or sum(segment.slower for segment in way) > SLOWER:
        return best
    other = replace(program, chains=chains)
    taken = plan_arena(other).arena_bytes
    better = taken <= best.most and taken + price < best.cost
    return replace(best, program=other, cost=taken + price) if better else best


def _settle(search: Search, limit: int, weight: Callable[[Segment], Weight]) -> tuple[int, Way]:
    """The lightest way whose costs are sure, and the bytes of its dearest segment or the limit, whichever is more."""
    table, steps = search.table, len(search.program.steps)
    while True:
        limit = max(limit, least_limit(table.values(), steps))
        way = lightest(table.values(), steps, limit, weight)
        unsure = [segment for segment in way if not segment.looked]
        for segment in unsure:
            search.looks -= 1
            found = look(search.program, search.levels, segment) if search.looks >= 0 else None
            del table[segment.first, segment.last, segment.level]
            if found is None:
                search.given_up.append(segment)
            else:
                table[segment.first, segment.last, segment.level] = found
        if not unsure:
            return limit, way


def _next_limit(search: Search, limit: int, way: Way, weight: Callable[[Segment], Weight]) -> int | None:
    """The least bytes for which there is a way that chains fewer steps or has less slope; None if there is none."""
    table, steps = search.table.values(), len(search.program.steps)
    costs = sorted({segment.nbytes for segment in table if segment.nbytes > limit})

    def less(cost: int) -> bool:
        return _sum(lightest(table, steps, cost, weight), weight)[0] < _sum(way, weight)[0]

    at = bisect_left(costs, True, key=less)
    return costs[at] if at < len(costs) else None


def _sum(way: Way, weight: Callable[[Segment], Weight]) -> Weight:
    return tuple(map(sum, zip(*map(weight, way), strict=True)))


def least_limit(table: Iterable[Segment], steps: int) -> int:
    """The least cost of the dearest segment of a way."""
    best = [0, *[1 << 62] * steps]
    for segment in sorted(table, key=lambda s: s.last):
        best[segment.last + 1] = min(best[segment.last + 1], max(best[segment.first], segment.nbytes))
    return best[-1]


def lightest(table: Iterable[Segment], steps: int, limit: int, weight: Callable[[Segment], Weight]) -> Way:
    """The way of segments of so many bytes at most that weighs the least."""
    best: dict[int, tuple[Weight, Segment | None]] = {0: ((), None)}
    for segment in sorted(table, key=lambda s: s.last):
        if segment.nbytes <= limit and (before := best.get(segment.first)) is not None:
            added = weight(segment)
            total = tuple(a + b for a, b in zip(before[0], added, strict=True)) if before[0] else added
            if segment.last + 1 not in best or total < best[segment.last + 1][0]:
                best[segment.last + 1] = total, segment
    way, at = list[Segment](), steps
    while (segment_ := best[at][1]) is not None:
        way.append(segment_)
        at = segment_.first
    return tuple(reversed(way))


def _with_forms(program: Program) -> Program:
    steps = list(program.steps)
    for chain in program.chains:
        for k, form in zip(chain.steps, chain.forms, strict=True):
            steps[k] = replace(steps[k], call=form.call)
    return replace(program, steps=tuple(steps))
