"""The schema by reflection compared with its text."""

from __future__ import annotations

import pytest

from edgeq.graph import schema
from edgeq.graph.schema import Field


def test_fields_tell_slot_type_and_default() -> None:
    assert schema.fields("Conv2DOptions")[1:6] == (
        Field("stride_w", 1, "Int32", False, 0),
        Field("stride_h", 2, "Int32", False, 0),
        Field("fused_activation_function", 3, "Int8", False, 0),
        Field("dilation_w_factor", 4, "Int32", False, 1),
        Field("dilation_h_factor", 5, "Int32", False, 1),
    )


@pytest.mark.parametrize(
    ("table", "name", "kind", "vector"),
    [
        ("Model", "subgraphs", "SubGraph", True),
        ("Model", "description", "string", False),
        ("Tensor", "quantization", "QuantizationParameters", False),
        ("Buffer", "data", "Uint8", True),
        ("QuantizationParameters", "scale", "Float32", True),
        ("QuantizationParameters", "zero_point", "Int64", True),
        ("Operator", "builtin_options", "union", False),
        ("Operator", "mutating_variable_inputs", "Bool", True),
        ("ReducerOptions", "keep_dims", "Bool", False),
    ],
)
def test_vectors_strings_tables_and_unions_are_distinguished(
    table: str, name: str, kind: str, vector: bool
) -> None:
    (field,) = (field for field in schema.fields(table) if field.name == name)
    assert (field.type, field.vector) == (kind, vector)


def test_every_small_integer_among_the_options_is_a_known_enum() -> None:
    """Options that are enums are read by name, also in later schemas: all of them are bytes."""
    tables = [
        table
        for union in ("BuiltinOptions", "BuiltinOptions2")
        for table in schema.enum_values(union)
    ]
    fields = [field for table in tables if table != "NONE" for field in schema.fields(table)]
    assert {field.name for field in fields if field.type == "Int8" and not field.vector} <= {
        *schema.ENUMS
    }


@pytest.mark.parametrize("name", ["NoSuchOptions", "../os", ""])
def test_what_is_no_table_is_a_key_error(name: str) -> None:
    with pytest.raises(KeyError):
        schema.fields(name)
