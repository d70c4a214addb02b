"""The firing list of a pipeline, and the smallest line buffers with which it comes to its end.

A stage may fire as soon as the rows that it reads exist and nobody needs the rows that it would
overwrite, nor the place of one that comes there before (`edgeq/plan/in_place.py`). No firing takes
away what another one needs, so whether all stages come to their end depends on the sizes of the line
buffers alone, not on the order of firings (a property of synchronous dataflow graphs with bounded
buffers, Lee and Messerschmitt 1987).

Searched: the rows of every line buffer, by best-first search over the sizes, cheapest first,
from a lower bound on; where the stages stop, one of the buffers that were too full must grow, so
each is grown in turn. The first sizes with which all stages end take the fewest bytes: optimal.
There may be exponentially many sizes, so it gives up after SIZES_TRIED; each costs O(firings *
stages).
"""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Mapping
from itertools import count

from edgeq.plan.schedule import Firing, Taken
from edgeq.plan.stages import Stage, StageGraph

Fired = tuple[list[Firing], frozenset[int]]
"""The firing list, and the line buffers that were too full, by the place of their tensor in the graph."""

Smallest = tuple[dict[int, int], list[Firing]]
"""Rows of each line buffer, and the firing list with them."""

ITSELF = Taken(1, 0)  # of rows that lie in the line buffer of their own tensor
SIZES_TRIED = 200
KEPT = 1 << 15  # results of `fire`
_FIRED: dict[Hashable, Fired] = {}


def fire(graph: StageGraph, rows: Mapping[int, int]) -> tuple[list[Firing], set[int]]:
    """The firing list with line buffers of so many rows, always of the first stage in `priority`
    that can fire; and the line buffers that were too full where not all stages come to their end.
    """
    stages, buffer_of = graph.stages, graph.buffer_of
    writer = {stage.writes: k for k, stage in enumerate(stages)}
    sources = [[writer[t] for t in stage.reads if t in writer] for stage in stages]
    users = [
        [
            (u, graph.taken.get(t, ITSELF))
            for u, other in enumerate(stages)
            for t in other.reads
            if buffer_of.get(t) == buffer_of[stage.writes]
        ]
        for stage in stages
    ]
    limits = [
        None if stage.writes in graph.taken else rows.get(buffer_of[stage.writes])
        for stage in stages
    ]
    done, firings, order = [0] * len(stages), list[Firing](), priority(graph)
    wanted = [stage.next_reads(0) for stage in stages]
    while True:
        full = set[int]()
        for k in order:
            firing, limit = stages[k].next_firing(k, done[k]), limits[k]
            end = firing.end
            if firing.rows == 0 or any(done[source] < wanted[k].end for source in sources[k]):
                continue
            if limit is not None and any(
                end - limit > taken.row(wanted[user].first) for user, taken in users[k]
            ):
                full.add(buffer_of[stages[k].writes])
                continue
            firings.append(firing)
            done[k], wanted[k] = end, stages[k].next_reads(end)
            break
        else:
            return firings, full


def priority(graph: StageGraph) -> list[int]:
    """Stages that finish rows of the output in place, then all others, the earliest first.

    So the pipeline's inputs are read as early as can be, and its output may overlap them the most:
    what a stage needs of them to finish rows that are there already it reads before more rows are
    written.
    """

    def finishes(stage: Stage) -> bool:
        return any(graph.buffer_of.get(t) == graph.output for t in stage.reads)

    return sorted(range(len(graph.stages)), key=lambda k: (not finishes(graph.stages[k]), k))


def smallest_line_buffers(graph: StageGraph) -> Smallest | None:
    """Rows of each line buffer, of the fewest bytes with which all stages come to their end, and
    the firing list; None where none were found.
    """
    serial, least, shape = count(), graph.least_rows(), _shape(graph)
    heap, seen = [(graph.nbytes(least), next(serial), least)], set[tuple[int, ...]]()
    for _ in range(SIZES_TRIED):
        _, _, rows = heapq.heappop(heap)
        firings, full = _fire_once(graph, shape, rows)
        if not full:
            return rows, firings
        for larger in (graph.grown(rows, t) for t in sorted(full)):
            if tuple(larger.values()) not in seen:
                seen.add(tuple(larger.values()))
                heapq.heappush(heap, (graph.nbytes(larger), next(serial), larger))
    return None


def _fire_once(
    graph: StageGraph, shape: Hashable, rows: Mapping[int, int]
) -> tuple[list[Firing], set[int]]:
    """What `fire` finds. It is kept for graphs of the same shape: stripes are much alike, and rows have no
    widths. Where stages stop, the firing list is left empty.
    """
    tensors, key = graph.tensors, (shape, tuple(rows.values()))
    if key not in _FIRED:
        if len(_FIRED) >= KEPT:
            _FIRED.clear()
        firings, full = fire(graph, rows)
        _FIRED[key] = [] if full else firings, frozenset(tensors.index(t) for t in full)
    firings, places = _FIRED[key]
    return firings, {tensors[place] for place in places}


def _shape(graph: StageGraph) -> Hashable:
    """All of a graph that decides when stages fire, its tensors numbered."""
    number = {t: k for k, t in enumerate(graph.tensors)}
    return (
        tuple(
            (s.kernel.rows, s.kernel.window, s.kernel.line_buffered, s.height) for s in graph.stages
        ),
        tuple((tuple(number[t] for t in s.reads), number[s.writes]) for s in graph.stages),
        tuple((number[t], number[buffer]) for t, buffer in graph.buffer_of.items()),
        tuple((number[t], taken) for t, taken in graph.taken.items()),
    )
