"""Into how many stripes the first layers of a program could be cut, and what each choice would take,
estimated without building it.

A stripe's line buffers have as many rows as those of the layers in one piece, so these are searched
once for each end of the stripes, with kernels of single rows, and a stripe's bytes follow from its
columns. What the layers behind need is the least bottleneck of their parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from edgeq.plan.buffers import WORD
from edgeq.plan.candidates import LONGEST, find_widths
from edgeq.plan.column_ranges import ColumnRanges, find_ranges, stripes_of, work_of
from edgeq.plan.cost import works
from edgeq.plan.firing import smallest_line_buffers
from edgeq.plan.fuse import Search, begin
from edgeq.plan.needs import Kernels, last_reader
from edgeq.plan.partition import least_bottleneck
from edgeq.plan.program import Program
from edgeq.plan.stages import StageGraph, find_stages, line_buffer_bytes

MOST_STRIPES = 12


@dataclass(frozen=True)
class Choice:
    """Stripes of the steps up to `last`. arena_bytes: about what the arena would take. recomputed: work
    that would be done again.
    """

    last: int
    count: int
    arena_bytes: int
    recomputed: float


def find_choices(program: Program, most: float) -> list[Choice]:
    """The choices of which none takes both less memory and less work than another, with at most so much
    work done again, as a part of the program's: the least work first.
    """
    search = begin(program)
    if search is None or program.fed is None:
        return []
    limit, found = most * sum(works(program)), list[Choice]()
    kernels = find_widths(program)[-1]
    ends = find_ends(program, kernels)
    every = [c for e in ends for c in _choices(search, kernels, e) if c.recomputed <= limit]
    for choice in sorted(every, key=lambda c: (c.recomputed, c.arena_bytes, c.count)):
        if not found or choice.arena_bytes < found[-1].arena_bytes:
            found.append(choice)
    return found


def find_ends(program: Program, kernels: Kernels) -> Iterator[int]:
    """Steps behind which nothing but their output is left of those before them, all of which have row
    kernels.
    """
    until = 0
    for last, step in enumerate(program.steps[:LONGEST]):
        if kernels[last] is None or step.writes[0] in program.graph.outputs:
            return
        if last > 0 and until <= last:
            yield last
        until = max(until, last_reader(program, step))


def _choices(search: Search, kernels: Kernels, last: int) -> Iterator[Choice]:
    program, (y,) = search.program, search.program.steps[last].writes
    stages = find_stages(program, kernels, 0, last)
    graph = stages and StageGraph(stages, {stage.writes: stage.writes for stage in stages})
    smallest = graph and smallest_line_buffers(graph)
    if not graph or not smallest:
        return
    behind = [part for part in search.parts.values() if part.first > last]
    from_0 = (replace(p, first=p.first - last - 1, last=p.last - last - 1) for p in behind)
    rest = least_bottleneck(from_0, len(program.steps) - last - 1)
    tensor, once = program.graph.tensors[y], sum(works(program)[: last + 1])
    for count in range(2, min(tensor.shape[2], MOST_STRIPES) + 1):
        columns = stripes_of(tensor.shape[2], count)
        ranges = [find_ranges(program, kernels, last, stripe) for stripe in columns]
        known = [one for one in ranges if one is not None]
        if len(known) < count:
            continue
        stripe = max(_stripe_bytes(program, graph, smallest[0], one) for one in known)
        work = sum(work_of(program, k, one) for one in known for k in range(last + 1))
        arena = max(stripe + -(-tensor.nbytes // WORD) * WORD, rest)
        yield Choice(last, count, arena, work - once)


def _stripe_bytes(
    program: Program, graph: StageGraph, rows: Mapping[int, int], ranges: ColumnRanges
) -> int:
    """Bytes of the line buffers of a stripe, a row of each slice of fewer columns among them, and of the
    most scratch of a stage that fires.
    """
    widths = {t: span.end - span.first for t, span in ranges.computed.items()}
    buffers = (line_buffer_bytes(n, widths[t] * program.pixel_bytes(t)) for t, n in rows.items())
    scratch = (
        stage.kernel.call.scratch_bytes * min(1.0, 2 * widths[stage.writes] / whole)
        for stage, whole in ((s, program.graph.tensors[s.writes].shape[2]) for s in graph.stages)
    )
    slices = (
        program.pixel_bytes(x) * (wanted.end - wanted.first)
        for (_, x), wanted in ranges.wanted.items()
        if wanted != ranges.computed[x]
    )
    return sum(buffers) + sum(slices) + round(max(scratch))
