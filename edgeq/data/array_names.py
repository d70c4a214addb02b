"""Which arrays of an archive are inputs and labels, by their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edgeq.data.samples import InputSpec
from edgeq.errors import EdgeqError, listed, shown

INPUTS = ("x", "data", "features", "inputs", "images", "samples")  # compared without case
LABELS = ("y", "labels", "label", "targets", "target")
PARTS = ("train", "test", "val", "valid", "validation", "dev", "cal", "calibration", "eval")
SHOWN = 8  # names that a message lists
LONGEST = 40  # characters of each


@dataclass(frozen=True)
class ChosenArrays:
    """The arrays to read.

    names: x, y, group, ... -> name of the array in the archive.
    note: which arrays have other names than these.
    """

    names: Mapping[str, str]
    note: str = ""


def chosen_arrays(
    present: Sequence[str], specs: Sequence[InputSpec], origin: str, wanted: str | None = None
) -> ChosenArrays:
    """The arrays to read of those `present`.

    For a model with one input, x is the array `wanted`; else x, the input's name, another of
    `INPUTS`, the only one of x_train, x_test and such, or the only array. y is named like x, or is
    one of `LABELS`. Several inputs are x0, x1, ... or the inputs' names.

    Raises EdgeqError, which lists the arrays, if none or several are possible.
    """
    standard = ("group", "scale", "offset")
    if len(specs) != 1:
        numbered = [f"{key}{i}" for key in ("x", "scale", "offset") for i in range(len(specs))]
        for number, spec in enumerate(specs):
            if f"x{number}" not in present and spec.name not in present:
                what = f"{origin}: no x{number} for input {shown(spec.name)!r}"
                remedy = f"save one array for each of the {len(specs)} inputs: x0, x1, ... or their names"
                raise EdgeqError(what, f"it holds {_listed(present)}", remedy)
        keys = ("y", *standard, *numbered, *(spec.name for spec in specs))
        return ChosenArrays({key: key for key in keys if key in present})
    x = _inputs(present, specs[0], origin, wanted)
    names = {key: key for key in standard if key in present} | {"x": x}
    y = _labels(present, x)
    if y is not None:
        names["y"] = y
    others = [
        f"{key} is '{shown(name, LONGEST)}'"
        for key, name in names.items()
        if name not in (key, specs[0].name)
    ]
    return ChosenArrays(names, ", ".join(others))


def _inputs(present: Sequence[str], spec: InputSpec, origin: str, wanted: str | None) -> str:
    if wanted is not None:
        if wanted in present:
            return wanted
        raise EdgeqError(f"{origin}: {wanted}", f"it holds {_listed(present)}", "name one of these")
    for name in ("x", spec.name):
        if name in present:
            return name
    arrays = [name for name in present if name not in ("group", "scale", "offset")]
    unlabelled = [name for name in arrays if name.lower() not in LABELS]
    parts = [
        name
        for name in arrays
        if name.lower() in (f"x{_}{part}" for part in PARTS for _ in ("_", ""))
    ]
    named = [name for name in arrays if name.lower() in INPUTS]
    for found in (named, parts, unlabelled):
        if len(found) == 1:
            return found[0]
        if found:
            break
    if not arrays:
        raise EdgeqError(
            origin, f"it holds {_listed(present)}", "save the samples as x, the labels as y"
        )
    first = shown((named or parts or unlabelled or arrays)[0], LONGEST)
    remedy = f"say which are the samples, {origin}:{first}, or save them as x"
    raise EdgeqError(f"{origin}: no array x", f"it holds {_listed(present)}", remedy)


def _labels(present: Sequence[str], x: str) -> str | None:
    """Name of the label array: y for x, y_test for x_test; for x and other names also one of
    `LABELS`; None if there is none.
    """
    part = x[1:] if x[:1] in ("x", "X") else ""
    alike = [f"{y}{part}" for y in ("y", "Y")]
    by_name = (
        [] if part else [name for label in LABELS for name in present if name.lower() == label]
    )
    return next((name for name in (*alike, *by_name) if name in present and name != x), None)


def _listed(present: Sequence[str]) -> str:
    return (
        listed([shown(name, LONGEST) for name in sorted(present)], SHOWN)
        if present
        else "no arrays"
    )
