"""The best pipeline for a run of steps.

Searched: which stages write their rows over those that they read (all choices, at most CHOICES),
each with its smallest line buffers (`edgeq/plan/firing.py`); taken is the pipeline that leaves the
smallest lower bound of the arena. Optimal among pipelines that fire in priority order, if there are
at most CHOICES and the search for sizes ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from edgeq.plan.arena import least_alive
from edgeq.plan.candidates import least_offset
from edgeq.plan.firing import smallest_line_buffers
from edgeq.plan.in_place import in_place_choices
from edgeq.plan.needs import Kernels
from edgeq.plan.partition import Part
from edgeq.plan.pipeline import make_pipeline
from edgeq.plan.program import Program
from edgeq.plan.schedule import Pipeline, Schedule
from edgeq.plan.stages import find_stages

CHOICES = 16  # of operands that are overwritten


def build(program: Program, widths: Sequence[Kernels], part: Part) -> Part | None:
    """The part with the best pipeline found for it, None where there is none."""
    stages = find_stages(program, widths[part.width], part.first, part.last)
    assert stages is not None
    choices = list(islice(in_place_choices(stages), CHOICES + 1))
    found, bounds = list[tuple[int, Pipeline]](), list[int]()
    for graph in choices[:CHOICES]:
        smallest = smallest_line_buffers(graph)
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


def _alive_in(program: Program, pipeline: Pipeline) -> int:
    """Bytes that must be held while a pipeline runs."""
    alone = replace(program, schedule=Schedule((pipeline,)))
    return least_alive(alone)[pipeline.first + 1]
