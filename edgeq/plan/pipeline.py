"""A pipeline from its stages, its line buffers and its firing list: where buffers lie within its
memory, and how far below its inputs its output must start.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from edgeq.plan.program import Program
from edgeq.plan.schedule import Firing, LineBuffer, Pipeline
from edgeq.plan.stages import Stage, StageGraph, line_buffer_bytes


def make_pipeline(
    program: Program,
    first: int,
    last: int,
    graph: StageGraph,
    rows: Mapping[int, int],
    firings: Sequence[Firing],
) -> Pipeline:
    """Steps `first` to `last` as a pipeline. rows: of each line buffer; they lie one behind the
    other, then scratch. Tensors that are read or written whole are line buffers of all their rows.
    """
    tensors, at, buffers = program.graph.tensors, 0, dict[int, LineBuffer]()
    for t, row_bytes in graph.buffered.items():
        buffers[t] = LineBuffer(None, at, rows[t], row_bytes)
        at += line_buffer_bytes(rows[t], row_bytes)
    for stage in graph.stages:
        for t in (*stage.reads, stage.writes):
            if (whole := graph.buffer_of.get(t, t)) not in buffers:
                height = tensors[whole].shape[1]
                row_bytes = tensors[whole].nbytes // height
                gap = program.row_bytes(whole) - row_bytes
                buffers[whole] = LineBuffer(whole, 0, height, row_bytes, gap)
            buffers[t] = _in_lines(buffers[whole], graph, t)
    kernels = tuple(stage.kernel for stage in graph.stages)
    return Pipeline(
        first,
        last,
        kernels,
        buffers,
        tuple(firings),
        at,
        at + max(kernel.call.scratch_bytes for kernel in kernels),
        find_in_place_offsets(graph, buffers, firings),
    )


def _in_lines(lines: LineBuffer, graph: StageGraph, t: int) -> LineBuffer:
    """A tensor's rows in the line buffer of which they take the lines."""
    if t not in graph.taken:
        return lines
    (row_bytes,) = (stage.row_bytes for stage in graph.stages if stage.writes == t)
    gap = lines.row_bytes - row_bytes
    return lines._replace(row_bytes=row_bytes, gap=gap, taken=graph.taken[t])


def find_in_place_offsets(
    graph: StageGraph, buffers: Mapping[int, LineBuffer], firings: Sequence[Firing]
) -> dict[int, int]:
    """For each tensor read from outside, how many bytes below it the output must start to overwrite
    no row that is still read.

    That is the most by which the end of the rows that a firing writes exceeds the start of the
    first row that is read then or later; a stage that works in place needs, of the rows that it
    reads itself, only the offset of its kernel. One pass over the firings from the last to the
    first.
    """
    written = {stage.writes for stage in graph.stages}
    outside = {t for stage in graph.stages for t in stage.reads} - written
    offsets = dict.fromkeys(outside, -(1 << 31) + 1)
    later = dict.fromkeys(outside, 1 << 31)  # the first byte that a later firing reads
    for firing in reversed(firings):
        stage = graph.stages[firing.stage]
        start, end = firing.first * stage.row_bytes, firing.end * stage.row_bytes
        read = stage.kernel.reads(firing.span).first
        first = {t: read * buffers[t].row_bytes for t in outside & {*stage.reads}}
        if graph.buffer_of[stage.writes] == graph.output:
            overlap = _overlap(stage)
            for t in outside:
                offsets[t] = max(offsets[t], end - later[t])
                if t in first:
                    needed = end if (offset := overlap[t]) is None else start + offset
                    offsets[t] = max(offsets[t], needed - first[t])
        later |= {t: min(later[t], at) for t, at in first.items()}
    return offsets


def _overlap(stage: Stage) -> dict[int, int | None]:
    """The overlap of each tensor that a stage reads, None where it reads one twice."""
    return {
        t: offset if stage.reads.count(t) == 1 else None
        for t, offset in zip(stage.reads, stage.overlap, strict=True)
    }
