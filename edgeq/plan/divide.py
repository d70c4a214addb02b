"""Which layers run in blocks of channels (`edgeq/plan/channel_blocks.py`), and in how many.

Searched: the region at the step that needs the most memory, in the number of blocks of the least arena
and flash, again until that step is in no region or nothing is gained. Regions elsewhere cannot make
the arena smaller and stay as they are. Heuristic: several regions that need the same are not tried
together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from edgeq.plan.arena import least_alive
from edgeq.plan.channel_blocks import Region, find_region, with_blocks
from edgeq.plan.cost import MOST_EXTRA, Cost, cost_of, cost_of_blocks, limits
from edgeq.plan.fuse import begin, fuse_steps, lower_bound
from edgeq.plan.partition import UNBOUNDED
from edgeq.plan.program import Program

COUNTS = (2, 3, 4, 5, 6, 8, 10, 12, 16)  # of blocks
REGIONS = 4  # that are divided one after the other

Point = tuple[Cost, Program]
Fuse = Callable[[Program], Point | None]


def divided(program: Program, fuse: Fuse) -> Iterator[Point]:
    """What `fuse` makes of the program, nothing of which is fused yet; then the same of it with layers in
    blocks of channels, each with a smaller arena and a smaller sum of arena and flash than before.
    """
    best = fuse(program)
    for _ in range(REGIONS):
        if best is None:
            return
        yield best
        found = _divide_once(program, best, fuse)
        if found is None:
            return
        program, best = found


def _divide_once(program: Program, best: Point, fuse: Fuse) -> tuple[Program, Point] | None:
    """The program with one more region in blocks, and what `fuse` makes of it; None where that does not
    pay. best: what it makes of the program as it is.
    """
    region = _region_at_peak(program, best[1])
    counts = [count for count in COUNTS if region and count <= region.most_blocks]
    if region is None or not counts:
        return None
    made = [with_blocks(program, region, count) for count in counts]
    search, enough = begin(made[-1]), limits(best[0].arena_bytes).arena_bytes
    least = UNBOUNDED if search is None else lower_bound(search)
    if least > enough:
        return None
    other = min(made, key=lambda blocks: _estimate(blocks, region, least))
    found = fuse(other)
    if found is None or found[0].arena_bytes > enough:
        return None
    taken = found[0].arena_bytes
    fewer = min(made, key=lambda blocks: _estimate(blocks, region, taken))
    if fewer is not other:
        other, found = fewer, fuse(fewer)
    if found is None or found[0].total_bytes >= best[0].total_bytes:
        return None
    return (other, found) if found[0].extra <= best[0].extra + MOST_EXTRA else None


def fuse_divided(program: Program) -> Program:
    """The program in the blocks and pipelines that pay."""

    def fuse(other: Program) -> Point:
        fused = fuse_steps(other)
        return cost_of(fused), fused

    *_, (_, best) = divided(program, fuse)
    return best


def _estimate(program: Program, region: Region, others: int) -> int:
    """Bytes of arena and of flash for blocks. others: of the arena, whatever the region needs."""
    made = [k for k, step in enumerate(program.steps) if program.blocks.keys() & {*step.writes}]
    alive = least_alive(program)[1:-1]
    needed = max(alive[k] for k in made if k >= region.first)
    return max(others, needed) + cost_of_blocks(program).flash_bytes


def _region_at_peak(program: Program, fused: Program) -> Region | None:
    """The region among the steps that need the most memory, as they are fused; None where there is none."""
    whole = fused.with_pipelines_as_steps()
    before, *alive, after = least_alive(fused)
    if max(before, after) >= max(alive, default=0):
        return None
    at, peak = 0, range(0)
    for step, nbytes in zip(whole.steps, alive, strict=True):
        span = range(at, at + 1) if step.pipeline is None else step.pipeline.steps
        if nbytes == max(alive):
            peak = span
            break
        at = span.stop
    for first in range(peak.stop):
        region = find_region(program, first)
        if region is not None and region.last >= peak.start:
            return region
    return None
