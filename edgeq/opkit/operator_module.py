"""Reads an operator module into an `Operator`, and refuses one that breaks the contract.

A part may be missing, be of the wrong type, or have a name that is nearly one of the contract's: an
optional part with a misspelled name would otherwise count as absent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from difflib import SequenceMatcher
from functools import cache
from inspect import signature
from types import ModuleType
from typing import Any, NamedTuple

from edgeq.errors import EdgeqError
from edgeq.opkit.contract import Operator, Sum, WeightRole
from edgeq.opkit.libraries import LIBRARIES
from edgeq.opkit.variants import Kernel, Variant

NEAR = 0.74  # share of letters in common from which on a name is a slip of another: one of four


class Kind(NamedTuple):
    """What a part of the contract must be. words: a description for messages; fits: tests a value."""

    words: str
    fits: Callable[[Any], bool]


def _is_table(value: Any, keys: Callable[[Any], bool], values: Callable[[Any], bool]) -> bool:
    return isinstance(value, Mapping) and all(map(keys, value)) and all(map(values, value.values()))


def _is_dtypes(value: Any) -> bool:
    return isinstance(value, tuple) and all(isinstance(name, str) for name in value)


def _is_version(value: Any) -> bool:
    return type(value) is int and value > 0


def _is_positions(value: Any) -> bool:
    return isinstance(value, tuple) and all(type(at) is int and at >= 0 for at in value)


def _is_sums(value: Any) -> bool:
    return isinstance(value, tuple) and all(isinstance(part, Sum) for part in value)


def _is_quantization(value: Any) -> bool:
    return isinstance(value, tuple) and [type(number) for number in value] == [float, int]


def _is_options(value: Any) -> bool:
    return isinstance(value, type) and is_dataclass(value)


def _takes(count: int) -> Callable[[Any], bool]:
    """A test whether a value may be called with so many arguments."""

    def fits(value: Any) -> bool:
        try:
            signature(value).bind(*range(count))
        except (TypeError, ValueError):
            return False
        return True

    return fits


FLAG = Kind("True or False", lambda value: type(value) is bool)
VERSION = Kind("a whole number from 1 on", _is_version)
OF_NODE = Kind("a function of a node", _takes(1))

PARTS: Mapping[str, Kind] = {
    "Attributes": Kind("a dataclass", _is_options),
    "TYPES": Kind(
        "a table {input dtypes: output dtypes}", lambda v: _is_table(v, _is_dtypes, _is_dtypes)
    ),
    "NEWEST_VERSION": VERSION,
    "output_shapes": OF_NODE,
    "simulate": Kind("a function of a node and any number of values", _takes(9)),
    "kernel": OF_NODE,
    "OPTIONS": Kind("the name of a table", lambda value: isinstance(value, str)),
    "macs": OF_NODE,
    "work": OF_NODE,
    "rows": OF_NODE,
    "channels": OF_NODE,
    "STATE": Kind("positions of inputs, from 0 on", lambda value: _is_positions(value)),
    "RESTARTS": FLAG,
    "internal_state": OF_NODE,
    "state_ranges": Kind("a function of a node and its input", _takes(2)),
    "inputs_in_integers": Kind("a function of a node, two tensors and ranges", _takes(4)),
    "SUMMED": Kind("a tuple of Sum", lambda value: _is_sums(value)),
    "sum_inputs": Kind("a function of a node and its input", _takes(2)),
    "index_limits": OF_NODE,
    "variant": OF_NODE,
    "KERNELS": Kind(
        "a table {Variant: Kernel}",
        lambda v: _is_table(v, lambda k: isinstance(k, Variant), lambda k: isinstance(k, Kernel)),
    ),
    "LIBRARY_CALLS": Kind(
        "a table {library's name: function of a node}",
        lambda v: _is_table(v, LIBRARIES.__contains__, OF_NODE.fits),
    ),
    "WEIGHTS": Kind("a WeightRole", lambda value: isinstance(value, WeightRole)),
    "im2col_matrix": Kind("a function of a node and its input", _takes(2)),
    "SAME_SCALE": FLAG,
    "CLAMPS": FLAG,
    "HOMOGENEOUS": FLAG,
    "ELEMENTWISE": FLAG,
    "ON_REALS": FLAG,
    "FIXED_OUTPUT": Kind(
        "a table {dtype: (scale, zero point)}",
        lambda v: _is_table(v, lambda key: isinstance(key, str), _is_quantization),
    ),
    "VERSIONS": Kind("a table {dtypes: version}", lambda v: _is_table(v, _is_dtypes, _is_version)),
    "SCALES_VERSION": VERSION,
    "EQUAL_SCALES": FLAG,
}
"""The parts of the contract as modules spell them."""

COMPANIONS: Mapping[str, tuple[str, ...]] = {
    "WEIGHTS": ("macs", "im2col_matrix"),
    "variant": ("KERNELS",),
    "KERNELS": ("variant",),
    "SUMMED": ("sum_inputs", "inputs_in_integers"),
    "internal_state": ("STATE",),
}
"""Parts that are of no use without others."""


def read_operator(module: ModuleType) -> Operator:
    """The operator that a module declares.

    Raises EdgeqError that names every part that is missing, of the wrong type, or misspelled.
    """
    wrong = [*_missing(module), *_misfits(module), *_slips(module)]
    if wrong:
        raise EdgeqError(
            f"{module.__name__} is no operator module",
            "; ".join(wrong),
            "see the docstring of edgeq/opkit/contract.py",
        )
    said = {part.lower(): vars(module)[part] for part in PARTS if part in vars(module)}
    return Operator(**said, summary=(module.__doc__ or "").split("\n\n")[0])


def _missing(module: ModuleType) -> Iterator[str]:
    known, required = (
        vars(module),
        {f.name for f in fields(Operator) if f.default is MISSING and f.default_factory is MISSING},
    )
    yield from (
        f"it has no {part}" for part in PARTS if part.lower() in required and part not in known
    )
    for part, others in COMPANIONS.items():
        if part in known:
            yield from (f"it has {part} and no {other}" for other in others if other not in known)


def _misfits(module: ModuleType) -> Iterator[str]:
    for part, kind in PARTS.items():
        if part in vars(module) and not kind.fits(vars(module)[part]):
            yield f"its {part} is not {kind.words}"


def _slips(module: ModuleType) -> Iterator[str]:
    """Public names that are probably misspelled parts: they differ from a part that the module
    lacks in case or underscores, or in few letters.
    """
    lacking = [part for part in PARTS if part not in vars(module)]
    for name in vars(module):
        for part in lacking:
            if not name.startswith("_") and _is_slip(name, part):
                yield f"its {name} is nearly {part}"


@cache  # modules share most of their names, and starting edgeq reads many modules
def _is_slip(name: str, part: str) -> bool:
    if name.lower().replace("_", "") == part.lower().replace("_", ""):
        return True
    if name.isupper() != part.isupper():
        return False
    alike = SequenceMatcher(None, name, part, autojunk=False)
    bounds = (alike.real_quick_ratio, alike.quick_ratio, alike.ratio)  # from cheap to exact
    return all(ratio() >= NEAR for ratio in bounds)
