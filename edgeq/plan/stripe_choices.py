"""Into how many stripes the first layers of a program could be cut, and what each choice would take,
estimated without building it.

A stripe's line buffers have as many rows as those of the layers in one piece, so these are searched
once for each end of the stripes, with kernels of single rows, and a stripe's bytes follow from its
columns. What the layers behind the stripes need is the least bottleneck of their parts; those that
could run in blocks of channels count as nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from edgeq.plan.candidates import LONGEST, find_widths
from edgeq.plan.channel_blocks import find_region
from edgeq.plan.column_ranges import ColumnRanges, find_ranges, stripes_of, work_of
from edgeq.plan.cost import LEAST_GAIN, works
from edgeq.plan.firing import smallest_line_buffers
from edgeq.plan.fuse import begin
from edgeq.plan.in_place import over_first_rows
from edgeq.plan.needs import Kernels, last_reader
from edgeq.plan.partition import Part, least_bottleneck
from edgeq.plan.program import Program
from edgeq.plan.stages import StageGraph, find_stages, line_buffer_bytes

MOST_STRIPES = 18


@dataclass(frozen=True)
class Choice:
    """Stripes of the steps up to `last`. arena_bytes: about what the arena would take at least.
    recomputed: work that would be done again.
    """

    last: int
    count: int
    arena_bytes: int
    recomputed: float


def find_choices(program: Program, most: float) -> list[Choice]:
    """The choices of which none takes both less memory and less work than another, with at most so much
    work done again, as a part of the program's: the least work first, each later one with less memory by
    a part of LEAST_GAIN. None where no input comes row by row.
    """
    search = begin(program)
    if search is None or program.fed is None:
        return []
    parts = [*search.parts.values(), *_in_blocks(program)]
    limit, found = most * sum(works(program)), list[Choice]()
    kernels = find_widths(program)[-1]
    ends = find_ends(program, kernels)
    every = (choice for last in ends for choice in _choices(program, kernels, parts, last, limit))
    for choice in sorted(every, key=lambda c: (c.recomputed, c.arena_bytes, c.count)):
        if not found or choice.arena_bytes <= (1 - LEAST_GAIN) * found[-1].arena_bytes:
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


def _choices(
    program: Program, kernels: Kernels, parts: Sequence[Part], last: int, limit: float
) -> Iterator[Choice]:
    (y,), rows = program.steps[last].writes, dict[int, int]()
    tensor, once = program.graph.tensors[y], sum(works(program)[: last + 1])
    stages = find_stages(program, kernels, 0, last)
    if stages is None:
        return
    behind = [
        replace(part, first=part.first - last - 1, last=part.last - last - 1)
        for part in parts
        if part.first > last
    ]
    rest = least_bottleneck(behind, len(program.steps) - last - 1)
    graph = over_first_rows(stages, {stage.writes: stage.writes for stage in stages})
    for count in range(2, min(tensor.shape[2], MOST_STRIPES) + 1):
        columns = stripes_of(tensor.shape[2], count)
        found = [find_ranges(program, kernels, last, stripe) for stripe in columns]
        ranges = [one for one in found if one is not None]
        work = sum(work_of(program, k, one) for one in ranges for k in range(last + 1)) - once
        if len(ranges) < count or work > limit:
            return
        if not rows and (smallest := smallest_line_buffers(graph)) is not None:
            rows = smallest[0]
        if not rows:
            return
        stripe = max(_stripe_bytes(program, graph, rows, one) for one in ranges)
        yield Choice(last, count, max(stripe + tensor.nbytes, rest), work)


def _in_blocks(program: Program) -> Iterator[Part]:
    """The regions that could run in blocks of channels, as parts that need no memory."""
    for first in range(len(program.steps)):
        region = find_region(program, first)
        if region is not None:
            yield Part(region.first, region.last, 0, 0)


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
