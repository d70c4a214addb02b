"""Labels in data files to class numbers with names, or to regression targets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from edgeq.data.samples import Array
from edgeq.errors import EdgeqError, shown
from edgeq.files import is_name

EXACT = 2.0**53  # whole numbers below it are exact in float64, and fit int64
Names = tuple[str, ...]


def read_labels(y: Array, origin: str) -> tuple[Array, Names]:
    """y [n] or [n, ...] as int64 class numbers [n] with their names, or as float32 targets [n, ...]
    without names.

    Text values are classes: sorted, numbered from 0, they are the names. Whole numbers, one per
    sample, are class numbers; all other numbers, one-hot rows included, are targets.

    Raises EdgeqError for values that are neither text nor finite numbers.
    """
    what = f"{origin}: y"
    if y.ndim == 0:
        raise EdgeqError(what, "it is a single value", "give one for each sample")
    if y.dtype.kind in "OSU":
        return _numbered([_text(value, what) for value in _one_each(y, what)], what)
    if y.dtype.kind not in "biuf":
        raise EdgeqError(what, f"it is of type {y.dtype}", "give class numbers from 0, or names")
    _check_finite(y, what)
    reals = y.astype(np.float64)
    if y.size == len(y) and (reals == np.floor(reals)).all() and (abs(reals) < EXACT).all():
        return y.reshape(len(y)).astype(np.int64), ()
    return reals.astype(np.float32), ()


def read_groups(group: Array, origin: str) -> npt.NDArray[np.int64]:
    """group [n] as int64, from whole numbers or text; equal for samples that belong together."""
    if group.ndim == 1 and group.dtype.kind in "SU":
        return np.asarray(np.unique(group, return_inverse=True)[1], np.int64)
    if (
        group.dtype.kind not in "iu"
        or group.ndim != 1
        or (group.dtype == np.uint64 and int(group.max(initial=0)) >= EXACT)
    ):
        raise EdgeqError(
            f"{origin}: group",
            f"it is {group.dtype} {list(group.shape)}",
            "give one integer a sample",
        )
    return group.astype(np.int64)


def _one_each(y: Array, what: str) -> Array:
    if y.size != len(y):
        raise EdgeqError(
            what, f"it is text of shape {list(y.shape)}", "give one class name a sample"
        )
    return y.reshape(len(y))


def _text(value: object, what: str) -> str:
    try:
        text = value.decode() if isinstance(value, bytes) else value
    except UnicodeDecodeError as error:
        raise EdgeqError(
            what, f"{value!r:.40} is no UTF-8 text", "give names in UTF-8, or class numbers"
        ) from error
    if not isinstance(text, str):
        raise EdgeqError(
            what, f"it holds {type(value).__name__} objects", "give class numbers from 0, or names"
        )
    return text.strip()


def _numbered(cells: Sequence[str], what: str) -> tuple[npt.NDArray[np.int64], Names]:
    names = sorted(set(cells))
    for name in names:
        if not is_name(name):
            why = f"the label '{shown(name, 40)}' of sample {cells.index(name)} is empty or no line of plain text"
            raise EdgeqError(what, why, "give each sample the name of its class")
    place = {name: number for number, name in enumerate(names)}
    return np.array([place[cell] for cell in cells], np.int64), tuple(names)


def _check_finite(y: Array, what: str) -> None:
    with np.errstate(over="ignore"):
        bad = np.flatnonzero(~np.isfinite(y.astype(np.float32)))
    if bad.size:
        value = y.flat[int(bad[0])]
        why = f"{bad.size} labels are NaN, infinite or beyond float32, the first, {value}, at {int(bad[0])}"
        raise EdgeqError(what, why, "give class numbers from 0, or leave those samples out")
