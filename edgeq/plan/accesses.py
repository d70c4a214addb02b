"""What every kernel call of a scheduled program reads and writes in the arena, call by call.

Places are computed as the generated C computes them (`edgeq/codegen/layers.py`): a kernel gets the
place of the first row and writes rows one behind the other, even beyond the end of a line buffer;
only line-buffered kernels find each row that they read by itself. What bytes should be there is
told by numbers, one for each byte of each tensor, so that whoever executes the calls can compare
(`edgeq/plan/check.py`).

That a kernel reads the rows that its row kernel names, and the order in which it reads and writes,
are taken from `RowKernel.reads` and `KernelCall.overlap`; machine code is held to both in
tests/firmware/test_firings.py and tests/firmware/test_overlap.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from edgeq.opkit.kernel_call import KernelCall, View
from edgeq.opkit.rows import RowKernel, Span
from edgeq.plan.arena import Plan
from edgeq.plan.program import Program, Step
from edgeq.plan.schedule import Firing, LineBuffer, Pipeline

TENSOR_BITS = 40  # of a content number: the byte; above it the tensor, then the steps' scratch


class Piece(NamedTuple):
    """Bytes of the arena from `place` on, none or more, and the number of what the first should
    hold; that of the next is one more.
    """

    place: int
    nbytes: int
    content: int


class Operand(NamedTuple):
    """What a call reads of one input. overlap: how many bytes below it the call's first output must
    start for every byte to be read before it is overwritten, None: they must lie apart; exact: at
    just that distance.
    """

    tensor: int
    pieces: tuple[Piece, ...]
    overlap: int | None
    exact: bool


@dataclass(frozen=True)
class Call:
    """One kernel call: of a whole step, or a firing of a pipeline. number: of the firing within its
    pipeline. writes: the outputs in order. scratch: no piece, or one.
    """

    step: int
    number: int | None
    firing: Firing | None
    reads: tuple[Operand, ...]
    writes: tuple[Piece, ...]
    scratch: tuple[Piece, ...]


def content_numbers(program: Program) -> dict[int, int]:
    """The number of the first byte of each computed tensor; views have those of what they view."""
    graph = program.graph
    first = {t: t << TENSOR_BITS for t in (*graph.inputs, *graph.outputs)}
    for step in program.steps:
        for i, t in enumerate(step.writes):
            root = program.joined.get(t, t)
            before = program.blocks[t].first * program.pixel_bytes(t) if t in program.joined else 0
            first[t] = (root << TENSOR_BITS) + before
            if isinstance(step.call, View):
                first[t] = first[step.reads[0]] + step.call.offsets[i]
    return first


def whole_tensor(program: Program, plan: Plan, numbers: Mapping[int, int], t: int) -> Piece:
    """All bytes of a tensor."""
    return Piece(plan.offsets[t], program.graph.tensors[t].nbytes, numbers[t])


def find_calls(program: Program, plan: Plan) -> Iterator[Call]:
    """All kernel calls of one inference, in order; views are none."""
    numbers, at = content_numbers(program), 0
    for pipeline in (*program.schedule.pipelines, None):
        end = len(program.steps) if pipeline is None else pipeline.first
        for k in range(at, end):
            if not isinstance(call := program.steps[k].call, View):
                yield _whole_call(program, plan, numbers, k, call)
        if pipeline is not None:
            for number, firing in enumerate(pipeline.firings):
                yield _fire(program, plan, numbers, pipeline, number, firing)
            at = pipeline.last + 1


def _whole_call(
    program: Program, plan: Plan, numbers: Mapping[int, int], k: int, call: KernelCall
) -> Call:
    step = program.steps[k]
    reads = tuple(
        Operand(t, (whole_tensor(program, plan, numbers, t),), overlap, call.exact)
        for t, overlap in _operands(program, step, call, call.overlap)
    )
    writes = tuple(whole_tensor(program, plan, numbers, t) for t in step.writes)
    return Call(k, None, None, reads, writes, _scratch(program, plan, k, call))


def _fire(
    program: Program,
    plan: Plan,
    numbers: Mapping[int, int],
    pipeline: Pipeline,
    number: int,
    firing: Firing,
) -> Call:
    k, kernel = pipeline.first + firing.stage, pipeline.kernels[firing.stage]
    step, call = program.steps[k], kernel.call
    (first, end), reads = kernel.reads(firing.span), list[Operand]()
    cut = min(first + 1, end) if kernel.over_first else first
    for t, overlap in _operands(program, step, call, kernel.overlap):
        lines = pipeline.line_buffers[t]
        of_first, others = (
            tuple(_rows_read(kernel, firing, rows, lines, plan.offsets[t], numbers[t]))
            for rows in (Span(first, cut), Span(cut, end))
        )
        if cut > first:
            reads.append(Operand(t, of_first, 0, exact=True))
        reads.append(Operand(t, others, overlap, call.exact))
    (y,) = step.writes
    lines = pipeline.line_buffers[y]
    place = plan.offsets[y] + lines.line(firing.first) * lines.step
    written = Piece(place, firing.rows * lines.row_bytes, numbers[y] + firing.first * lines.apart)
    return Call(
        k, number, firing, tuple(reads), (written,), _scratch(program, plan, k, kernel.call)
    )


def _rows_read(
    kernel: RowKernel, firing: Firing, rows: Span, lines: LineBuffer, start: int, number: int
) -> Iterator[Piece]:
    """Rows that a firing reads of a tensor whose line buffer starts at byte `start`. Of a tensor whose
    rows take others' lines every kernel gets the only row that it reads.
    """
    (first, end), size = rows, lines.row_bytes
    if not kernel.line_buffered or lines.taken is not None:
        pointer = lines.line(firing.first * kernel.advance // kernel.rows)
        yield Piece(start + pointer * lines.step, (end - first) * size, number + first * size)
        return
    while first < end:
        line = first % lines.rows  # as rows.h finds it, of tensors that exist whole as well
        together = min(end - first, lines.rows - line)
        yield Piece(start + line * size, together * size, number + first * size)
        first += together


def _operands(
    program: Program, step: Step, call: KernelCall, overlap: tuple[int | None, ...]
) -> Iterator[tuple[int, int | None]]:
    """The computed tensors that a call reads, and their overlap."""
    inputs = program.graph.ops[step.node.index].inputs
    for position, offset in zip(call.inputs, overlap, strict=True):
        if inputs[position] in step.reads:
            yield inputs[position], offset


def _scratch(program: Program, plan: Plan, k: int, call: KernelCall) -> tuple[Piece, ...]:
    if not call.scratch_bytes:
        return ()
    number = len(program.graph.tensors) + k << TENSOR_BITS
    return (Piece(plan.scratch[k], call.scratch_bytes, number),)
