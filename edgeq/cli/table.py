"""Tables of text that fit a width without splitting words."""

from __future__ import annotations

import re
from collections.abc import Sequence

INDENT, GAP = 2, 2  # spaces before the first column, and between two
LONGEST = (
    28  # characters of a word; longer ones, such as names, are split, and make no column wider
)

Column = Sequence[str]  # the header, then a cell for each row


def table_lines(headers: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """The lines of a table, at most `width` characters long, or as long as two of its columns need.

    Columns after the first are aligned right where they hold numbers. Cells that are too wide are
    wrapped at spaces and after `/` and `;`. Columns that find no room come in further tables below,
    with the first column again. Without any header text there is no head.
    """
    columns = [[header, *cells] for header, *cells in zip(headers, *rows, strict=True)]
    lines: list[str] = []
    for block in _blocks(columns, width):
        lines += ["", *_block_lines(block, width)]
    return lines[1:]


def _blocks(columns: Sequence[Column], width: int) -> list[list[Column]]:
    """The columns of each table: the first, and as many of the others as have room for their words."""
    first, *others = columns
    blocks: list[list[Column]] = []
    room = 0
    for column in others:
        room -= _least(column) + GAP
        if room < 0 or not blocks:
            blocks.append([first])
            room = width - INDENT - _least(first) - GAP - _least(column)
        blocks[-1].append(column)
    return blocks or [[first]]


def _block_lines(columns: Sequence[Column], width: int) -> list[str]:
    widths = [max(map(len, column)) for column in columns]
    least = [_least(column) for column in columns]
    while sum(widths) > width - INDENT - GAP * (len(columns) - 1):
        wide = [index for index, low in enumerate(least) if widths[index] > low]
        if not wide:
            break
        widths[max(wide, key=lambda index: widths[index])] -= 1
    right = [index > 0 and _is_numeric(column[1:]) for index, column in enumerate(columns)]
    head, *body = [_row(cells, widths, right) for cells in zip(*columns, strict=True)]
    rule = [" " + "─" * (sum(widths) + GAP * (len(widths) - 1) + INDENT - 1)]
    shown = [*head, *rule] if any(column[0] for column in columns) else []
    return [*shown, *(line for row in body for line in row)]


def _row(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> list[str]:
    wrapped = [_wrap(cell, width) for cell, width in zip(cells, widths, strict=True)]
    height = max(map(len, wrapped))
    columns = [
        [
            line.rjust(width) if number else line.ljust(width)
            for line in (*lines, *[""] * (height - len(lines)))
        ]
        for lines, width, number in zip(wrapped, widths, right, strict=True)
    ]
    return [(" " * INDENT + (" " * GAP).join(line)).rstrip() for line in zip(*columns, strict=True)]


def _wrap(cell: str, width: int) -> list[str]:
    """The cell in lines of at most `width` characters; only words that are longer are split."""
    lines = [""]
    for piece in _pieces(cell):
        if lines[-1] and len((lines[-1] + piece).rstrip()) > width:
            lines.append("")
        lines[-1] += piece
        while len(lines[-1].rstrip()) > width:
            lines[-1:] = [lines[-1][:width], lines[-1][width:]]
    return [line.rstrip() for line in lines]


def _pieces(cell: str) -> list[str]:
    """The cell cut where a line may end: words with what follows them."""
    return re.findall(r"[^\s/;]+[/;]*\s*|[/;]+\s*|\s+", cell)


def _least(column: Column) -> int:
    """The least width of a column: that of its longest word."""
    words = (len(piece.rstrip()) for cell in column for piece in _pieces(cell))
    return min(max(words, default=0), LONGEST) or 1


def _is_numeric(cells: Sequence[str]) -> bool:
    return all(cell[:1].isdigit() or cell in ("", "-") for cell in cells)
