"""CSV: one sample a row, its values in the input's row-major order, with or without a header and a label column."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from math import prod
from pathlib import Path

import numpy as np

from edgeq.data.arrays import samples_from_arrays
from edgeq.data.samples import Array, InputSpec, LoadOptions, Samples
from edgeq.errors import EdgeqError

DELIMITERS = ",;\t"
LABEL_NAMES = ("label", "y")
GROUP_NAME = "group"


def load(path: Path, specs: Sequence[InputSpec], options: LoadOptions) -> Samples:
    """Rows as samples; labels that are not numbers become classes in sorted order.

    Raises EdgeqError naming the line for a cell that is no number and for a row of the wrong length.
    """
    if len(specs) != 1:
        raise EdgeqError(path.name, f"the model has {len(specs)} inputs, a CSV holds one", "give the data as .npz")
    if path.stat().st_size > options.max_bytes:
        raise EdgeqError(path.name, f"it is larger than {options.max_bytes} bytes", "give fewer samples")
    rows = _rows(path)
    header = _header(rows[0][1], options.header)
    body = rows[1:] if header else rows
    if not body:
        raise EdgeqError(path.name, "it holds no samples below its header", "give at least one row")
    label, group = _label_column(header, len(body[0][1]), options.label_column, path.name), _find(header, GROUP_NAME)
    extra = {column for column in (label, group) if column is not None}
    spec = specs[0]
    values = _values(body, extra, prod(spec.sample_shape), spec, path.name)
    arrays: dict[str, Array] = {"x": values.reshape(-1, *spec.sample_shape)}
    classes: tuple[str, ...] = ()
    if label is not None:
        arrays["y"], classes = _labels([row[label] for _, row in body])
    if group is not None:
        arrays["group"] = _labels([row[group] for _, row in body])[0]
    samples = samples_from_arrays(arrays, specs, path.name)
    return Samples(samples.inputs, samples.y, samples.group, samples.origin, samples.note, classes)


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """(line number, cells) of the rows that are not empty."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        first = file.readline()
        file.seek(0)
        delimiter = max(DELIMITERS, key=first.count)
        reader = csv.reader(file, delimiter=delimiter)
        rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader if any(map(str.strip, row))]
    if not rows:
        raise EdgeqError(path.name, "it is empty", "give one row for each sample")
    return rows


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _header(first: list[str], header: bool | None) -> list[str]:
    found = not any(map(_is_number, first)) if header is None else header
    return first if found else []


def _find(header: Sequence[str], *names: str) -> int | None:
    lowered = [name.lower() for name in header]
    return next((lowered.index(name) for name in names if name in lowered), None)


def _label_column(header: Sequence[str], width: int, wanted: str | None, origin: str) -> int | None:
    if wanted is None:
        return _find(header, *LABEL_NAMES)
    if wanted == "":
        return None
    if wanted in header:
        return header.index(wanted)
    try:
        column = range(width)[int(wanted)]
    except (ValueError, IndexError):
        known = f"its columns are {', '.join(header[:8])}" if header else f"it has {width} columns and no header"
        raise EdgeqError(f"{origin}: label column {wanted!r}", known, "name one, or its number from 0") from None
    return column


def _values(body: list[tuple[int, list[str]]], extra: set[int], size: int, spec: InputSpec, origin: str) -> Array:
    width = size + len(extra)
    values = np.empty((len(body), size), np.float64)
    for i, (line, row) in enumerate(body):
        if len(row) != width:
            why = f"it has {len(row)} columns; input {spec.name!r} {list(spec.shape)} takes {size}"
            labelled = f", with {len(extra)} for labels and groups" if extra else ""
            raise EdgeqError(f"{origin} line {line}", why + labelled, "mend the row or name the label column")
        cells = [cell for column, cell in enumerate(row) if column not in extra]
        try:
            values[i] = [float(cell) for cell in cells]
        except ValueError:
            bad = next(cell for cell in cells if not _is_number(cell))
            raise EdgeqError(f"{origin} line {line}", f"{bad[:40]!r} is not a number", "mend the cell") from None
    return values


def _labels(cells: list[str]) -> tuple[Array, tuple[str, ...]]:
    if all(map(_is_number, cells)):
        numbers = np.array([float(cell) for cell in cells])
        return (numbers.astype(np.int64), ()) if (numbers == np.round(numbers)).all() else (numbers, ())
    classes, y = np.unique(np.array(cells), return_inverse=True)
    return y.astype(np.int64), tuple(map(str, classes))
