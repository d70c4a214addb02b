"""Layers in pipelines of their own, and what their kernels read and write firing by firing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from firmware.tracing import Accesses, Overlap, Spans, apart

from edgeq.codegen.native import NativeEngine, render_program
from edgeq.graph import Graph, Model, Op, Tensor
from edgeq.opkit.rows import RowKernel, Span
from edgeq.plan import Firing, Pipeline, Program, Schedule, lower
from edgeq.plan.candidates import find_row_kernel, find_widths
from edgeq.plan.firing import smallest_line_buffers
from edgeq.plan.in_place import in_place_choices
from edgeq.plan.lower import lower_whole
from edgeq.plan.pipeline import make_pipeline
from edgeq.plan.stages import StageGraph, find_stages


@dataclass(frozen=True)
class Fired:
    """One firing of a layer, with what it did and the layer's pipeline."""

    layer: int
    pipeline: Pipeline
    firing: Firing
    accesses: Accesses

    @property
    def kernel(self) -> RowKernel:
        return self.pipeline.kernels[self.firing.stage]


def between_copies(model: Model) -> Model:
    """A layer whose inputs and output are copied by pools of one pixel: fused with them, it reads
    and writes line buffers.
    """
    graph = model.main
    tensors, ops = list(graph.tensors), list(graph.ops)
    (y,) = graph.outputs
    tensors += [replace(tensors[t], name=f"{tensors[t].name} copy") for t in (*graph.inputs, y)]
    copies = range(len(graph.tensors), len(tensors))
    pools = [_copy(a, b) for a, b in (*zip(copies, graph.inputs, strict=False), (y, copies[-1]))]
    return Model(
        (Graph(tuple(tensors), (*pools[:-1], *ops, pools[-1]), tuple(copies[:-1]), (copies[-1],)),)
    )


def _copy(x: int, y: int) -> Op:
    options = {
        "padding": "VALID",
        "stride_h": 1,
        "stride_w": 1,
        "filter_height": 1,
        "filter_width": 1,
    }
    return Op(
        "MAX_POOL_2D", (x,), (y,), tuple(sorted(options.items())), 2, options_type="Pool2DOptions"
    )


def runs_by_rows(model: Model) -> bool:
    """Whether every layer of a model has a row kernel."""
    return all(find_row_kernel(step) is not None for step in lower_whole(model.main).steps)


def fused(
    models: Mapping[str, Model], in_place: bool, width: int = 0
) -> tuple[Model, NativeEngine]:
    """All models in one, each with the pipelines that the planner chooses for it, or else as a
    pipeline of all its layers.

    in_place: whether element-wise layers overwrite operands; width: 0 for row kernels of many rows
    at a time, -1 of few.
    """
    model = apart(models)
    program, pipelines = lower_whole(model.main), list[Pipeline]()
    steps = tuple(sorted(program.steps, key=lambda step: step.node.index))
    program, at = replace(program, steps=steps), 0
    kernels = find_widths(program)[width]
    for part in models.values():
        spans = [(p.first, p.last) for p in lower(part.main).schedule.pipelines] or [
            (0, len(part.main.ops) - 1)
        ]
        pipelines += [
            fuse(program, kernels, at + first, at + last, in_place) for first, last in spans
        ]
        at += len(part.main.ops)
    return model, render_program(model, program.scheduled(Schedule(tuple(pipelines))), "fused")


def fuse(
    program: Program, kernels: Sequence[RowKernel | None], first: int, last: int, in_place: bool
) -> Pipeline:
    """Those steps as a pipeline with its smallest line buffers."""
    stages = find_stages(program, kernels, first, last)
    assert stages is not None
    apart_ = StageGraph(stages, {stage.writes: stage.writes for stage in stages})
    graph = next(in_place_choices(stages)) if in_place else apart_
    found = smallest_line_buffers(graph)
    assert found is not None
    return make_pipeline(program, first, last, graph, *found)


