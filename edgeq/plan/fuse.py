"""Which steps run as fused pipelines: a schedule of least cost.

Searched: partitions of the program into pipelines and single steps. The cost of a pipeline is only
bounded until it is built, so dynamic programming (`edgeq/plan/partition.py`) proposes the best
partition by what is known, the pipelines in it that are only bounded are built, and this is
repeated until none is: then its bottleneck is the least there is (lazy evaluation as in branch and
bound). The bottleneck is a lower bound of the arena; what the arena really takes is known when it
is placed. So partitions of least weight at this bottleneck and then at the next higher ones are
placed, at most PLANS for each of three weights, until no higher bottleneck can win. Optimal for
lower bounds of the arena within BUILDS pipelines built, heuristic for the arena as it is placed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

from edgeq.plan.arena import least_alive
from edgeq.plan.build import build
from edgeq.plan.candidates import find_parts, find_widths
from edgeq.plan.cost import (
    FLASH_OF_PIPELINE,
    MOST_EXTRA_FED,
    Cost,
    Limits,
    cost_of,
    limits,
    worthwhile,
)
from edgeq.plan.needs import Kernels
from edgeq.plan.partition import (
    UNBOUNDED,
    Part,
    Partition,
    Weigh,
    by_instructions,
    by_offsets,
    by_steps,
    least_bottleneck,
    lightest_partition,
    total_weight,
)
from edgeq.plan.program import Program
from edgeq.plan.schedule import Schedule

BUILDS = 1_000  # pipelines that are built
PLANS = 12  # partitions that are placed for each weight


@dataclass
class Search:
    """What is known of a program's parts, by their first and last step and width, and how many more
    pipelines may be built.

    abandoned: parts for which no pipeline was found, which says nothing against there being one.
    """

    program: Program
    widths: Sequence[Kernels]
    parts: dict[tuple[int, int, int], Part]
    abandoned: list[Part]
    builds: int = BUILDS


@dataclass(frozen=True)
class Best:
    """The best scheduled program so far, what it costs, and what is worth it."""

    program: Program
    cost: Cost
    most: Limits


def fuse_steps(program: Program) -> Program:
    """The program with all pipelines that pay; steps in them make the calls of their row kernels.

    An input that comes row by row must be the first stage of one; where it can be none, the program
    is left as it is.
    """
    search, alive = begin(program), least_alive(program)
    if search is None:
        return program
    best, ends = _unfused(program), max(alive[0], alive[-1])
    for most in _limits(program, best.cost.arena_bytes):
        best = replace(best, most=most)
        for weigh in (by_steps, by_offsets, by_instructions):
            best = _walk(search, best, ends, weigh)
        if best.program is not program:
            break
    return replace(best.program, fused_lower_bound_bytes=lower_bound(search))


def lower_bound(search: Search) -> int:
    """Bytes of every arena in this order of steps, whatever is fused."""
    alive = least_alive(search.program)
    bounds = (
        replace(part, arena_bytes=part.lower_bound)
        for part in (*search.parts.values(), *search.abandoned)
    )
    ends = max(alive[0], alive[-1])
    return max(ends, least_bottleneck(bounds, len(search.program.steps)))


def begin(program: Program) -> Search | None:
    """What is known at first; None where an input that comes row by row can be no stage."""
    widths = find_widths(program)
    parts = {(p.first, p.last, p.width): p for p in find_parts(program, widths)}
    partitions = least_bottleneck(parts.values(), len(program.steps)) < UNBOUNDED
    return Search(program, widths, parts, []) if partitions else None


def _unfused(program: Program) -> Best:
    """The program as it is, at a cost that any pipeline has less of where rows of the input can be
    taken by a pipeline alone.
    """
    cost = cost_of(program)
    if program.fed is not None:
        cost = replace(cost, flash_bytes=UNBOUNDED)
    return Best(program, cost, limits(cost.arena_bytes))


def _limits(program: Program, unfused: int) -> list[Limits]:
    """What pipelines may cost beside so many bytes of arena of the program unfused; where none is
    found, what they may cost instead.
    """
    if program.fed is None:
        return [limits(unfused)]
    return [Limits(UNBOUNDED, MOST_EXTRA_FED), Limits(UNBOUNDED, UNBOUNDED)]


def _walk(search: Search, best: Best, limit: int, weigh: Weigh) -> Best:
    """Places the lightest partition at the least bottleneck from `limit` bytes on, then at each
    higher one that allows a lighter partition; the best of these and of what was known.
    """
    limit, partition = built_partition(search, limit, weigh)
    for _ in range(PLANS):
        least = Cost(limit, FLASH_OF_PIPELINE, 0)  # of any partition with a pipeline
        if not worthwhile(least, best.most) or least.total_bytes >= best.cost.total_bytes:
            break
        best = _better(best, search.program, limit, partition)
        higher = next_limit(search, limit, partition, weigh)
        if higher is None:
            break
        limit, partition = built_partition(search, higher, weigh)
    return best


def _better(best: Best, program: Program, limit: int, partition: Partition) -> Best:
    """The better of the best program and that of a partition, no arena of which is smaller than the
    limit.
    """
    pipelines = tuple(part.pipeline for part in partition if part.pipeline is not None)
    extra = sum(part.extra for part in partition)
    least = Cost(limit, FLASH_OF_PIPELINE * len(pipelines), extra)
    if not pipelines or not worthwhile(least, best.most):
        return best
    if least.total_bytes >= best.cost.total_bytes:
        return best
    other = program.scheduled(Schedule(pipelines))
    cost = cost_of(other)
    won = worthwhile(cost, best.most) and cost.total_bytes < best.cost.total_bytes
    return replace(best, program=other, cost=cost) if won else best


def built_partition(search: Search, limit: int, weigh: Weigh) -> tuple[int, Partition]:
    """The lightest partition all of whose pipelines are built, and its bottleneck or the limit,
    whichever is more.
    """
    parts, steps = search.parts, len(search.program.steps)
    while True:
        limit = max(limit, least_bottleneck(parts.values(), steps))
        partition = lightest_partition(parts.values(), steps, limit, weigh)
        unsure = [part for part in partition if not part.built]
        for part in unsure:
            search.builds -= 1
            found = build(search.program, search.widths, part) if search.builds >= 0 else None
            del parts[part.first, part.last, part.width]
            if found is None:
                search.abandoned.append(part)
            else:
                parts[part.first, part.last, part.width] = found
        if not unsure:
            return limit, partition


def next_limit(search: Search, limit: int, partition: Partition, weigh: Weigh) -> int | None:
    """The least bytes above the limit that allow a partition whose weight has a smaller first
    number, by bisection; None if none do.
    """
    parts, steps = search.parts.values(), len(search.program.steps)
    costs = sorted({part.arena_bytes for part in parts if part.arena_bytes > limit})
    now = total_weight(partition, weigh)[0]

    def less(cost: int) -> bool:
        return total_weight(lightest_partition(parts, steps, cost, weigh), weigh)[0] < now

    at = bisect_left(costs, True, key=less)
    return costs[at] if at < len(costs) else None
