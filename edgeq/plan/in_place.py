"""Which stages of a pipeline write their rows over rows that they read, so that these need no line
buffer of their own.

An element-wise stage may write over the row that it reads: then the rows of its input lie in the line
buffer of its output. A depthwise stage has read the first row of its windows for the last time when it
fires, and reads one channel after the other; a pointwise one to fewer channels reads pixels before it
writes fewer bytes: the rows of its output may lie in the line buffer of its input, each over that
first row, until the next stage has read it, which must be before the stage in front of both needs the
line again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from edgeq.plan.schedule import Taken
from edgeq.plan.stages import Stage, StageGraph


def in_place_choices(stages: tuple[Stage, ...]) -> Iterator[StageGraph]:
    """The stages with each choice of the operand that every element-wise stage writes its rows
    over.

    The last one may also take none, so that no row of the output is begun before the stage that
    finishes it.
    """
    pairs = [[(stage.writes, t) for t in overwritable(stages, stage)] for stage in stages]
    choices: list[list[tuple[int, int] | None]] = [list(some) for some in pairs[:-1] if some]
    for chosen in product([*pairs[-1], None], *choices):
        buffer_of = {stage.writes: stage.writes for stage in stages}
        for over, under in (
            pair for pair in (chosen[0], *reversed(chosen[1:])) if pair is not None
        ):
            buffer_of[under] = buffer_of[over]  # later stages first: in place may follow in place
        yield over_first_rows(stages, buffer_of)


def overwritable(stages: Sequence[Stage], stage: Stage) -> Iterator[int]:
    """Tensors between the stages that this one alone reads, and whose rows its output may take."""
    row_bytes = {other.writes: other.row_bytes for other in stages}
    if stage.joined:
        return
    everywhere = [t for other in stages for t in other.reads]
    for t, offset in zip(stage.reads, stage.overlap, strict=True):
        if offset == 0 and everywhere.count(t) == 1 and row_bytes.get(t) == stage.row_bytes:
            yield t


def over_first_rows(stages: tuple[Stage, ...], buffer_of: Mapping[int, int]) -> StageGraph:
    """The stages with every row that can be written over the first one that is read. buffer_of: in
    whose line buffers rows of element-wise stages lie.
    """
    buffers, taken = dict(buffer_of), dict[int, Taken]()
    shared = [t for pair in buffer_of.items() if pair[0] != pair[1] for t in pair]
    for stage in stages[:-1]:
        x, y, window = taken_by(stages, stage), stage.writes, stage.kernel.window
        if x is None or x in shared or y in shared:
            continue
        if x not in taken:
            stride, before = (1, 0) if window is None else (window.stride, window.before)
            buffers[y], taken[y] = x, Taken(stride, -before)
        elif stage.kernel.reads_one_row:
            buffers[y], taken[y] = buffers[x], taken[x]
    return StageGraph(stages, buffers, taken)


def taken_by(stages: Sequence[Stage], stage: Stage) -> int | None:
    """The tensor between the stages over whose rows a stage may write its own; None where there is none.

    It alone must read that tensor, and whoever reads its rows must read one at a time.
    """
    if not stage.kernel.over_first or stage.joined:
        return None
    (x,) = stage.reads
    row_bytes = {other.writes: other.row_bytes for other in stages}
    readers = [other for other in stages if stage.writes in other.reads]
    alone = sum(other.reads.count(x) for other in stages) == 1
    fits = x in row_bytes and stage.row_bytes <= row_bytes[x]
    one = all(other.kernel.reads_one_row for other in readers)
    return x if alone and fits and one else None
