"""Which columns of a CSV are values, labels and groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from edgeq.data.samples import InputSpec, LoadOptions
from edgeq.errors import EdgeqError, shown

LABEL_NAMES = ("label", "y")
GROUP_NAMES = ("group",)
COUNTING_NAMES = (
    "",
    "#",
    "id",
    "index",
    "unnamed: 0",
    "date",
    "datetime",
    "micros",
    "millis",
    "ms",
    "seconds",
    "t",
    "time",
    "time_ms",
    "timestamp",
)
SHOWN = 8  # names that a message lists
LONGEST = 40  # characters of each


@dataclass(frozen=True)
class Columns:
    """Column numbers of a CSV.

    width: number of columns in a row.
    note: which columns are ignored.
    """

    width: int
    values: tuple[int, ...]
    label: int | None
    group: int | None
    note: str = ""


def is_number(cell: str) -> bool:
    """Whether `float` accepts the text."""
    try:
        float(cell)
    except ValueError:
        return False
    return True


def choose_columns(
    header: Sequence[str], width: int, spec: InputSpec, options: LoadOptions, origin: str
) -> Columns:
    """The columns of a CSV.

    Values are `options.columns`, else all columns that are not labels or groups. If that is one too
    many for the model, a column that counts rows or time, identified by its name, is ignored.

    header: column names, may be empty.
    width: number of cells in a row.

    Raises EdgeqError if the columns do not fit the model.
    """
    label = _label(header, width, options, origin)
    group = _find(header, GROUP_NAMES)
    if options.columns:
        values = tuple(
            _column(header, width, wanted, "column", origin) for wanted in options.columns
        )
    else:
        values = tuple(column for column in range(width) if column not in (label, group))
    needed = _needed(spec, options)
    counting = [
        c for c in values if header and c < len(header) and header[c].lower() in COUNTING_NAMES
    ]
    without = tuple(c for c in values if c not in counting)
    if len(values) != needed and len(without) == needed:
        names = ", ".join(header[c] or f"column {c}" for c in counting)
        return Columns(width, without, label, group, f"{names} left out")
    if len(values) != needed:
        raise _unfit(Columns(width, values, label, group), without, spec, options.window, origin)
    return Columns(width, values, label, group)


def _needed(spec: InputSpec, options: LoadOptions) -> float:
    """Number of values in a row; a fraction if no number of columns fits the window length."""
    return prod(spec.sample_shape) / (options.window or 1)


def _unfit(
    found: Columns, without: Sequence[int], spec: InputSpec, window: int | None, origin: str
) -> EdgeqError:
    """The error for too many or too few columns. without: the columns left if those that count rows
    or time are ignored.
    """
    size, count = prod(spec.sample_shape), len(found.values)
    takes = f"input {spec.name!r} {list(spec.shape)} takes {size}"
    fitting = [
        len(c) for c in (without, found.values) if c and size % len(c) == 0 and size > len(c)
    ]
    log = f"--window {size // fitting[0]}" if fitting else ""
    by_columns = "the values' columns by --columns a,b,c"
    if window is not None:
        why = f"{count} columns in windows of {window} rows are {count * window} values; {takes}"
        return EdgeqError(
            f"{origin}: --window {window}",
            why,
            f"give {log}, or {by_columns}" if log else f"name {by_columns}",
        )
    extra = sum(column is not None for column in (found.label, found.group))
    labelled = f", with {extra} for labels and groups" if extra else ""
    remedy = f"mend the row, name the label column by --label-column, or {by_columns}"
    remedy = f"if each row is a time step of a log, give {log}; else {remedy}" if log else remedy
    return EdgeqError(origin, f"it has {found.width} columns; {takes}{labelled}", remedy)


def _find(header: Sequence[str], names: Sequence[str]) -> int | None:
    lowered = [name.lower() for name in header]
    return next((lowered.index(name) for name in names if name in lowered), None)


def _label(header: Sequence[str], width: int, options: LoadOptions, origin: str) -> int | None:
    wanted = options.label_column
    if wanted is None:
        found = _find(header, LABEL_NAMES)
        return None if found is not None and header[found] in options.columns else found
    return None if wanted == "" else _column(header, width, wanted, "label column", origin)


def _column(header: Sequence[str], width: int, wanted: str, what: str, origin: str) -> int:
    if wanted in header:
        return header.index(wanted)
    try:
        return range(width)[int(wanted)]
    except (ValueError, IndexError):
        names = ", ".join(shown(name, LONGEST) for name in header[:SHOWN])
        known = f"its columns are {names}" if header else f"it has {width} columns and no header"
        raise EdgeqError(
            f"{origin}: {what} {wanted!r}", known, "name one, or its number from 0"
        ) from None
