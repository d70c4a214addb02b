"""Decodes a FlatBuffer to nested dicts by the schema, checking every offset and length first.

The generated accessors check nothing, so untrusted files are read by this module only. Memory is
bounded by the file's size: each table, string and vector is charged against a budget before it is
read, so that many references to one large vector are refused. On files crafted for it, at most 60
bytes per byte of the file were measured.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from edgeq.errors import ModelError
from edgeq.graph import schema

Table: TypeAlias = dict[str, Any]
"""Field name -> scalar, str, tuple, bytes (a vector of bytes), Table, (table name, Table) of a
union, or None.
"""

IDENTIFIER = b"TFL3"
SHARING = 2  # bytes of content per byte of the file; writers hardly ever share content
SLACK = 4096
FORMS = {code: struct.Struct(f"<{code}") for code in schema.SCALARS.values()}
MAX_TABLES = (
    1 << 17
)  # a model of 10,000 operators has about 80,000; a table takes more memory than its bytes


@dataclass
class Source:
    """The file, and the remaining budget of bytes and tables that may be read from it."""

    data: bytes
    budget: int
    tables: int = MAX_TABLES

    def unpack(self, code: str, at: int) -> Any:
        form = FORMS[code]
        if not 0 <= at <= len(self.data) - form.size:
            raise damaged(
                f"{form.size} bytes at offset {at} lie outside its {len(self.data)} bytes"
            )
        return form.unpack_from(self.data, at)[0]

    def charge(self, at: int, size: int) -> None:
        if at < 0 or at + size > len(self.data):
            raise damaged(f"{size} bytes at offset {at} lie outside its {len(self.data)} bytes")
        self.budget -= size
        if self.budget < 0:
            raise damaged(
                f"it refers to the same bytes so often that more than {SHARING} times its size is read"
            )

    def take(self, at: int, size: int) -> bytes:
        self.charge(at, size)
        return self.data[at : at + size]


def damaged(why: str) -> ModelError:
    """The error for bytes that are not a valid TFLite file."""
    return ModelError("not a valid TFLite file", why, "copy or convert the model again")


def decode(data: bytes) -> tuple[Table, Source]:
    """The file's Model table, and the source, for data that is stored outside of the tables.

    Raises ModelError for offsets out of range, and for fields that the installed schema does not
    have.
    """
    if len(data) < 8 or data[4:8] != IDENTIFIER:
        raise damaged(f"bytes 4 to 8 are {data[4:8]!r}, expected {IDENTIFIER!r}")
    source = Source(data, SHARING * len(data) + SLACK)
    return _table(source, source.unpack("I", 0), "Model"), source


def decode_metadata(data: bytes) -> Table:
    """The root table of TFLM's compression metadata, a FlatBuffer without identifier. Raises
    ModelError for invalid bytes.
    """
    source = Source(data, SHARING * len(data) + SLACK)
    return _table(source, source.unpack("I", 0), "CompressionMetadata")


def _table(source: Source, at: int, name: str) -> Table:
    source.tables -= 1
    if source.tables < 0:
        raise damaged(f"it has more than {MAX_TABLES} tables")
    vtable = at - source.unpack("i", at)
    vtable_size, size = source.unpack("H", vtable), source.unpack("H", vtable + 2)
    if vtable_size < 4 or size < 4:
        raise damaged(
            f"the {name} table at offset {at} has sizes {vtable_size} and {size}, expected 4 or more"
        )
    source.charge(at, size)
    offsets = struct.unpack_from(f"<{vtable_size // 2 - 2}H", source.take(vtable, vtable_size), 4)
    known = schema.fields(name)
    if any(offsets[schema.slots(name) :]):
        raise ModelError(
            f"a {name} table has a field that the installed schema does not know",
            "its meaning would be lost",
            "update the `tflite` package, or convert the model with an older TensorFlow",
        )
    table: Table = {}
    for field in known:
        offset = offsets[field.slot] if field.slot < len(offsets) else 0
        table[field.name] = _value(source, at + offset, field, table) if offset else field.absent
    return table


def _value(source: Source, at: int, field: schema.Field, table: Table) -> Any:
    if field.scalar:
        return source.unpack(schema.SCALARS[field.type], at)
    target = at + source.unpack("I", at)
    if field.vector:
        return _vector(source, target, field.type)
    if field.type == "union":
        return _union(source, target, field.name, table[f"{field.name}_type"])
    return _object(source, target, field.type)


def _object(source: Source, at: int, kind: str) -> Any:
    if kind == "string":
        return source.take(at + 4, source.unpack("I", at)).decode("utf-8", errors="replace")
    return _table(source, at, kind)


def _union(source: Source, at: int, name: str, number: int) -> tuple[str, Table] | None:
    member = schema.enum_names(schema.UNIONS[name]).get(number)
    if member is None:
        raise damaged(f"{name} has the type number {number}, which the schema does not know")
    return None if member == "NONE" else (member, _table(source, at, member))


def _vector(source: Source, at: int, kind: str) -> Any:
    length = source.unpack("I", at)
    if kind not in schema.SCALARS:
        source.charge(at + 4, 4 * length)
        slots = range(at + 4, at + 4 + 4 * length, 4)
        return tuple(_object(source, slot + source.unpack("I", slot), kind) for slot in slots)
    code = schema.SCALARS[kind]
    content = source.take(at + 4, length * FORMS[code].size)
    return content if code == "B" else tuple(np.frombuffer(content, f"<{code}").tolist())
