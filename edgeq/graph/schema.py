"""The TFLite schema, read by reflection from the `tflite` package.

The generated accessors do not describe themselves, so each is called once with a recorder in place
of the builder or file: the calls it makes tell its slot, type and default. `tflite` is imported on
first use, which takes about 0.1 s.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module
from types import MappingProxyType
from typing import Any

SCALARS: Mapping[str, str] = MappingProxyType(
    {
        "Bool": "?",
        "Int8": "b",
        "Uint8": "B",
        "Int16": "h",
        "Uint16": "H",
        "Int32": "i",
        "Uint32": "I",
        "Int64": "q",
        "Uint64": "Q",
        "Float32": "f",
        "Float64": "d",
    }
)
"""FlatBuffers' names of the scalar types -> `struct` codes (all little-endian in a file)."""

UNIONS: Mapping[str, str] = MappingProxyType(
    {
        "builtin_options": "BuiltinOptions",
        "builtin_options2": "BuiltinOptions2",
        "details": "QuantizationDetails",
        "array_segments": "SparseIndexVector",
        "array_indices": "SparseIndexVector",
    }
)
"""Union field -> the enum that numbers its tables; the file keeps the number in the field
`NAME_type`.
"""

ENUMS: Mapping[str, str] = MappingProxyType(
    {
        "padding": "Padding",
        "fused_activation_function": "ActivationFunctionType",
        "mode": "MirrorPadMode",
        "weights_format": "FullyConnectedOptionsWeightsFormat",
        "kernel_type": "LSTMKernelType",
        "combiner": "CombinerType",
        "reduce_function": "ReduceWindowFunction",
        "algorithm": "RngAlgorithm",
        "comparison_direction": "StablehloComparisonDirection",
        "compare_type": "StablehloComparisonType",
        "composite_attributes_format": "CustomOptionsFormat",
        "type": "LSHProjectionType",
        "in_data_type": "TensorType",
        "out_data_type": "TensorType",
        "output_type": "TensorType",
        "out_type": "TensorType",
        "idx_out_type": "TensorType",
        "quantized_bias_type": "TensorType",
        "key_dtype": "TensorType",
        "value_dtype": "TensorType",
    }
)
"""Attributes that are enums: name -> enum. The accessors return plain integers, so these are listed.
"""


@dataclass(frozen=True)
class Field:
    """A field of a table.

    type: a name in SCALARS, "string", "union" or the name of a table.
    vector: whether it holds any number of these.
    """

    name: str
    slot: int
    type: str
    vector: bool
    default: bool | int | float

    @cached_property  # asked for every value of a file
    def scalar(self) -> bool:
        """Whether the table holds the value itself and not an offset."""
        return not self.vector and self.type in SCALARS

    @cached_property
    def absent(self) -> bool | int | float | None:
        """The value of a field that a table does not have."""
        return self.default if self.scalar else None


def snake_case(name: str) -> str:
    """The schema's name of an accessor.

    >>> snake_case("DilationHFactor")
    'dilation_h_factor'
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


COMPRESSION: Mapping[str, tuple[Field, ...]] = MappingProxyType(
    {
        "CompressionMetadata": (
            Field("schema_version", 0, "Uint32", vector=False, default=1),
            Field("subgraphs", 1, "CompressedSubgraph", vector=True, default=0),
        ),
        "CompressedSubgraph": (Field("lut_tensors", 0, "LutTensor", vector=True, default=0),),
        "LutTensor": (
            Field("tensor", 0, "Int32", vector=False, default=0),
            Field("value_buffer", 1, "Uint32", vector=False, default=0),
            Field("index_bitwidth", 2, "Uint8", vector=False, default=0),
        ),
    }
)
"""The tables of a file of its own inside a metadata buffer: TFLM's micro/compression/metadata.fbs.
"""


@cache
def slots(table: str) -> int:
    """How many slots a table has, those without a field included. Raises KeyError for an unknown
    table.
    """
    return 1 + max((field.slot for field in fields(table)), default=-1)


@cache
def fields(table: str) -> tuple[Field, ...]:
    """The fields of a table, by slot. Raises KeyError for an unknown table."""
    if table in COMPRESSION:
        return COMPRESSION[table]
    if not re.fullmatch(r"\w+", table):
        raise KeyError(table)
    try:
        module = import_module(f"tflite.{table}")
    except ModuleNotFoundError as error:
        raise KeyError(table) from error
    adder = f"{table}Add"
    found = (
        _field(vars(module)[table], name.removeprefix(adder), add)
        for name, add in vars(module).items()
        if name.startswith(adder)
    )
    return tuple(sorted(found, key=lambda field: field.slot))


@cache
def enum_names(enum: str) -> Mapping[int, str]:
    """An enum of the schema: value -> name."""
    members = vars(getattr(import_module(f"tflite.{enum}"), enum))
    numbers = {
        name: value
        for name, value in members.items()
        if isinstance(value, int) and not name.startswith("_")
    }
    return MappingProxyType({value: name for name, value in numbers.items()})


@cache
def enum_values(enum: str) -> Mapping[str, int]:
    """An enum of the schema: name -> value."""
    return MappingProxyType({name: value for value, name in enum_names(enum).items()})


def _field(table: Any, name: str, add: Any) -> Field:
    slots = _Slots()
    add(slots, 0)
    vector = hasattr(table, f"{name}Length")
    kind = slots.type if slots.type in SCALARS else _offset_type(table, name, vector)
    default = bool(slots.default) if kind == "Bool" else slots.default
    return Field(snake_case(name), slots.slot, kind, vector, default)


def _offset_type(table: Any, name: str, vector: bool) -> str:
    accessor, file = table(), _File()
    accessor._tab = file
    value = getattr(accessor, name)(*((0,) if vector else ()))
    return file.type or type(value).__name__


class _Slots:
    """A recorder in place of a builder: stores the arguments of `PrependInt8Slot(slot, value,
    default)`.
    """

    type = ""
    slot = 0
    default: bool | int | float = 0

    def __getattr__(self, method: str) -> Any:
        def record(slot: int, _: object, default: bool | int | float) -> None:
            self.type = method.removeprefix("Prepend").removesuffix("Slot")
            self.slot, self.default = slot, default

        return record


class _File:
    """A recorder in place of `flatbuffers.table.Table`: every field is present; stores the
    requested type.
    """

    type = ""
    Bytes = b""
    Pos = 0

    def Offset(self, _: int) -> int:  # noqa: N802 - FlatBuffers' name, as those below
        return 1

    def Vector(self, _: int) -> int:  # noqa: N802
        return 0

    def Indirect(self, _: int) -> int:  # noqa: N802
        return 0

    def Get(self, flags: Any, _: int) -> int:  # noqa: N802
        self.type = flags.__name__.removesuffix("Flags")
        return 0

    def String(self, _: int) -> str:  # noqa: N802
        self.type = "string"
        return ""

    def Union(self, *_: object) -> None:  # noqa: N802
        self.type = "union"
