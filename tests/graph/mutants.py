"""Small valid files, and copies of them with one to three changes, as damaged or malicious files
have them.
"""

from __future__ import annotations

import contextlib
import pickle
import struct
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from flatbuffers.builder import BuilderSizeError

from edgeq.graph.decode import Table, decode
from edgeq.graph.encode import encode
from graph.samples import flipped

Generator = np.random.Generator
Place = tuple[Any, Any]  # a container and a key of it

INTEGERS = (
    -(2**31),
    -1000,
    -2,
    -1,
    0,
    1,
    2,
    3,
    5,
    100,
    255,
    256,
    4096,
    65535,
    65536,
    1 << 20,
    1 << 30,
    2**31 - 1,
)
FLOATS = (
    0.0,
    -1.0,
    1e-45,
    1e-38,
    1e-20,
    1e-9,
    1e-5,
    0.5,
    1.0,
    3.0,
    255.0,
    1e5,
    1e9,
    1e20,
    3e38,
    float("inf"),
    float("nan"),
)
TEXTS = (
    "",
    "x" * 5000,
    "a\x00b",
    "\x1b[2J",
    "\u202eevil",
    "*/ #error",
    '"; }',
)
ENDS = (-(2**31), -2, -1, 0, 1, 2, 7, 4096, 1 << 30, 2**31 - 1)  # of one element of a list
TYPES = range(19)  # of TensorType
UNFIT = (KeyError, ValueError, TypeError, OverflowError, BuilderSizeError, struct.error)
"""What `encode` raises for a value that no file can hold."""


def mutant(data: bytes, generator: Generator) -> bytes:
    """A copy of a valid file with changes in its tables or bytes."""
    if generator.random() < 0.2:
        return next(flipped(data, 1, int(generator.integers(1 << 30))))
    root = pickle.loads(_pickled(data))
    for _ in range(int(generator.integers(1, 4))):
        _change(root, generator)
    try:
        return encode(root)
    except UNFIT:
        return data


def every_change(data: bytes) -> Iterator[bytes]:
    """Copies of a valid file with one field changed, each field to each of a list of odd values."""
    root = pickle.loads(_pickled(data))
    for container, key in list(_deep_places(root)):
        value = container[key]
        for other in _odd_values(value, key):
            container[key] = other
            with contextlib.suppress(*UNFIT):
                yield encode(root)
        container[key] = value


def _deep_places(table: Table) -> Iterator[Place]:
    """Every field of a table, of tables in it, and of those in its lists."""
    for key, value in table.items():
        yield table, key
        members = value if isinstance(value, list | tuple) else (value,)
        for member in members:
            if isinstance(member, dict):
                yield from _deep_places(member)


def _odd_values(value: Any, key: str) -> list[Any]:
    """None, and others of the value's kind; of lists those with one element changed, less or more."""
    if isinstance(value, bool):
        return [None, not value]
    if isinstance(value, int):
        return [None, *(TYPES if key == "type" else {*INTEGERS, value + 1, value - 1} - {value})]
    if isinstance(value, float):
        return [None, *FLOATS]
    if isinstance(value, str):
        return [None, *TEXTS]
    if isinstance(value, bytes):
        return [None, b"", value[:1], value[:-1], value + b"\0"]
    if not isinstance(value, Sequence) or (len(value) == 2 and isinstance(value[1], dict)):
        return [None]
    some = range(min(len(value), 4))
    shorter = [[*value[:i], *value[i + 1 :]] for i in some]
    longer = [[*value[:i], value[i], *value[i:]] for i in some]
    changed = [
        [*value[:i], other, *value[i + 1 :]]
        for i in some
        if isinstance(value[i], int | float)
        for other in (ENDS if isinstance(value[i], int) else FLOATS)
    ]
    return [None, [], *shorter, *longer, *changed]


@lru_cache(maxsize=4096)
def _pickled(data: bytes) -> bytes:
    """The tables of a valid file, which are copied in a tenth of the time that decoding takes."""
    return pickle.dumps(decode(data)[0])


def _change(root: Table, generator: Generator) -> None:
    graphs = root["subgraphs"]
    kinds = [("tensors", 4), ("operators", 4), ("graph", 1), ("codes", 1), ("buffers", 1)]
    weights = np.array([weight for _, weight in kinds], float)
    kind = kinds[generator.choice(len(kinds), p=weights / weights.sum())][0]
    graph = graphs[0]
    picked = {
        "tensors": graph["tensors"],
        "operators": graph["operators"],
        "graph": [graph],
        "codes": root["operator_codes"],
        "buffers": root["buffers"],
    }[kind]
    if picked:
        table = picked[generator.integers(len(picked))]
        places = list(_places(table, shallow=kind == "graph"))
        container, key = places[generator.integers(len(places))]
        container[key] = _other(container[key], key, generator)


def _places(table: Any, shallow: bool = False) -> Iterator[Place]:
    """Every field of a table and of the tables in it."""
    for key, value in list(table.items()):
        yield table, key
        if isinstance(value, dict) and not shallow:
            yield from _places(value)
        if (
            isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], dict)
        ):  # the table of a union
            yield from _places(value[1])


def _other(value: Any, key: Any, generator: Generator) -> Any:
    """Another value of the same kind, or none."""
    if generator.random() < 0.05:
        return None
    if isinstance(value, bool):
        return not value
    if key == "type" and isinstance(value, int):
        return int(generator.choice(TYPES))
    if isinstance(value, int):
        return (
            int(generator.choice(INTEGERS))
            if generator.random() < 0.7
            else value + int(generator.integers(-2, 3))
        )
    if isinstance(value, float):
        return float(generator.choice(FLOATS))
    if isinstance(value, str):
        return TEXTS[generator.integers(len(TEXTS))]
    if isinstance(value, bytes):
        return value[: int(generator.integers(len(value) + 1))]
    return _other_sequence(value, key, generator)


def _other_sequence(value: Any, key: Any, generator: Generator) -> Any:
    if not isinstance(value, Sequence) or not value or isinstance(value[0], dict | str):
        return (
            value
            if not isinstance(value, Sequence)
            else value[: int(generator.integers(len(value) + 1))]
        )
    items = list(value)
    at = int(generator.integers(len(items)))
    choice = generator.integers(4)
    if choice == 0:
        del items[at]
    elif choice == 1:
        items.insert(at, items[at])
    else:
        items[at] = _other(items[at], None, generator)
    return tuple(items)
