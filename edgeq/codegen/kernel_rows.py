"""Kernels that are written once and rendered for rows of a table: types, limits, names of functions.

Such a file is plain C that compiles by itself. Its table is a comment, the lines behind it up to a
blank one make the words of the table's head those of its first row:

    /* Rendered for
     *   TYPE  T        LOWEST
     *   s8    int8_t   INT8_MIN
     *   s16   int16_t  INT16_MIN
     */
    typedef int8_t T;
    #define LOWEST INT8_MIN

    EDGEQ_KERNEL void edgeq_largest_TYPE(..., const T *x, T *y) {

Rendering leaves out both and puts a row's cells in place of the head's words, in identifiers between
underscores too. Cells are two spaces or more apart. The row of a call is the one that renders the
called function's name, here `edgeq_largest_s8` or `edgeq_largest_s16`.

What the file includes is rendered for the same row, so that a loop nest may lie in a header that
several kernels share; such a header says so in a line of its own (`NOTE`), which rendering leaves out
as well. A kernel that includes another one, such as that of packed weights, may use its table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from edgeq.errors import EdgeqError

Row = Mapping[str, str]
"""The head's word -> what stands in its place."""
Lines = tuple[tuple[int, str], ...]
"""(number in the file, text) of the lines that are left of one."""

NOTE = "/* Rendered for the rows of the files that include it. */"
NO_ROW: Row = {}
TABLE = re.compile(r"/\* Rendered for.*\n((?: \* .*\n)+) \*/\n((?:.+\n)*)\n?")
DEFINITION = re.compile(r"^(?:EDGEQ_ONCE )?EDGEQ_KERNEL void (\w+)\(", re.M)


def rows(text: str, name: str) -> list[Row]:
    """The rows of a text's first table; none where it has none. name: of the file, for messages."""
    table = TABLE.search(text)
    if table is None:
        return []
    head, *cells = (re.split(r" {2,}", line[2:].strip()) for line in table[1].splitlines())
    for row in cells:
        if len(row) != len(head):
            why = f"the row of {row[0]} has {len(row)} cells, the head {len(head)}"
            raise EdgeqError(f"kernel {name}", why, "set cells two spaces or more apart")
    return [dict(zip(head, row, strict=True)) for row in cells]


def row_of(function: str, text: str, name: str) -> Row:
    """The row of the text's first table for which it defines the function; NO_ROW where the text has
    no table.

    text: the kernel's file and behind it those that it includes, which may hold the table or the
        definition.
    name: of the file, for messages.
    Raises EdgeqError where no row defines the function.
    """
    found, defined = rows(text, name), set(DEFINITION.findall(text))
    for row in found:
        if function in {substituted(kernel, row) for kernel in defined}:
            return row
    if found:
        why = f"no row of its table makes {function}"
        raise EdgeqError(f"kernel {name}", why, "add the row")
    return NO_ROW


def takes_rows(text: str) -> bool:
    """Whether a file that others include is rendered for their rows: it has a table, or says so."""
    return NOTE in text.splitlines() or TABLE.search(text) is not None


def rendered(text: str, row: Row) -> Lines:
    """The file's lines for a row, without its table."""
    return _rendered(text, tuple(row.items()))


@lru_cache(maxsize=512)  # one program renders a header for many kernels, and for several cores
def _rendered(text: str, cells: tuple[tuple[str, str], ...]) -> Lines:
    row = dict(cells)
    table = TABLE.search(text) if row else None
    first, last = (text.count("\n", 0, end) for end in table.span()) if table else (0, 0)
    lines = enumerate(zip(text.splitlines(), substituted(text, row).splitlines(), strict=True), 1)
    return tuple((n, made) for n, (line, made) in lines if not first < n <= last and line != NOTE)


def substituted(text: str, row: Row) -> str:
    """The text with a row's cells in place of the head's words."""
    if not row:
        return text
    words = "|".join(map(re.escape, row))
    return re.sub(rf"(?<![A-Za-z0-9])({words})(?![A-Za-z0-9])", lambda match: row[match[1]], text)
