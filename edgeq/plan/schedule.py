"""The schedule: which steps of a program are fused into pipelines, and how each pipeline runs.

A step outside of pipelines runs once and computes whole tensors. A fused pipeline is a run of
neighbouring steps, its stages, that compute a few rows at a time, in turns:

- a *firing* is one call of one stage's row kernel (`edgeq/opkit/rows.py`), which computes the next
  few rows of that stage's output. The firing list is the whole order; the generated C holds it as
  a table of one byte a firing, and every row is computed once.
- a *line buffer* keeps, of a tensor between two stages, only the latest rows, as the sliding
  windows of image processors do: with n rows, row r lies in line r % n and overwrites row r - n.
  Tensors that a pipeline reads from outside, and its output, exist whole.

Everything here is plain frozen data. Where buffers lie in the arena is not part of the schedule
but of the plan (`edgeq/plan/arena.py`); what a schedule costs is in `edgeq/plan/cost.py`; whether
schedule and plan are right is checked by executing them (`edgeq/plan/check.py`). A worked example
with a drawing is in docs/schedule.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from edgeq.opkit.rows import RowKernel, Span


class Firing(NamedTuple):
    """One call of a row kernel: stage number `stage` of a pipeline, counted from 0, computes `rows`
    rows of its output, from row `first` on.
    """

    stage: int
    first: int
    rows: int

    @property
    def end(self) -> int:
        """The row behind the last one that is computed."""
        return self.first + self.rows

    @property
    def span(self) -> Span:
        """The rows that are computed."""
        return Span(self.first, self.end)


class Taken(NamedTuple):
    """Whose line a row takes that is written over rows of another tensor: row r that of row
    `r * stride + shift`, which is negative or beyond all rows where that tensor has no such row.
    """

    stride: int
    shift: int

    def row(self, row: int) -> int:
        """The row of the other tensor."""
        return row * self.stride + self.shift


class LineBuffer(NamedTuple):
    """The latest `rows` rows of a tensor, `row_bytes` bytes each: row r starts
    `start + r % rows * (row_bytes + gap)` bytes behind `place`.

    place: a tensor that exists whole and in whose bytes the rows lie, all of them; None where the
    buffer lies in the pipeline's own memory. gap: bytes between two rows, where they are some columns
    of that tensor, or lie in longer lines. taken: of rows that are written over those of another
    tensor, in whose line buffer they lie, over which.
    """

    place: int | None
    start: int
    rows: int
    row_bytes: int
    gap: int = 0
    taken: Taken | None = None

    @property
    def step(self) -> int:
        """Bytes from one row to the next."""
        return self.row_bytes + self.gap

    @property
    def apart(self) -> int:
        """Bytes from one row to the next of the tensor, where it exists whole."""
        return self.row_bytes if self.place is None else self.step

    @property
    def nbytes(self) -> int:
        """Bytes from the start of its first line to the end of its last row."""
        return self.rows * self.step - self.gap

    def line(self, row: int) -> int:
        """The line that a row lies in."""
        if self.place is not None:
            return row
        return (row if self.taken is None else self.taken.row(row)) % self.rows


@dataclass(frozen=True)
class Pipeline:
    """Steps `first` to `last` of a program, both included, fused: stage i is step `first + i`.

    kernels: the row kernel of each stage. firings: in the order in which they run. line_buffers: of
    every computed tensor that a stage reads or writes, by its index in the graph. memory_bytes: of
    the arena, for the line buffers and, from byte `scratch_start` on, for the scratch of whichever
    stage fires. in_place_offsets: for each tensor that is read from outside, the least distance in
    bytes that the output must start below it so that every row is read before it is overwritten.
    """

    first: int
    last: int
    kernels: tuple[RowKernel, ...]
    line_buffers: Mapping[int, LineBuffer]
    firings: tuple[Firing, ...]
    scratch_start: int
    memory_bytes: int
    in_place_offsets: Mapping[int, int]

    @property
    def steps(self) -> range:
        """The numbers of its steps."""
        return range(self.first, self.last + 1)


@dataclass(frozen=True)
class Schedule:
    """The fused pipelines of a program, in its order of steps; no step is in two of them."""

    pipelines: tuple[Pipeline, ...] = ()

    def pipeline_of(self, step: int) -> Pipeline | None:
        """The pipeline that a step is a stage of."""
        return next((p for p in self.pipelines if step in p.steps), None)


NOTHING_FUSED = Schedule()
