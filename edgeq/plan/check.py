"""Executes a scheduled program on an arena that knows what every byte of it holds, and refuses a
schedule or a plan under which a kernel would read anything else than it should.

Each call (`edgeq/plan/accesses.py`) is executed as the worst kernel that keeps its contract would:

1. it writes its scratch, before it reads any input;
2. it reads its inputs, every byte of which must hold the byte of the tensor that it should; where
   an output lies over an input, bytes are written as early as `KernelCall.overlap` allows: an
   output that starts `overlap` bytes below an input, or farther, overwrites no byte of it that is
   still to be read, and any other one does;
3. it has written its outputs, and writes its scratch once more.

The arena is cut into cells of neighbouring bytes. `execute_bytes` takes every byte as a cell.
`execute_rows` cuts only where a tensor, a row, or scratch starts or ends, so that no call ever
takes a part of a cell: it refuses just what `execute_bytes` refuses, and the bytes that rows have
cost neither time nor memory. A cell holds the number of its first byte's content less its place:
the same for all cells that one write fills and one read expects, so that either is one operation of
NumPy on neighbouring cells.

A branch or loop is one call that works in its scratch; the program of each of its regions is executed
by itself in that memory, and what a region shares with its surroundings are variables
(`edgeq/plan/check_variables.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from edgeq.plan.accesses import Call, Operand, Piece, content_numbers, find_calls, whole_tensor
from edgeq.plan.arena import Plan
from edgeq.plan.check_variables import check_variables
from edgeq.plan.program import Program
from edgeq.plan.well_formed import check_alignment, check_inside, check_schedule
from edgeq.plan.wrong_plan import WrongPlanError, misread, name_call, name_tensor

NOTHING = -(1 << 62)  # what a cell holds that nobody has written


@dataclass(frozen=True)
class Arena:
    """cells: where each cell starts, and where the last one ends. index: the cell that starts at a
    byte. held: of each cell, the number of what its first byte holds less its place.
    """

    cells: Sequence[int]
    index: Mapping[int, int] | Sequence[int]
    held: npt.NDArray[np.int64]

    def write(self, piece: Piece) -> None:
        """Fills the bytes of a piece with what it says."""
        self.held[self._cells(piece)] = piece.content - piece.place

    def first_wrong(self, piece: Piece) -> int | None:
        """The first byte of the arena that does not hold what the piece says, or None."""
        cells = self._cells(piece)
        wrong = self.held[cells] != piece.content - piece.place
        return self.cells[cells.start + int(wrong.argmax())] if wrong.any() else None

    def _cells(self, piece: Piece) -> slice:
        if piece.nbytes == 0:
            return slice(0, 0)
        return slice(self.index[piece.place], self.index[piece.place + piece.nbytes])

    def content(self, byte: int) -> int | None:
        """The number of what the first byte of a cell holds, None where nothing was written."""
        held = int(self.held[self.index[byte]])
        return None if held == NOTHING else held + byte


def check_bytes(program: Program, plan: Plan) -> None:
    """Executes the program byte by byte, and checks that variables keep their order and buffers are
    aligned. Raises WrongPlanError. Takes O(bytes touched).
    """
    execute_bytes(program, plan)
    check_variables(program)
    check_alignment(program, plan)


def check_rows(program: Program, plan: Plan) -> None:
    """Executes the program row by row, and checks that variables keep their order and buffers are
    aligned. Raises WrongPlanError. Takes O(rows touched).
    """
    execute_rows(program, plan)
    check_variables(program)
    check_alignment(program, plan)


def execute_bytes(program: Program, plan: Plan) -> None:
    """Executes the program on an arena whose cells are bytes."""
    calls, every = _checked_calls(program, plan), range(plan.arena_bytes + 1)
    _execute(program, plan, calls, Arena(every, every, np.full(plan.arena_bytes, NOTHING)))


def execute_rows(program: Program, plan: Plan) -> None:
    """Executes the program on an arena whose cells are no larger than rows need."""
    calls = _checked_calls(program, plan)
    pieces = [*_ends(program, plan), *(piece for call in calls for piece in _pieces(call))]
    cuts = sorted({at for piece in pieces for at in (piece.place, piece.place + piece.nbytes)})
    index = {place: cell for cell, place in enumerate(cuts)}
    _execute(program, plan, calls, Arena(cuts, index, np.full(len(cuts), NOTHING)))


def _checked_calls(program: Program, plan: Plan) -> list[Call]:
    check_schedule(program)
    calls = list(find_calls(program, plan))
    for call in calls:
        check_inside(plan, _pieces(call), partial(name_call, program, call))
    check_inside(plan, _ends(program, plan), lambda: "an input or output of the model")
    return calls


def _execute(program: Program, plan: Plan, calls: Sequence[Call], arena: Arena) -> None:
    numbers, graph = content_numbers(program), program.graph
    for t in graph.inputs:
        arena.write(whole_tensor(program, plan, numbers, t))
    for call in calls:
        for piece in call.scratch:
            arena.write(piece)
        for operand in call.reads:
            for piece in operand.pieces:
                if (byte := arena.first_wrong(piece)) is not None:
                    who = name_call(program, call)
                    raise misread(program, who, piece, byte, arena.content(byte))
            _check_overlap(program, call, operand)
        for piece in (*call.writes, *call.scratch):
            arena.write(piece)
    for t in graph.outputs:
        if graph.tensors[t].constant:  # copied to the arena behind the last step
            arena.write(whole_tensor(program, plan, numbers, t))
    for t in graph.outputs:
        piece = whole_tensor(program, plan, numbers, t)
        if (byte := arena.first_wrong(piece)) is not None:
            who = "the application, after the last step,"
            raise misread(program, who, piece, byte, arena.content(byte))


def _check_overlap(program: Program, call: Call, operand: Operand) -> None:
    """Refuses outputs that may be written over bytes of an input before they are read."""
    for number, written in enumerate(call.writes):
        overlap = operand.overlap if number == 0 else None
        for piece in operand.pieces:
            byte = max(piece.place, written.place)
            if byte >= min(piece.place + piece.nbytes, written.place + written.nbytes):
                continue
            before = piece.content - operand.pieces[0].content  # bytes of the operand before it
            below = piece.place - before - written.place
            if overlap is None or (below != overlap if operand.exact else below < overlap):
                need = "apart" if overlap is None else f"{overlap} bytes below it"
                raise WrongPlanError(
                    f"{name_call(program, call)} may write byte {byte} of the arena before it has "
                    f"read it",
                    f"its output starts {below} bytes below what it reads of "
                    f"{name_tensor(program, operand.tensor)}, its kernel needs it to lie {need}",
                )


def _pieces(call: Call) -> Iterator[Piece]:
    yield from call.scratch
    yield from call.writes
    for operand in call.reads:
        yield from operand.pieces


def _ends(program: Program, plan: Plan) -> list[Piece]:
    """What the application writes before the first step and reads after the last."""
    numbers, graph = content_numbers(program), program.graph
    return [whole_tensor(program, plan, numbers, t) for t in (*graph.inputs, *graph.outputs)]
