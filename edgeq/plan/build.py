"""The best pipeline for a run of steps.

Searched: which stages write their rows over those that they read (all choices, at most CHOICES),
each with its smallest line buffers (`edgeq/plan/firing.py`); taken is the pipeline that leaves the
smallest lower bound of the arena. Rows over the first ones that are read cost nothing unless a line
buffer grows for them; there all of them are tried apart, too. Optimal among pipelines that fire in
priority order and have them all or none, if there are at most CHOICES and the search for sizes ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice

from edgeq.plan.arena import least_alive
from edgeq.plan.candidates import least_offset
from edgeq.plan.firing import Smallest, smallest_line_buffers
from edgeq.plan.in_place import in_place_choices
from edgeq.plan.needs import Kernels
from edgeq.plan.partition import Part
from edgeq.plan.pipeline import make_pipeline
from edgeq.plan.program import Program
from edgeq.plan.schedule import Pipeline, Schedule
from edgeq.plan.stages import StageGraph, find_stages

CHOICES = 16  # of operands that are overwritten


def build(program: Program, widths: Sequence[Kernels], part: Part) -> Part | None:
    """The part with the best pipeline found for it, None where there is none."""
    stages = find_stages(program, widths[part.width], part.first, part.last)
    assert stages is not None
    choices = list(islice(in_place_choices(stages), CHOICES + 1))
    found, bounds = list[tuple[int, Pipeline]](), list[int]()
    for graph, smallest in chain.from_iterable(map(_smallest, choices[:CHOICES])):
        if smallest is None:
            bounds.append(part.lower_bound)
            continue
        rows, firings = smallest
        pipeline, unordered = (
            make_pipeline(program, part.first, part.last, graph, rows, in_order)
            for in_order in (
                firings,
                (),
            )  # without firings nothing keeps the output from its inputs
        )
        found.append((_alive_in(program, pipeline), pipeline))
        bounds.append(_alive_in(program, unordered))
    if not found:
        return None
    nbytes, best = min(found, key=lambda entry: (entry[0], sum(entry[1].in_place_offsets.values())))
    return replace(
        part,
        lower_bound=min(bounds) if len(choices) <= CHOICES else part.lower_bound,
        arena_bytes=nbytes,
        offset=least_offset(best.in_place_offsets.values()),
        built=True,
        pipeline=best,
    )


def _smallest(graph: StageGraph) -> Iterator[tuple[StageGraph, Smallest | None]]:
    """Stages with their smallest line buffers; where one had to grow because rows are written over
    those in it, or none were found, also with these rows apart.
    """
    smallest, least = smallest_line_buffers(graph), graph.least_rows()
    yield graph, smallest
    over = {graph.buffer_of[t] for t in graph.taken}
    if over and (smallest is None or any(smallest[0][t] > least[t] for t in over)):
        apart = StageGraph(graph.stages, {**graph.buffer_of, **{t: t for t in graph.taken}})
        yield apart, smallest_line_buffers(apart)


def _alive_in(program: Program, pipeline: Pipeline) -> int:
    """Bytes that must be held while a pipeline runs."""
    alone = replace(program, schedule=Schedule((pipeline,)))
    return least_alive(alone)[pipeline.first + 1]
