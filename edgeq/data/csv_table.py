"""CSV files: one sample per row, its values in row-major order; or a log of one time step per row, cut
into windows.
"""

from __future__ import annotations

import csv
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TextIO

import numpy as np

from edgeq.data.arrays import samples_from_arrays
from edgeq.data.csv_columns import Columns, choose_columns, is_number
from edgeq.data.labels import EXACT
from edgeq.data.samples import Array, InputSpec, LoadOptions, Samples
from edgeq.errors import EdgeqError

DELIMITERS = ",;\t"
LONGEST_LINE = 16 << 20  # characters
Row = tuple[int, list[str]]  # line number, cells


def load(path: Path, specs: Sequence[InputSpec], options: LoadOptions) -> Samples:
    """Rows as samples, or with `options.window` windows of rows as samples; text labels become
    classes in sorted order.

    Raises EdgeqError, naming the line, for a cell that is not a number and for a row of the wrong
    length.
    """
    if len(specs) != 1:
        raise EdgeqError(
            path.name,
            f"the model has {len(specs)} inputs, a CSV holds one",
            "give the data as .npz",
        )
    if path.stat().st_size > options.max_bytes:
        raise EdgeqError(
            path.name, f"it is larger than {options.max_bytes} bytes", "give fewer samples"
        )
    spec = specs[0]
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            columns, table = _read(file, spec, options, path.name)
    except UnicodeDecodeError as error:
        why = f"it is no UTF-8 text: byte {error.object[error.start]:#04x}"
        raise EdgeqError(path.name, why, "save it as UTF-8 (in spreadsheets: CSV UTF-8)") from error
    values = np.frombuffer(table.values, np.float64)
    shape = spec.sample_shape if options.window is None else (len(columns.values),)
    arrays: dict[str, Array] = {"x": values.reshape(-1, *shape)}
    if columns.label is not None:
        arrays["y"] = _numbers_or_text(table.labels)
    if columns.group is not None:
        arrays["group"] = _groups(table.groups)
    samples = samples_from_arrays(arrays, specs, path.name, options)
    return replace(samples, choices="; ".join(filter(None, (columns.note, samples.choices))))


@dataclass(frozen=True)
class _Table:
    """The content of the rows: all values in sequence, labels and groups as text, one per row."""

    values: array[float] = field(default_factory=lambda: array("d"))
    labels: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)


def _read(
    file: TextIO, spec: InputSpec, options: LoadOptions, origin: str
) -> tuple[Columns, _Table]:
    rows = _rows(file, origin)
    first = next(rows, None)
    if first is None:
        raise EdgeqError(origin, "it is empty", "give one row for each sample")
    header = _header(first[1], options.header)
    start = next(rows, None) if header else first
    if start is None:
        raise EdgeqError(origin, "it holds no samples below its header", "give at least one row")
    if header and len(header) != len(start[1]):
        why = f"it has {len(start[1])} columns, the header {len(header)}"
        raise EdgeqError(f"{origin} line {start[0]}", why, "mend the row or the header")
    columns = choose_columns(header, len(start[1]), spec, options, f"{origin} line {start[0]}")
    table: _Table = _Table()
    texts: dict[str, str] = {}
    _add(start, columns, table, texts, origin)
    for row in rows:
        _add(row, columns, table, texts, origin)
    return columns, table


def _lines(file: TextIO, origin: str) -> Iterator[str]:
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE:
            why = f"it has {LONGEST_LINE:,} characters or more"
            raise EdgeqError(
                f"{origin} line {number}", why, "give one sample a line, or the data as .npz"
            )
        yield line


def _rows(file: TextIO, origin: str) -> Iterator[Row]:
    """The rows that are not empty."""
    first = file.readline(LONGEST_LINE)
    file.seek(0)
    reader = csv.reader(_lines(file, origin), delimiter=max(DELIMITERS, key=first.count))
    for row in reader:
        cells = [cell.strip() for cell in row]
        if any(cells):
            yield reader.line_num, cells


def _header(first: list[str], header: bool | None) -> list[str]:
    found = not any(map(is_number, first)) if header is None else header
    return first if found else []


def _add(row: Row, columns: Columns, table: _Table, texts: dict[str, str], origin: str) -> None:
    """Adds a row to the table. texts: every text seen, so that equal texts are stored once."""
    line, cells = row
    if len(cells) != columns.width:
        why = f"it has {len(cells)} columns, the rows before {columns.width}"
        raise EdgeqError(f"{origin} line {line}", why, "mend the row")
    try:
        table.values.extend([float(cells[column]) for column in columns.values])
    except ValueError:
        bad = next(column for column in columns.values if not is_number(cells[column]))
        raise _no_number(cells[bad], f"{origin} line {line}", bad) from None
    for column, kept in ((columns.label, table.labels), (columns.group, table.groups)):
        if column is not None:
            kept.append(texts.setdefault(cells[column], cells[column]))


def _no_number(cell: str, where: str, column: int) -> EdgeqError:
    """The error for a cell of a value column that is not a number. column: its number from 0."""
    if not cell:
        return EdgeqError(
            where, f"the cell of column {column} (from 0) is empty", "fill it, or leave the row out"
        )
    if is_number(cell.replace(",", ".", 1)):
        return EdgeqError(
            where, f"{cell[:40]!r} has a decimal comma", "save the file with decimal points"
        )
    remedy = f"mend the cell, in column {column} (from 0), or name the values' columns by --columns a,b,c"
    return EdgeqError(where, f"{cell[:40]!r} is not a number", remedy)


def _numbers_or_text(cells: list[str]) -> Array:
    numbers = all(map(is_number, cells))
    return np.array([float(cell) for cell in cells]) if numbers else np.array(cells, object)


def _groups(cells: list[str]) -> Array:
    if all(map(is_number, cells)):
        numbers = np.array([float(cell) for cell in cells])
        if (numbers == np.round(numbers)).all() and (abs(numbers) < EXACT).all():
            return numbers.astype(np.int64)
    place = {cell: number for number, cell in enumerate(sorted(set(cells)))}
    return np.array([place[cell] for cell in cells], np.int64)
