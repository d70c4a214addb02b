"""Which layers run in blocks of channels (`edgeq/plan/channel_blocks.py`), and in how many.

Searched: the regions at the steps that need the most memory, each in the number of blocks of the least
arena and flash, again until such a step is in no region or the arena does not shrink. Regions elsewhere
cannot make it smaller and stay as they are. A heuristic: numbers of blocks are not tried together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from edgeq.plan.arena import least_alive
from edgeq.plan.channel_blocks import Region, find_region, with_blocks
from edgeq.plan.cost import MOST_EXTRA, Cost, cost_of, cost_of_blocks, limits
from edgeq.plan.fuse import begin, fuse_steps, lower_bound
from edgeq.plan.partition import UNBOUNDED
from edgeq.plan.program import Program

COUNTS = (2, 3, 4, 5, 6, 8, 10, 12, 16)  # of blocks
ROUNDS = 4  # after which no more regions are divided

Point = tuple[Cost, Program]
Fuse = Callable[[Program], Point | None]


def divided(program: Program, fuse: Fuse) -> Iterator[Point]:
    """What `fuse` makes of the program, nothing of which is fused yet; then the same of it with layers in
    blocks of channels, each with a smaller arena than before.
    """
    best = fuse(program)
    for _ in range(ROUNDS):
        if best is None:
            return
        yield best
        found = _divide_once(program, best, fuse)
        if found is None:
            return
        program, best = found


def _divide_once(program: Program, best: Point, fuse: Fuse) -> tuple[Program, Point] | None:
    """The program with more regions in blocks, and what `fuse` makes of it; None where the arena stays as
    it is, or too many instructions are added. best: what it makes of the program as it is.
    """
    regions = _regions_at_peak(program, best[1])
    if not regions:
        return None
    search = begin(_with_all(program, [(region, _counts(region)[-1]) for region in regions]))
    least = UNBOUNDED if search is None else lower_bound(search)
    if least >= best[0].arena_bytes:
        return None
    counts = _best_counts(program, regions, least)
    other = _with_all(program, counts)
    found = fuse(other)
    if found is None or found[0].arena_bytes >= best[0].arena_bytes:
        return None
    fewer = _best_counts(program, regions, found[0].arena_bytes)
    if fewer != counts:
        other = _with_all(program, fewer)
        found = fuse(other)
    if found is None or cost_of_blocks(other).extra > MOST_EXTRA:
        return None
    return (other, found) if found[0].arena_bytes < best[0].arena_bytes else None


Choice = list[tuple[Region, int]]  # regions, and in how many blocks each is to run


def _with_all(program: Program, chosen: Choice) -> Program:
    """The program with several regions in blocks; steps before the last region keep their numbers."""
    for region, count in reversed(chosen):
        program = with_blocks(program, region, count)
    return program


def _counts(region: Region) -> list[int]:
    return [count for count in COUNTS if count <= region.most_blocks]


def _best_counts(program: Program, regions: Sequence[Region], others: int) -> Choice:
    """For each region the number of blocks of the least arena and flash, of those that add few enough
    instructions. others: bytes of the arena that are needed, whatever the regions need.
    """

    def best(region: Region) -> int:
        return min(_counts(region), key=lambda count: estimate(region, count))

    def estimate(region: Region, count: int) -> tuple[bool, int]:
        return _estimate(with_blocks(program, region, count), region, others)

    return [(region, best(region)) for region in regions]


def fuse_divided(program: Program) -> Program:
    """The program in pipelines that pay, and in blocks where these save as much arena as pipelines must
    and arena and flash together are the least.
    """

    def fuse(other: Program) -> Point:
        fused = fuse_steps(other)
        return cost_of(fused), fused

    (undivided, best), *others = divided(program, fuse)
    enough, least = limits(undivided.arena_bytes).arena_bytes, undivided.total_bytes
    for cost, fused in others:
        if cost.arena_bytes <= enough and cost.total_bytes < least:
            least, best = cost.total_bytes, fused
    return best


def _estimate(program: Program, region: Region, others: int) -> tuple[bool, int]:
    """Whether the region's blocks add too many instructions; and bytes of arena and of flash for blocks.
    others: of the arena, whatever the region needs.
    """
    cost = cost_of_blocks(program)
    made = [k for k, step in enumerate(program.steps) if program.blocks.keys() & {*step.writes}]
    alive = least_alive(program)[1:-1]
    needed = max(alive[k] for k in made if k >= region.first)
    return cost.extra > MOST_EXTRA, max(others, needed) + cost.flash_bytes


def _regions_at_peak(program: Program, fused: Program) -> list[Region]:
    """The regions of the steps that need the most memory, as they are fused, in order; none where such a
    step is in no region that can be cut.
    """
    before, *alive, after = least_alive(fused)
    if max(before, after) >= max(alive, default=0):
        return []
    found, at = list[Region](), 0
    for step, nbytes in zip(fused.with_pipelines_as_steps().steps, alive, strict=True):
        span = range(at, at + 1) if step.pipeline is None else step.pipeline.steps
        at = span.stop
        if nbytes < max(alive) or (found and found[-1].last >= span.start):
            continue
        region = _region_in(program, span, found[-1].last + 1 if found else 0)
        if region is None:
            return []
        found.append(region)
    return found


def _region_in(program: Program, span: range, start: int) -> Region | None:
    """The first region from step `start` on that has steps in a span."""
    for first in range(start, span.stop):
        region = find_region(program, first)
        if region is not None and region.last >= span.start and _counts(region):
            return region
    return None
