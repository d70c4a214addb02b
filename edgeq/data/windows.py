"""Sensor logs, one row per time step, cut into windows that are a model's samples."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np
import numpy.typing as npt

from edgeq.data.samples import Array, InputSpec, LoadOptions
from edgeq.errors import EdgeqError


@dataclass(frozen=True, eq=False)
class Windows:
    """Samples [n, *sample shape] cut from a log, with the label and the group of each. note:
    describes the windows.
    """

    x: Array
    y: Array | None
    group: npt.NDArray[np.int64] | None
    note: str


def cut_windows(
    x: Array,
    y: Array | None,
    group: npt.NDArray[np.int64] | None,
    spec: InputSpec,
    origin: str,
    options: LoadOptions,
) -> Windows:
    """Windows of `options.window` rows of x [rows, columns] or [rows], one every `options.hop`
    rows.

    y, group: one value per row. A window has the label and group that all its rows have; windows in
        which they change are left out.

    Raises EdgeqError if a window is not a sample of the input, or nothing is left.
    """
    window, hop = _checked(options, origin)
    rows = x.reshape(len(x), -1) if x.ndim in (1, 2) else x
    size = prod(spec.sample_shape)
    if rows.ndim != 2 or window * rows.shape[1] != size:
        each = (
            f"{window} rows of {rows.shape[1]} columns"
            if rows.ndim == 2
            else f"rows of shape {list(x.shape[1:])}"
        )
        why = f"{each} are no sample of input {spec.name!r}, {list(spec.shape)}"
        fitting = windows_that_fit(rows.shape, spec) or "; give as many columns as the model takes"
        raise EdgeqError(f"{origin}: --window {window}", why, fitting.removeprefix("; "))
    for what, column in (("y", y), ("group", group)):
        if column is not None and len(column) != len(rows):
            raise EdgeqError(
                f"{origin}: {what}",
                f"it has {len(column)} rows, x {len(rows)}",
                "give one for each row",
            )
    starts = np.arange(0, len(rows) - window + 1, hop)
    changed = _changes(y, len(rows)) | _changes(group, len(rows))
    before = np.concatenate([[0], np.cumsum(changed)])  # number of changes before each row
    kept = starts[before[starts + window] == before[starts + 1]]
    if not kept.size:
        why = f"its {len(rows)} rows hold no window of {window}" + (
            " with one label and group" if starts.size else ""
        )
        raise EdgeqError(f"{origin}: --window {window}", why, "give a longer log")
    if len(kept) * spec.sample_bytes > options.max_bytes:
        why = f"{len(kept):,} windows take more than {options.max_bytes:,} bytes"
        raise EdgeqError(f"{origin}: --window {window}", why, "give a larger --hop")
    cut = np.lib.stride_tricks.sliding_window_view(rows, window, axis=0)[kept].transpose(0, 2, 1)
    note = f"windows of {window} rows every {hop}"
    left_out = f", {len(starts) - len(kept)} left out, as labels or groups change in them"
    return Windows(
        cut.reshape(len(kept), *spec.sample_shape),
        None if y is None else y[kept],
        None if group is None else group[kept],
        note + (left_out if len(kept) < len(starts) else ""),
    )


def windows_that_fit(shape: tuple[int, ...], spec: InputSpec) -> str:
    """The advice to cut rows of shape [rows, columns] or [rows] into windows; "" if no window makes
    a sample.
    """
    size, columns = prod(spec.sample_shape), shape[1] if len(shape) == 2 else 1
    if len(shape) not in (1, 2) or columns < 1 or size % columns or size // columns < 2:
        return ""
    return f"; if each row is a time step of a log, give --window {size // columns}"


def _checked(options: LoadOptions, origin: str) -> tuple[int, int]:
    window = options.window or 0
    hop = window if options.hop is None else options.hop
    if window < 1 or hop < 1:
        what = f"{origin}: --window {window} --hop {hop}"
        raise EdgeqError(what, "rows are counted from 1", "give 1 or more for each")
    return window, hop


def _changes(column: Array | None, rows: int) -> npt.NDArray[np.bool_]:
    """[rows]: whether a row's value differs from the previous row's."""
    changed = np.zeros(rows, bool)
    if column is not None:
        flat = column.reshape(rows, -1)
        changed[1:] = (flat[1:] != flat[:-1]).any(axis=1)
    return changed
