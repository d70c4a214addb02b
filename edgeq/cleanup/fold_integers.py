"""Arithmetic on short constants of int32, int64 and bool without quantization, by which models
compute shapes.

Integers wrap around as in C; float32 is only cast to and from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from edgeq.cleanup.budget import Budget
from edgeq.cleanup.single import Constants, Single
from edgeq.graph import DTYPES, AttributeValue, Tensor
from edgeq.opkit.node import Values

Attributes: TypeAlias = Mapping[str, AttributeValue]
Function: TypeAlias = Callable[..., Any]
"""Attributes and input arrays -> the output."""

MAX_SIZE = 256  # elements of an input or output
TYPES = ("int32", "int64", "bool")
REPEATED: Mapping[str, int] = {"FILL": 1, "BROADCAST_TO": 0}
"""Operators that repeat values, and which input has them."""


def fold_integers(single: Single, budget: Budget) -> Constants | None:
    """The output of an operator of `ARITHMETIC` for short constant inputs; None for others."""
    function, y = ARITHMETIC.get(single.op.kind), single.outputs[0]
    given = [t for t in single.inputs if t is not None]
    if function is None or not single.constant or not _takes_part(single.op.kind, given, y):
        return None
    attributes = dict(single.op.attributes)
    if attributes.get("fused_activation_function", "NONE") != "NONE" or not budget.take(MAX_SIZE):
        return None
    try:
        with np.errstate(all="ignore"):
            value = np.asarray(function(attributes, *(t.array for t in given)))
    except (ValueError, IndexError, TypeError, OverflowError):  # shapes or options that do not fit
        return None
    return (value.astype(DTYPES[y.dtype]),) if value.size <= MAX_SIZE else None


def _takes_part(kind: str, given: Sequence[Tensor], y: Tensor) -> bool:
    """Whether these are short constants of plain numbers; what is only repeated may be of any type."""
    repeated = given[REPEATED[kind]] if kind in REPEATED and len(given) == 2 else None
    if repeated is not None and (repeated.dtype, repeated.quantization) != (
        y.dtype,
        y.quantization,
    ):
        return False
    numbers = [t for t in given if t is not repeated] + ([y] if repeated is None else [])
    plain = all(t.quantization is None and t.dtype in (*TYPES, "float32") for t in numbers)
    return plain and all(t.size <= MAX_SIZE for t in given)


def _integers(function: Function) -> Function:
    """The function on integers and bools alone: TFLite's floats round in other ways."""

    def checked(_: Attributes, *arrays: Values) -> Any:
        if any(a.dtype.kind == "f" for a in arrays):
            raise TypeError("float")
        return function(*arrays)

    return checked


def _floor_quotient(a: Values, b: Values) -> Values:
    if not np.all(b):
        raise ValueError("division by zero")
    return np.asarray(a // b)


def _quotient(a: Values, b: Values) -> Values:
    floor = _floor_quotient(a, b)
    return np.asarray(floor + ((floor * b != a) & ((a < 0) != (b < 0))))


def _remainder(a: Values, b: Values) -> Values:
    if not np.all(b):
        raise ValueError("division by zero")
    return np.asarray(np.mod(a, b))


def _reduced(reduce: Callable[..., Values]) -> Function:
    def function(attributes: Attributes, x: Values, axes: Values) -> Values:
        if x.dtype.kind == "f":
            raise TypeError("float")
        kept = bool(attributes.get("keep_dims", False))
        chosen = tuple(dict.fromkeys(int(axis) % max(x.ndim, 1) for axis in axes.ravel()))
        return reduce(x, axis=chosen if x.ndim else None, keepdims=kept, **_exact(x, reduce))

    return function


def _exact(x: Values, reduce: Callable[..., Values]) -> dict[str, Any]:
    return {"dtype": x.dtype} if reduce in (np.sum, np.prod) else {}


def _concatenated(attributes: Attributes, *parts: Values) -> Values:
    return np.concatenate(parts, axis=_axis(attributes))


def _stacked(attributes: Attributes, *parts: Values) -> Values:
    return np.stack(parts, axis=_axis(attributes))


def _gathered(attributes: Attributes, x: Values, indices: Values) -> Values:
    if attributes.get("batch_dims", 0) or np.any(indices < 0):
        raise ValueError("batch dimensions or negative indices")
    taken: Values = np.take(x, indices, axis=_axis(attributes))
    return taken


def _axis(attributes: Attributes) -> int:
    return int(attributes.get("axis", 0))  # type: ignore[arg-type]


def _cast(_: Attributes, x: Values) -> Values:
    if x.dtype.kind == "f" and not np.all(np.abs(x) < 2**31):
        raise ValueError("beyond int32, which C leaves undefined")
    return x


def _filled(_: Attributes, dims: Values, value: Values) -> Values:
    return np.broadcast_to(value.reshape(()), tuple(int(size) for size in dims))


def _broadcast(_: Attributes, x: Values, dims: Values) -> Values:
    return np.broadcast_to(x, tuple(int(size) for size in dims))


def _range(start: Values, limit: Values, delta: Values) -> Values:
    steps = range(int(start), int(limit), int(delta))
    if len(steps) > MAX_SIZE:
        raise ValueError("too long")
    return np.array(steps, np.int64)


ELEMENTWISE: Mapping[str, Function] = {
    "ADD": np.add,
    "SUB": np.subtract,
    "MUL": np.multiply,
    "MAXIMUM": np.maximum,
    "MINIMUM": np.minimum,
    "NEG": np.negative,
    "ABS": np.abs,
    "DIV": _quotient,
    "FLOOR_DIV": _floor_quotient,
    "FLOOR_MOD": _remainder,
    "EQUAL": np.equal,
    "NOT_EQUAL": np.not_equal,
    "LESS": np.less,
    "LESS_EQUAL": np.less_equal,
    "GREATER": np.greater,
    "GREATER_EQUAL": np.greater_equal,
    "LOGICAL_AND": np.logical_and,
    "LOGICAL_OR": np.logical_or,
    "LOGICAL_NOT": np.logical_not,
    "SELECT_V2": np.where,
    "RANGE": _range,
}
"""Operator -> its meaning on integers and bools; its options change nothing."""

ARITHMETIC: Mapping[str, Function] = {
    **{kind: _integers(function) for kind, function in ELEMENTWISE.items()},
    "REDUCE_PROD": _reduced(np.prod),
    "SUM": _reduced(np.sum),
    "REDUCE_MAX": _reduced(np.max),
    "REDUCE_MIN": _reduced(np.min),
    "CONCATENATION": _concatenated,
    "PACK": _stacked,
    "GATHER": _gathered,
    "CAST": _cast,
    "FILL": _filled,
    "BROADCAST_TO": _broadcast,
}
"""Operator -> its meaning on plain integers."""
