"""The front between the arena and instructions: schedules of which none takes both less memory and
fewer instructions than another.

Row kernels of fewer rows in a call need smaller line buffers and more instructions. Searched: at the
least bottleneck (`edgeq/plan/fuse.py`) and then at each higher one that allows fewer instructions, the
partition that adds the fewest. Each is placed, and what another one dominates is left out. Optimal
for bottlenecks, heuristic for the arena as it is placed, at most POINTS schedules. Where columns may be
computed again, the same is done of the program in stripes, for the choices of `stripe_choices.py` in
their order, less memory for more work, until IN_VAIN of them have not made the arena smaller: then it is
what the layers behind the stripes need.
"""

from __future__ import annotations

from dataclasses import replace

from edgeq.errors import EdgeqError
from edgeq.plan.cost import cost_of
from edgeq.plan.divide import Point, divided
from edgeq.plan.fuse import begin, built_partition, lower_bound, next_limit
from edgeq.plan.partition import by_instructions
from edgeq.plan.program import Program
from edgeq.plan.schedule import Schedule
from edgeq.plan.stripe_choices import find_choices
from edgeq.plan.stripes import with_stripes

POINTS = 40  # schedules that are placed
IN_VAIN = 2  # choices of stripes


def find_front(program: Program, most_again: float = 0.0) -> list[Point]:
    """Schedules of a program that nothing is fused in yet, with their cost: the least arena first, each
    later one with fewer instructions. None where an input that comes row by row can be no stage.

    most_again: how much may be computed again, as a part of the multiply-accumulates.
    """
    found = list[Point]()

    def fuse(other: Program) -> Point | None:
        points = _schedules(other)
        found.extend(points)
        return min(points, key=_order, default=None)

    for _ in divided(program, fuse):
        pass
    in_vain = 0
    for choice in find_choices(program, most_again) if found and most_again > 0 else ():
        least = min(found, key=_order)[0].arena_bytes
        striped = with_stripes(program, choice.last, choice.count)
        if choice.arena_bytes >= least or striped is None:
            continue
        for _ in divided(striped, fuse):
            pass
        in_vain += min(found, key=_order)[0].arena_bytes == least
        if in_vain == IN_VAIN:
            break
    front = list[Point]()
    for point in sorted(found, key=_order):
        if not front or point[0].extra < front[-1][0].extra:
            front.append(point)
    return front


def _order(point: Point) -> tuple[int, int, int]:
    cost = point[0]
    return cost.arena_bytes, cost.extra, cost.flash_bytes


def _schedules(program: Program) -> list[Point]:
    """Schedules of a program in which no more layers run in blocks of channels."""
    search = begin(program)
    if search is None:
        return []
    found, limit = list[Point](), 0
    for _ in range(POINTS):
        limit, partition = built_partition(search, limit, by_instructions)
        pipelines = tuple(part.pipeline for part in partition if part.pipeline is not None)
        scheduled = program.scheduled(Schedule(pipelines))
        found.append((cost_of(scheduled), scheduled))
        higher = next_limit(search, limit, partition, by_instructions)
        if higher is None:
            break
        limit = higher
    bound = lower_bound(search)
    return [(cost, replace(made, fused_lower_bound_bytes=bound)) for cost, made in found]


def fuse_within(program: Program, most_bytes: int | None, most_again: float = 0.0) -> Program:
    """The program under the schedule of the fewest instructions whose arena takes at most so many bytes,
    or with None the least that is found. most_again: how much may be computed again, as a part of the
    multiply-accumulates.

    It is left as it is where its input comes row by row and can be no stage. Raises EdgeqError where
    no schedule is found, with the least arena that is.
    """
    front = find_front(program, most_again)
    if not front:
        return program
    if most_bytes is None:
        return front[0][1]
    within = [scheduled for cost, scheduled in front if cost.arena_bytes <= most_bytes]
    if not within:
        why = f"the least arena that was found takes {front[0][0].arena_bytes} bytes"
        more = ", or --max-extra-macs" if program.fed is not None else ""
        remedy = f"allow that{more}, or shrink the model"
        raise EdgeqError(f"no arena of {most_bytes} bytes", why, remedy)
    return within[-1]
