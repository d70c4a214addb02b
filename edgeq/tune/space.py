"""What there is to choose: the fields of `Options` with the values worth trying, and which of them matter when."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from edgeq.errors import EdgeqError
from edgeq.quantize.options import CALIBRATORS, ROUNDINGS, Options

Value = str | int | float | bool
Choice = Mapping[str, Value]

CANDIDATES: Mapping[str, tuple[Value, ...]] = {
    "calibrator": CALIBRATORS,
    "percentile": (99.9, 99.99, 99.999),
    "rounding": ROUNDINGS,
}
"""Fields that are searched beside those that are on or off, and their values. All others are as the person states."""

MATTERS: Mapping[str, tuple[str, tuple[Value, ...]]] = {
    "percentile": ("calibrator", ("percentile",)),
    "codebook_bits": ("scheme", ("codebook",)),
    "codebook_importance": ("scheme", ("codebook",)),
}
"""Field -> another one and its values with which the field has a meaning; else it stays at its default."""

KINDS: Mapping[type, tuple[type, ...]] = {bool: (bool,), int: (int,), float: (float, int)}
"""What JSON calls values of a field by the type of its default."""


@dataclass(frozen=True)
class Space:
    """Field of `Options` -> the values to choose from, the default first if it is one of them."""

    values: Mapping[str, tuple[Value, ...]]

    def choices(self) -> list[Choice]:
        """Every choice that differs from all others in what it does."""
        every = (dict(zip(self.values, v, strict=True)) for v in itertools.product(*self.values.values()))
        return list({key(choice): choice for choice in map(settled, every)}.values())

    def defaults(self) -> list[Choice]:
        """The first value of everything, for each scheme that may be chosen."""
        first = {name: values[0] for name, values in self.values.items()}
        return [settled(first | {"scheme": scheme}) for scheme in self.values["scheme"]]


def space_of(only: Mapping[str, Sequence[Value]]) -> Space:
    """The values of every field of `Options`: those of `only`, else the candidates.

    Raises EdgeqError for a field or a value that `Options` does not know.
    """
    known = {f.name: getattr(Options(), f.name) for f in fields(Options)}
    if "mixed" in only.get("scheme", ()):
        why = "its widths follow from a budget, not from trials"
        raise EdgeqError("scheme 'mixed'", why, "use edgeq convert --scheme mixed")
    for name, values in only.items():
        if name not in known:
            raise EdgeqError(f"option {name!r}", "the quantizer has none of that name", f"choose {', '.join(known)}")
        if not values:
            raise EdgeqError(f"option {name!r}", "no value is given", "give at least one")
        for value in values:
            options_of({name: value})
    plain = {name: value for name, value in known.items() if name in only or isinstance(value, Value)}
    return Space(
        {name: _default_first(only.get(name, _candidates(name, value)), value) for name, value in plain.items()}
    )


def _candidates(name: str, default: Any) -> tuple[Value, ...]:
    return (False, True) if isinstance(default, bool) else CANDIDATES.get(name, (default,))


def _default_first(values: Sequence[Value], default: Value) -> tuple[Value, ...]:
    return tuple(dict.fromkeys(sorted(values, key=lambda value: value != default)))


def matters(name: str, choice: Choice) -> bool:
    """Whether a field has a meaning, given the choice of the others."""
    other, values = MATTERS.get(name, ("", ()))
    return not other or choice[other] in values


def settled(choice: Choice) -> Choice:
    """The choice, with the default of what has no meaning in it."""
    return {name: value if matters(name, choice) else getattr(Options(), name) for name, value in choice.items()}


def key(choice: Choice) -> str:
    """A text equal for equal choices."""
    return json.dumps(choice, sort_keys=True)


def options_of(choice: Choice) -> Options:
    """The choice as the quantizer takes it."""
    return replace(Options(), **choice)  # type: ignore[arg-type]


def parse(texts: Sequence[str]) -> dict[str, tuple[Value, ...]]:
    """`FIELD=VALUE,VALUE` of the command line in the types of `Options`.

    >>> parse(["calibrator=mse,entropy", "per_channel=true", "percentile=99.5"])
    {'calibrator': ('mse', 'entropy'), 'per_channel': (True,), 'percentile': (99.5,)}
    """
    parsed = {}
    for text in texts:
        name, _, values = text.partition("=")
        default = getattr(Options(), name, None) if name in {f.name for f in fields(Options)} else ""
        parsed[name] = tuple(_parsed(name, value, default) for value in values.split(",") if value)
    return parsed


def _parsed(name: str, text: str, default: Any) -> Value:
    if isinstance(default, str):
        return text
    try:
        value: Value = json.loads(text)
    except ValueError:
        value = text
    if type(value) not in KINDS[type(default)]:
        raise EdgeqError(f"option {name}={text}", "it is of another kind", f"give one such as {json.dumps(default)}")
    return float(value) if isinstance(default, float) else value
