"""Plain values, as `to_json` gives them, as tables of cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from edgeq.errors import shown

MOST_ROWS = 40
MOST_COLUMNS = 20
MOST_ITEMS = 12  # of a list in a cell
LONGEST = 60  # characters of a text in a cell


@dataclass(frozen=True)
class Cell:
    """A cell's text, and whether it is a number."""

    text: str
    number: bool = False


@dataclass(frozen=True)
class Table:
    """A table of a result.

    title: where in the result it is; columns: none for single values, a name and a value a row;
    more_rows, more_columns: how many are left out; nested: whether it is part of another table's
    row.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    more_rows: int = 0
    more_columns: int = 0
    nested: bool = False


def tables(title: str, plain: Mapping[str, Any]) -> Iterator[Table]:
    """The tables of a result: single values first, as rows of name and value; then a table for each
    list of objects and each matrix, and those within their objects.

    Values that are None or empty are left out.
    """
    kept = {key: value for key, value in plain.items() if not _empty(value)}
    facts = {key: value for key, value in kept.items() if not _is_table(value)}
    if facts:
        pairs = tuple((Cell(_words(key)), _cell(value)) for key, value in facts.items())
        yield Table(title, (), pairs[:MOST_ROWS], max(0, len(pairs) - MOST_ROWS))
    for key, value in kept.items():
        if _is_table(value):
            yield from _tables_of(f"{title}: {_words(key)}" if title else _words(key), value)


def _tables_of(title: str, value: Any) -> Iterator[Table]:
    if isinstance(value, Mapping):
        value = [{"name": name, **row} for name, row in value.items()]
    if not isinstance(value[0], Mapping):
        yield _matrix(title, value)
        return
    keys = dict.fromkeys(key for row in value for key, cell in row.items() if not _empty(cell))
    inner = [key for key in keys if any(_is_table(row.get(key)) for row in value)]
    columns = [key for key in keys if key not in inner]
    yield Table(
        title,
        tuple(_words(key) for key in columns[:MOST_COLUMNS]),
        tuple(
            tuple(_cell(row.get(key)) for key in columns[:MOST_COLUMNS])
            for row in value[:MOST_ROWS]
        ),
        max(0, len(value) - MOST_ROWS),
        max(0, len(columns) - MOST_COLUMNS),
    )
    for number, row in enumerate(value[:MOST_ROWS]):
        below = {key: row[key] for key in inner if not _empty(row.get(key))}
        for table in tables(f"{title}: {_label(row, number)}", below):
            yield replace(table, nested=True)


def _matrix(title: str, rows: Sequence[Sequence[Any]]) -> Table:
    width = max(map(len, rows))
    return Table(
        title,
        ("", *(str(column) for column in range(min(width, MOST_COLUMNS)))),
        tuple(
            (Cell(str(at), True), *(_cell(value) for value in row[:MOST_COLUMNS]))
            for at, row in enumerate(rows[:MOST_ROWS])
        ),
        max(0, len(rows) - MOST_ROWS),
        max(0, width - MOST_COLUMNS),
    )


def _is_table(value: Any) -> bool:
    """Whether a value is a list of objects, a list of lists, or an object of objects."""
    items = list(value.values()) if isinstance(value, Mapping) else value
    if not isinstance(items, (list, tuple)) or not items:
        return False
    kinds = (Mapping,) if isinstance(value, Mapping) else (Mapping, list, tuple)
    return all(isinstance(item, kinds) and not _empty(item) for item in items)


def _empty(value: Any) -> bool:
    return value is None or (isinstance(value, (str, Mapping, list, tuple)) and len(value) == 0)


def _label(row: Mapping[str, Any], number: int) -> str:
    return shown(row.get("name", number), LONGEST)


def _cell(value: Any) -> Cell:
    return Cell(_text(value), isinstance(value, (int, float)) and not isinstance(value, bool))


def _text(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.5g}"
    if isinstance(value, Mapping):
        kept = {key: item for key, item in value.items() if not _empty(item)}
        return _joined([f"{_words(key)} {_text(item)}" for key, item in kept.items()])
    if isinstance(value, (list, tuple)):
        return _joined([_text(item) for item in value])
    return shown(value, LONGEST)


def _joined(items: Sequence[str]) -> str:
    more = f", and {len(items) - MOST_ITEMS} more" if len(items) > MOST_ITEMS else ""
    return ", ".join(items[:MOST_ITEMS]) + more


def _words(key: Any) -> str:
    """A key as words; names of operators, which are upper case, keep their underscores."""
    text = str(key)
    return shown(text.replace("_", " ") if text.islower() else text, LONGEST)
