"""Encodes nested dicts as a FlatBuffer by the schema."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import flatbuffers
import numpy as np

from edgeq.graph import schema
from edgeq.graph.decode import IDENTIFIER, Table

ALIGNMENT = 16  # of every vector of bytes: runtimes read weights in place, as any type


def encode(root: Table) -> bytes:
    """The TFLite file of a Model table; fields that are missing or None have the schema's default.

    Raises KeyError for a field, table or union member that the schema does not have, and
    ValueError, TypeError, OverflowError or flatbuffers' BuilderSizeError for a value that its field
    cannot hold.
    """
    builder = flatbuffers.Builder(1024)
    builder.Finish(_table(builder, root, "Model"), file_identifier=IDENTIFIER)
    return bytes(builder.Output())


def encode_metadata(root: Table) -> bytes:
    """TFLM's compression metadata as a FlatBuffer; fields that are missing or None have the
    default.
    """
    builder = flatbuffers.Builder(64)
    builder.Finish(_table(builder, root, "CompressionMetadata"))
    return bytes(builder.Output())


def _table(builder: Any, table: Table, name: str) -> int:
    known = _fields_by_name(name)
    given = [(known[key], value) for key, value in table.items() if value is not None]
    values = [
        (field, value if field.scalar else _offset(builder, value, field)) for field, value in given
    ]
    builder.StartObject(schema.slots(name))
    for field, value in sorted(values, key=lambda entry: entry[0].slot):
        kind = field.type if field.scalar else "UOffsetTRelative"
        getattr(builder, f"Prepend{kind}Slot")(field.slot, value, field.default)
    return int(builder.EndObject())


@functools.cache
def _fields_by_name(table: str) -> Mapping[str, schema.Field]:
    return {field.name: field for field in schema.fields(table)}


def _offset(builder: Any, value: Any, field: schema.Field) -> int:
    if field.type == "union":
        member, table = value
        return _table(builder, table, member)
    if not field.vector:
        return _object(builder, value, field.type)
    if field.type == "Uint8":
        builder.Prep(ALIGNMENT, len(value))
        return int(builder.CreateByteVector(value))
    if field.type in schema.SCALARS:
        return int(builder.CreateNumpyVector(np.array(value, f"<{schema.SCALARS[field.type]}")))
    offsets = [_object(builder, item, field.type) for item in value]
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return int(builder.EndVector())


def _object(builder: Any, value: Any, kind: str) -> int:
    return int(builder.CreateString(value)) if kind == "string" else _table(builder, value, kind)
