"""The kernels of programs as one text of C, each file once, with what it includes.

Where a file includes a piece that instruction sets have of their own (`EDGEQ_GEMM_TILE`, see
edgeq/codegen/instruction_set_text.py) the text has that of each, so that it serves every core.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from edgeq.codegen.affine_inputs import input_affine_calls
from edgeq.codegen.instruction_set_text import CHOICE, alternatives, choice_lines, included_piece
from edgeq.codegen.kernel_files import KernelFiles, check_used, kernel_files
from edgeq.codegen.kernel_rows import NO_ROW, Lines, Row, rendered, row_of, takes_rows
from edgeq.opkit.instruction_sets import instruction_sets
from edgeq.opkit.kernel_call import KernelCall
from edgeq.plan import Program
from edgeq.plan.control import programs as regions_of

Rendering = tuple[str, Lines]
"""A file's name and its lines as they were rendered."""


@dataclass
class Text:
    """A text in the making. written: what the lines hold so far; used: the names of all files that
    went into them.
    """

    files: KernelFiles
    lines: list[str] = field(default_factory=list)
    written: set[Rendering] = field(default_factory=set)
    used: set[str] = field(default_factory=set)


def kernels_source(programs: Sequence[Program], replacements: Path | None = None) -> str:
    """The kernels that the programs call and the headers that they include, each once, in one text;
    kernels with a table of types once for each row that is called.

    replacements: a folder whose files stand in for edgeq's of the same name, or for the kernel of
    one function (`sum_s8.c` for `edgeq_sum_s8`), either flat or in the folders of
    `firmware_templates/native/`; at least one must be used.
    """
    calls = sorted(set().union(*map(_calls, programs)))
    text = Text(kernel_files(calls, replacements))
    for source, function in calls:
        name = text.files.kernel(source, function)
        _write_file(text, name, _row(text.files, name, function), included=False)
    if any(map(_finds_lines, programs)):
        _write_file(text, "common/rows.h", NO_ROW)
    if replacements is not None:
        check_used(replacements, text.files, text.used)
    if not text.lines:
        _write_file(text, "common/edgeq_native.h", NO_ROW)
    lines = text.lines if text.files.replacements else _without_double_blanks(text.lines)
    return "\n".join(_with_choice(text.files, lines))


def _calls(program: Program) -> set[tuple[str, str]]:
    """(file, function) of every kernel that the program calls."""
    calls = {
        (step.call.source or step.node.kind.lower(), step.call.function)
        for _, part in regions_of(program)
        for step in part.steps
        if isinstance(step.call, KernelCall) and step.control is None and step.feed is None
    }
    input_affines = {(call.source, call.function) for _, call in input_affine_calls(program)}
    return {(f"{source}.c", function) for source, function in calls | input_affines}


def _finds_lines(program: Program) -> bool:
    """Whether a pipeline computes which line of a line buffer a row lies in, by `edgeq_line_of`."""
    buffers = (b for p in program.schedule.pipelines for b in p.line_buffers.values())
    return any(lines.place is None and lines.rows > 1 for lines in buffers)


def _row(files: KernelFiles, name: str, function: str) -> Row:
    """The row of a kernel's table that makes the function."""
    text = files.text(name)
    included = [files.text(file) for line in text.splitlines() if (file := files.included(line))]
    return row_of(function, "\n".join([text, *included]), name)


def _write_file(text: Text, name: str, row: Row, included: bool = True) -> None:
    """A file's lines, rendered for a row, and what it includes; nothing where they are there.

    included: by another file; then it is only rendered where it says so, since a word of the row may
    be part of any name.
    """
    content = text.files.text(name)
    lines = rendered(content, row if not included or takes_rows(content) else NO_ROW)
    rendering = (name, lines)
    if rendering in text.written:
        return
    text.used.add(name)
    text.written.add(rendering)
    expected = 0
    for number, line in lines:
        if number != expected and text.files.replacements:
            text.lines.append(f'#line {number} "{name}"')  # so that a compiler's errors name it
        expected = 0 if _write_included(text, line, row) else number + 1
        if expected:
            text.lines.append(line)
    text.lines.append("")


def _write_included(text: Text, line: str, row: Row) -> bool:
    """What a line includes, in its place. Returns whether it includes any of edgeq's files."""
    if not line.startswith("#"):
        return False
    piece, file = included_piece(line), text.files.included(line)
    if piece:
        _write_alternatives(text, piece, row)
    elif file == CHOICE:
        _write_choice(text)
    elif file:
        _write_file(text, file, row)
    return bool(piece or file)


def _write_alternatives(text: Text, piece: str, row: Row) -> None:
    """A piece of each instruction set, behind its condition: what the file of one includes is not
    there for the others.
    """
    before = frozenset(text.written)
    for condition, file in alternatives(piece):
        if condition:
            text.lines.append(condition)
        if file:
            text.written = set(before)
            _write_file(text, file, row)
    text.written = set(before)


def _write_choice(text: Text) -> None:
    """A line that stands for the statements of all instruction sets."""
    if CHOICE not in text.used:
        text.used |= {CHOICE, *(f"arch/{one.name}/arch.h" for one in instruction_sets())}
        text.lines.append(CHOICE)


def _with_choice(files: KernelFiles, lines: list[str]) -> list[str]:
    """The lines with the statements that they use in place of the line that stands for all."""
    at = lines.index(CHOICE)
    return [*lines[:at], *choice_lines(files.text, lines), *lines[at + 1 :]]


def _without_double_blanks(lines: list[str]) -> list[str]:
    """The lines without the second of two blank ones."""
    return [line for line, before in zip(lines, ["", *lines], strict=False) if line or before]
