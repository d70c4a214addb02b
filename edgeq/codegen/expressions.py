"""Plain data for the C expressions of the native engine: addresses, operands, arguments,
parameters.

firmware_templates/native/expressions.j2 has a macro for each that writes it in C.
"""

from __future__ import annotations

from dataclasses import dataclass

Field = tuple[str, str | int | float | tuple[int, ...] | None]
"""A parameter of a kernel: its name, and its value or the name of the array that holds it."""


@dataclass(frozen=True)
class Place:
    """An address in the arena, or in another memory of the model, `offset` bytes from its start; in
    a fused pipeline it may move with the row that a stage computes next.

    row_bytes: bytes from one row to the next, 0 if the address does not move; lines: lines of the
    line buffer, 0 if all rows are stored; stage: index of that stage in the pipeline; advance: rows
    of this tensor for each row of that stage; shift: rows by which its line buffer is turned; memory:
    the C name of that memory's first byte.
    """

    offset: int
    row_bytes: int = 0
    lines: int = 0
    stage: int = 0
    advance: int = 1
    shift: int = 0
    memory: str = "arena"


@dataclass(frozen=True)
class Operand:
    """An input or output of a kernel, either at a place in the arena or, with place None, the
    constant array of that name.
    """

    ctype: str
    place: Place | None
    array: str = ""


@dataclass(frozen=True)
class FiringRows:
    """The rows that one firing of a stage computes: the next `rows` of its `height` output rows, or
    fewer at the end.

    lines: lines of the line buffer that the kernel reads, 0 if it gets a pointer to the first row
    instead.
    """

    stage: int
    rows: int
    height: int
    lines: int = 0


@dataclass(frozen=True)
class Arguments:
    """The arguments of a kernel call behind its parameters, in this order.

    rows: the rows to compute, for kernels that read a line buffer; scratch: offset of the working
    memory in the arena, None if there is none; gathered, scattered: whether inputs or outputs are
    passed as one array.
    """

    rows: FiringRows | None
    inputs: list[Operand]
    outputs: list[Operand]
    scratch: int | None
    gathered: bool = False
    scattered: bool = False
