"""A second, slow opinion on schedules and plans: every read and write of every byte, in an order.

Nothing of `edgeq/plan/check.py` and `edgeq/plan/accesses.py` is used. The rows that a window reads
are computed from the layer's own options; the order within a kernel is spelled out: byte i of an
input is read at time i, and byte j of the output is written as early as its in-place offset d
allows, right after byte j - d was read, or before all reads. Of a kernel that may write a row over the
first one that it reads, that row is such an input, with d = 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from edgeq.opkit.kernel_call import KernelCall, View
from edgeq.opkit.node import Node
from edgeq.plan import Firing, Pipeline, Plan, Program

Content = tuple[int, int]  # a tensor and a byte of it; of scratch the number of its step, negative
Bytes = list[tuple[int, Content]]  # places in the arena, and what should lie there


class LostError(Exception):
    """A byte that is read is not there, or one lies outside of the arena."""


def rows_seen(node: Node, row: int) -> range:
    """From the first to the last input row that a row of the output looks at."""
    if node.kind.endswith("_POOL_2D"):
        size = node.attributes.filter_height
        return range(row * size, row * size + size)
    if node.kind not in ("CONV_2D", "DEPTHWISE_CONV_2D"):
        return range(row, row + 1)
    a, height, size = node.attributes, node.input(0).shape[1], node.input(1).shape[1]
    extent = (size - 1) * a.dilation_h_factor + 1
    total = max((node.output.shape[1] - 1) * a.stride_h + extent - height, 0)
    first = row * a.stride_h - (total // 2 if a.padding == "SAME" else 0)
    return range(max(first, 0), min(first + extent, height))


class NaiveArena:
    """A program being executed under a plan."""

    def __init__(self, program: Program, plan: Plan) -> None:
        self.program, self.plan = program, plan
        self.memory: dict[int, Content] = {}
        self.start: dict[int, Content] = {}  # of each tensor, whose first byte its first byte is
        for t in range(len(program.graph.tensors)):
            self.start[t] = t, 0
        for step in program.steps:
            if isinstance(step.call, View):
                root, at = self.start[step.reads[0]]
                for t, offset in zip(step.writes, step.call.offsets, strict=True):
                    self.start[t] = root, at + offset

    def execute(self) -> None:
        """One inference. Raises LostError."""
        graph = self.program.graph
        for t in graph.inputs:
            self.write(self.tensor(t))
        for k, step in enumerate(self.program.steps):
            pipeline = self.program.schedule.pipeline_of(k)
            if pipeline is not None:
                if k == pipeline.first:
                    self.run_pipeline(pipeline)
            elif isinstance(step.call, KernelCall):
                reads = [self.tensor(t) for t in self.operands(k, step.call)]
                self.call(k, step.call, reads, [self.tensor(t) for t in step.writes])
        for t in graph.outputs:
            if graph.tensors[t].constant:
                self.write(self.tensor(t))
        for t in graph.outputs:
            self.expect(self.memory, self.tensor(t))

    def run_pipeline(self, pipeline: Pipeline) -> None:
        done = [0] * len(pipeline.kernels)
        for firing in pipeline.firings:
            if firing.first != done[firing.stage] or firing.rows < 1:
                raise LostError("a firing out of order")
            done[firing.stage] = firing.end
            self.fire(pipeline, firing)
        if done != [self.program.steps[k].node.output.shape[1] for k in pipeline.steps]:
            raise LostError("rows are missing")

    def fire(self, pipeline: Pipeline, firing: Firing) -> None:
        k, kernel = pipeline.first + firing.stage, pipeline.kernels[firing.stage]
        step = self.program.steps[k]
        seen = sorted(
            {r for row in range(firing.first, firing.end) for r in rows_seen(step.node, row)}
        )
        reads = [
            list(self.rows(pipeline, t, seen, kernel.line_buffered))
            for t in self.operands(k, kernel.call)
        ]
        written = list(range(firing.first, firing.end))
        writes = [list(self.rows(pipeline, step.writes[0], written))]
        if kernel.over_first and seen:
            (whole,), row = reads, len(reads[0]) // len(seen)
            self.interleave(whole[:row], writes, 0, exact=True)
            reads = [whole[row:]]
        self.call(k, kernel.call, reads, writes)

    def operands(self, k: int, call: KernelCall) -> list[int]:
        inputs = self.program.graph.ops[self.program.steps[k].node.index].inputs
        return [inputs[p] for p in call.inputs if inputs[p] in self.program.steps[k].reads]

    def rows(
        self, pipeline: Pipeline, t: int, rows: list[int], by_line: bool = False
    ) -> Iterator[tuple[int, Content]]:
        """Bytes of rows, each in its line, or one behind the other from the line of the first."""
        lines = pipeline.line_buffers[t]
        for n, row in enumerate(rows):
            known = by_line and lines.taken is None
            line = row % lines.rows if known else lines.line(rows[0]) + n
            for byte in range(lines.row_bytes):
                place = self.plan.offsets[t] + line * (lines.row_bytes + lines.gap) + byte
                yield place, (t, row * lines.row_bytes + byte)

    def tensor(self, t: int) -> Bytes:
        (root, first), at = self.start[t], self.plan.offsets[t]
        nbytes = self.program.graph.tensors[t].nbytes
        return [(at + byte, (root, first + byte)) for byte in range(nbytes)]

    def call(self, k: int, call: KernelCall, reads: list[Bytes], writes: list[Bytes]) -> None:
        scratch: Bytes = []
        if call.scratch_bytes:
            at = self.plan.scratch[k]
            scratch = [(at + byte, (-1 - k, byte)) for byte in range(call.scratch_bytes)]
        self.write(scratch)
        inputs = self.program.graph.ops[self.program.steps[k].node.index].inputs
        computed = [
            offset
            for p, offset in zip(call.inputs, call.overlap, strict=True)
            if inputs[p] in self.program.steps[k].reads
        ]
        for read, offset in zip(reads, computed, strict=True):
            self.interleave(read, writes, offset, call.exact)
        self.write([*chain.from_iterable(writes), *scratch])

    def interleave(self, read: Bytes, writes: list[Bytes], offset: int | None, exact: bool) -> None:
        """Reads of one operand among the writes, on a copy of the bytes that they touch."""
        memory = {at: self.memory.get(at, (-1 << 30, 0)) for at, _ in read}
        events = [(float(i), False, at, content) for i, (at, content) in enumerate(read)]
        for number, written in enumerate(writes):
            apart = number > 0 or offset is None
            if exact and read and written:
                apart |= read[0][0] - written[0][0] != offset
            for j, (at, content) in enumerate(written):
                time = -1.0 if apart else j - (offset or 0) + 0.5
                events.append((time, True, at, content))
        for _, write, at, content in sorted(events):
            if write:
                memory[at] = content
            else:
                self.expect(memory, [(at, content)])

    def write(self, some: Bytes) -> None:
        for at, content in some:
            if not 0 <= at < self.plan.arena_bytes:
                raise LostError(f"byte {at} lies outside")
            self.memory[at] = content

    def expect(self, memory: dict[int, Content], some: Bytes) -> None:
        for at, content in some:
            if memory.get(at) != content:
                raise LostError(f"byte {at} does not hold {content}")
