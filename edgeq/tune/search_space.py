"""The search space: fields of `Options`, the values to try, and which fields matter together."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from edgeq.errors import EdgeqError
from edgeq.quantize.options import CALIBRATORS, ROUNDINGS, Options
from edgeq.quantize.schemes import SCHEMES

DEFAULTS: Mapping[str, Any] = asdict(Options())
"""Field of `Options` -> its default."""

Value = str | int | float | bool
Choice = Mapping[str, Value]

CANDIDATES: Mapping[str, tuple[Value, ...]] = {
    "calibrator": CALIBRATORS,
    "percentile": (99.9, 99.99, 99.999),
    "rounding": ROUNDINGS,
}
"""Fields that are searched in addition to all boolean ones, with their values. All other fields are
as the user states.
"""

CODEBOOKS = tuple(scheme.name for scheme in SCHEMES.values() if scheme.codebook)

RELEVANT_WITH: Mapping[str, tuple[str, tuple[Value, ...]]] = {
    "percentile": ("calibrator", ("percentile",)),
    "codebook_bits": ("scheme", CODEBOOKS),
    "codebook_importance": ("scheme", CODEBOOKS),
}
"""Field -> (another field, its values with which the field has an effect); else it keeps its
default.
"""

KINDS: Mapping[type, tuple[type, ...]] = {bool: (bool,), int: (int,), float: (float, int)}
"""Type of a field's default -> types of its values in JSON."""


@dataclass(frozen=True)
class Space:
    """Field of `Options` -> values to choose from; the default is first if it is among them."""

    values: Mapping[str, tuple[Value, ...]]

    def choices(self) -> list[Choice]:
        """All choices that differ in their effect."""
        every = (
            dict(zip(self.values, v, strict=True)) for v in itertools.product(*self.values.values())
        )
        return list({key(choice): choice for choice in map(canonical, every)}.values())

    def defaults(self) -> list[Choice]:
        """For each scheme allowed, the choice of the first value of every field."""
        first = {name: values[0] for name, values in self.values.items()}
        return [canonical(first | {"scheme": scheme}) for scheme in self.values["scheme"]]


def space_of(only: Mapping[str, Sequence[Value]]) -> Space:
    """The search space: for each field of `Options` the values of `only`, else those worth trying.

    Raises EdgeqError for unknown fields and values.
    """
    for name in only.get("scheme", ()):
        if name in SCHEMES and SCHEMES[str(name)].alternatives:
            why = "its widths follow from a budget, not from trials"
            raise EdgeqError(f"scheme {name!r}", why, f"use edgeq convert --scheme {name}")
    for name, values in only.items():
        if name not in DEFAULTS:
            raise EdgeqError(
                f"option {name!r}",
                "the quantizer has none of that name",
                f"choose {', '.join(DEFAULTS)}",
            )
        if not values:
            raise EdgeqError(f"option {name!r}", "no value is given", "give at least one")
        for value in values:
            options_of({name: value})
    plain = {
        name: value for name, value in DEFAULTS.items() if name in only or isinstance(value, Value)
    }
    return Space(
        {
            name: _default_first(only.get(name, _candidates(name, value)), value)
            for name, value in plain.items()
        }
    )


def _candidates(name: str, default: Any) -> tuple[Value, ...]:
    return (False, True) if isinstance(default, bool) else CANDIDATES.get(name, (default,))


def _default_first(values: Sequence[Value], default: Value) -> tuple[Value, ...]:
    return tuple(dict.fromkeys(sorted(values, key=lambda value: value != default)))


def is_relevant(name: str, choice: Choice) -> bool:
    """Whether a field has an effect, given the choice of the others."""
    other, values = RELEVANT_WITH.get(name, ("", ()))
    return not other or choice[other] in values


def canonical(choice: Choice) -> Choice:
    """The choice with fields that have no effect set to their defaults."""
    return {
        name: value if is_relevant(name, choice) else DEFAULTS[name]
        for name, value in choice.items()
    }


def key(choice: Choice) -> str:
    """A text that is equal for equal choices."""
    return json.dumps(choice, sort_keys=True)


def options_of(choice: Choice) -> Options:
    """The choice as options of the quantizer."""
    return replace(Options(), **choice)  # type: ignore[arg-type]


def parse(texts: Sequence[str]) -> dict[str, tuple[Value, ...]]:
    """Command line texts `FIELD=VALUE,VALUE` as field -> values of the types of `Options`.

    >>> parse(["calibrator=mse,entropy", "per_channel=true", "percentile=99.5"])
    {'calibrator': ('mse', 'entropy'), 'per_channel': (True,), 'percentile': (99.5,)}
    """
    parsed = {}
    for text in texts:
        name, _, values = text.partition("=")
        default = DEFAULTS.get(name, "")
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
        raise EdgeqError(
            f"option {name}={text}",
            "it is of another kind",
            f"give one such as {json.dumps(default)}",
        )
    return float(value) if isinstance(default, float) else value
