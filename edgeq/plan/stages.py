"""The stages of a possible pipeline, and in whose line buffers their rows lie.

A pipeline is a synchronous dataflow graph: stages fire when the rows that they read exist and there
is room for those that they write (Lee and Messerschmitt, "Synchronous data flow", 1987). This
module says what each stage reads and writes; `edgeq/plan/firing.py` lets them fire.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import lcm

from edgeq.opkit.rows import RowKernel, Span
from edgeq.plan.program import Program, Step
from edgeq.plan.schedule import Firing, Taken

ALIGNMENT = 8  # bytes; line buffers are aligned as scratch is


@dataclass(frozen=True)
class Stage:
    """A step as a stage of a pipeline. Tensors are indices of the graph.

    reads: the computed inputs of the row kernel, in order. overlap: for each, how many bytes below
    its row that of the output must lie to take its place; None: apart. height, row_bytes: of the
    output. joined: its rows lie in those of a wider tensor.
    """

    kernel: RowKernel
    reads: tuple[int, ...]
    overlap: tuple[int | None, ...]
    writes: int
    height: int
    row_bytes: int
    joined: bool = False

    def next_firing(self, stage: int, done: int) -> Firing:
        """What it computes next when `done` rows exist, as stage number `stage`."""
        return Firing(stage, done, min(self.kernel.rows, self.height - done))

    def next_reads(self, done: int) -> Span:
        """The input rows that the next firing reads; beyond all rows where there is none."""
        if done == self.height:
            return Span(1 << 30, 1 << 30)
        return self.kernel.reads(self.next_firing(0, done).span)


@dataclass(frozen=True)
class StageGraph:
    """Stages, and for each tensor that they write the tensor in whose line buffer its rows lie: its
    own unless the stage that reads it writes its rows over them, or its rows are written over those
    that the stage which writes them has read for the last time. taken: of the latter, over which.
    """

    stages: tuple[Stage, ...]
    buffer_of: Mapping[int, int]
    taken: Mapping[int, Taken] = field(default_factory=dict)

    @property
    def tensors(self) -> tuple[int, ...]:
        """All tensors that stages read or write, each once, in the order of stages."""
        return tuple(dict.fromkeys(t for s in self.stages for t in (*s.reads, s.writes)))

    @property
    def output(self) -> int:
        """The tensor that the last stage writes."""
        return self.stages[-1].writes

    @property
    def buffered(self) -> dict[int, int]:
        """Each tensor that has a line buffer of its own, and the bytes of its rows."""
        return {
            stage.writes: stage.row_bytes
            for stage in self.stages
            if self.buffer_of[stage.writes] == stage.writes != self.output
        }

    def least_rows(self) -> dict[int, int]:
        """A lower bound of the rows of each line buffer: what one firing writes, or the most that
        one reads.
        """
        rows = dict.fromkeys(self.buffered, 1)
        for stage in self.stages:
            for t in {self.buffer_of[t] for t in stage.reads if t in self.buffer_of} & rows.keys():
                firings = range(0, stage.height, stage.kernel.rows)
                spans = (stage.next_reads(done) for done in firings)
                rows[t] = max(rows[t], *(span.end - span.first for span in spans))
        return {t: self._whole_firings(t, least) for t, least in rows.items()}

    def grown(self, rows: Mapping[int, int], t: int) -> dict[int, int]:
        """Sizes of line buffers, in rows, with that of tensor `t` raised to the next one allowed."""
        return {**rows, t: self._whole_firings(t, rows[t] + 1)}

    def _whole_firings(self, t: int, rows: int) -> int:
        """The least size of a tensor's line buffer, in rows from `rows` on, that no write or read
        of a firing wraps around in; at most the tensor's height.
        """
        writers = [stage for stage in self.stages if self.buffer_of[stage.writes] == t]
        pieces = [stage.kernel.rows for stage in writers]
        readers = (s for s in self.stages for x in s.reads if self.buffer_of.get(x) == t)
        pieces += [s.kernel.advance for s in readers if not s.kernel.line_buffered]
        return min(-(-rows // lcm(*pieces)) * lcm(*pieces), writers[0].height)

    def nbytes(self, rows: Mapping[int, int]) -> int:
        """Bytes of line buffers of so many rows."""
        return sum(line_buffer_bytes(rows[t], of_row) for t, of_row in self.buffered.items())


def line_buffer_bytes(rows: int, row_bytes: int) -> int:
    """Bytes that a line buffer takes, up to where the next one may start."""
    return -(-rows * row_bytes // ALIGNMENT) * ALIGNMENT


def find_stage(program: Program, step: Step, kernel: RowKernel) -> Stage:
    """A step as a stage. A kernel that runs in place at an exact distance only stays apart, for
    rows in line buffers do not keep their distance.
    """
    graph = program.graph
    call, inputs, output = kernel.call, graph.ops[step.node.index].inputs, step.node.output
    overlap = (None,) * len(call.inputs) if call.exact else kernel.overlap
    computed = [
        (inputs[p], offset)
        for p, offset in zip(call.inputs, overlap, strict=True)
        if not graph.tensors[inputs[p]].constant
    ]
    return Stage(
        kernel,
        tuple(t for t, _ in computed),
        tuple(offset for _, offset in computed),
        step.writes[0],
        output.shape[1],
        output.nbytes // output.shape[1],
        step.writes[0] in program.joined,
    )


def find_stages(
    program: Program, kernels: Sequence[RowKernel | None], first: int, last: int
) -> tuple[Stage, ...] | None:
    """The steps from `first` to `last` as stages, or None where they are no pipeline: a step
    without row kernel, or a tensor between them that others need or none reads.
    """
    graph, stages = program.graph, list[Stage]()
    for k in range(first, last + 1):
        if (kernel := kernels[k]) is None:
            return None
        stages.append(find_stage(program, program.steps[k], kernel))
    inside = {stage.writes for stage in stages[:-1]}
    others = [s for k, s in enumerate(program.steps) if not first <= k <= last]
    needed = {*graph.outputs, *(t for s in others for t in s.reads)}
    if inside & needed or inside - {t for stage in stages for t in stage.reads}:
        return None
    return tuple(stages)