def all_fired(program: Program, traced: Sequence[tuple[int, Accesses]]) -> list[Fired]:
    """What was traced of pipelines, firing by firing."""
    firings = [
        (pipeline.first + firing.stage, pipeline, firing)
        for pipeline in program.schedule.pipelines
        for firing in pipeline.firings
    ]
    recorded = [
        (layer, accesses)
        for layer, accesses in traced
        if program.schedule.pipeline_of(layer) is not None
    ]
    assert [layer for layer, _ in recorded] == [layer for layer, _, _ in firings]
    return [
        Fired(*firing, accesses) for firing, (_, accesses) in zip(firings, recorded, strict=True)
    ]


def rows_of(engine: NativeEngine, fired: Fired, tensor: int, rows: Span) -> Spans:
    """Where rows of a tensor lie."""
    lines = fired.pipeline.line_buffers[tensor]
    start = engine.plan.offsets[tensor]
    return joined([(start + lines.line(row) * lines.step, lines.row_bytes) for row in range(*rows)])


def joined(spans: Spans) -> Spans:
    """Neighbours as one, for a word may lie on two."""
    found: Spans = []
    for start, nbytes in sorted(spans):
        if found and sum(found[-1]) == start:
            found[-1] = (found[-1][0], found[-1][1] + nbytes)
        else:
            found.append((start, nbytes))
    return found


def strays(engine: NativeEngine, fired: Fired) -> bool:
    """Whether a firing read or wrote a byte outside of the rows that its row kernel declares and of
    its scratch.
    """
    step, kernel, rows = engine.program.steps[fired.layer], fired.kernel, fired.firing.span
    reads = [span for t in step.reads for span in rows_of(engine, fired, t, kernel.reads(rows))]
    writes = rows_of(engine, fired, step.writes[0], rows)
    if kernel.call.scratch_bytes:
        writes.append((engine.plan.scratch[fired.layer], kernel.call.scratch_bytes))
    return fired.accesses.stray(joined(reads), joined(writes))


def row_overlaps(engine: NativeEngine, fired: Fired) -> list[Overlap]:
    """The in-place offset of a firing of an element-wise layer for the row that it reads of each
    input, and that of a layer which may write its row over the first one that it reads.
    """
    graph, step, call = engine.program.graph, engine.program.steps[fired.layer], fired.kernel.call
    rows = fired.firing.span
    inputs = [graph.ops[step.node.index].inputs[position] for position in call.inputs]
    ((start, nbytes),) = rows_of(engine, fired, step.writes[0], rows)
    writes, found = fired.accesses.first_writes(start, nbytes), list[Overlap]()
    for t, offset in zip(inputs, call.overlap, strict=True):
        if not graph.tensors[t].constant and offset is not None:
            ((at, size),) = rows_of(engine, fired, t, rows)
            reads = fired.accesses.last_reads(at, size)
            found.append(Overlap(step.node.name, call.function, offset, call.exact, reads, writes))
    if fired.kernel.over_first:
        (x,), (first, _) = step.reads, fired.kernel.reads(rows)
        ((at, size),) = rows_of(engine, fired, x, Span(first, first + 1))
        reads = fired.accesses.last_reads(at, size)
        found.append(Overlap(step.node.name, call.function, 0, True, reads, writes))
    return found


def pipeline_overlaps(
    engine: NativeEngine, pipeline: Pipeline, of_pipeline: Sequence[Fired]
) -> list[Overlap]:
    """The in-place offsets of a pipeline for the tensors that it reads whole."""
    columns = ((a.places, a.sizes, a.written) for a in (fired.accesses for fired in of_pipeline))
    everything = Accesses(*(np.concatenate(column) for column in zip(*columns, strict=True)))
    program = engine.program
    (y,) = program.steps[pipeline.last].writes

    def span(tensor: Tensor, index: int) -> tuple[int, int]:
        return engine.plan.offsets[index], tensor.nbytes

    tensors = program.graph.tensors
    writes = everything.first_writes(*span(tensors[y], y))
    return [
        Overlap(
            program.steps[pipeline.last].node.name,
            "pipeline",
            offset,
            False,
            everything.last_reads(*span(tensors[t], t)),
            writes,
        )
        for t, offset in pipeline.in_place_offsets.items()
    ]
