"""Writes a Model as a TFLite file; deterministic."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias, TypeVar

from flatbuffers.builder import BuilderSizeError

from edgeq.errors import ModelError
from edgeq.graph import compression, schema
from edgeq.graph.check import check_model
from edgeq.graph.custom import CUSTOM, KINDS
from edgeq.graph.decode import Table
from edgeq.graph.encode import encode
from edgeq.graph.model import AttributeValue, Graph, Model, Op, Quantization, Signature, Tensor
from edgeq.graph.regions import without_regions
from edgeq.graph.restarts import stored_restarts
from edgeq.graph.variables import as_stored

Item = TypeVar("Item")
Code: TypeAlias = tuple[str, str, int]
"""An operator's name, custom name and version, by which files number operators."""

MAX_DEPRECATED_CODE = 127  # the code that old readers see for operators above 127


def write_tflite(model: Model) -> bytes:
    """The TFLite file of a model, checked by `check_model`; equal buffers are stored once.

    Attributes that an operator does not have get the schema's default, which reading the file
    shows. Raises ModelError, naming the operator, for a model that is not valid or that the schema
    cannot express.
    """
    check_model(without_regions(model))
    model = stored_model(model)
    held = [[compression.content(tensor) for tensor in graph.tensors] for graph in model.graphs]
    contents = [b"", *(content for some in held for content in some), *_tables(model)]
    metadata = (*model.metadata, *compression.entries(model, _numbers(contents)))
    buffers = _numbers([*contents, *(content for _, content in metadata)])
    codes = _numbers([_code(op) for graph in model.graphs for op in graph.ops])
    root = {
        "version": model.version,
        "operator_codes": [_operator_code(*code) for code in codes],
        "subgraphs": [
            _graph(*both, buffers, codes) for both in zip(model.graphs, held, strict=True)
        ],
        "description": model.description or None,
        "buffers": [{"data": content or None} for content in buffers],
        "metadata": [{"name": name, "buffer": buffers[content]} for name, content in metadata]
        or None,
        "signature_defs": [_signature(signature) for signature in model.signatures] or None,
    }
    return _encode(root)


def stored_model(model: Model) -> Model:
    """The model as its file has it: regions are subgraphs, variables are handles, and what operators
    keep by themselves is left out.
    """
    return stored_restarts(as_stored(without_regions(model)))


def _tables(model: Model) -> list[bytes]:
    tensors = [tensor for graph in model.graphs for tensor in graph.tensors]
    return [compression.value_tables(tensor) for tensor in tensors if compression.in_tflm(tensor)]


def _numbers(items: Iterable[Item]) -> dict[Item, int]:
    """Item -> its position in the order of first occurrence."""
    return {item: number for number, item in enumerate(dict.fromkeys(items))}


def _code(op: Op) -> Code:
    known = KINDS.get(op.custom_code) == op.kind
    return CUSTOM if known else op.kind, op.custom_code, op.version


def _operator_code(kind: str, custom_code: str, version: int) -> Table:
    number = schema.enum_values("BuiltinOperator").get(kind)
    if number is None:
        raise _inexpressible(f"operator {kind!r}", "the schema has no such operator")
    return {
        "deprecated_builtin_code": min(number, MAX_DEPRECATED_CODE),
        "builtin_code": number,
        "custom_code": custom_code or None,
        "version": version,
    }


def _signature(signature: Signature) -> Table:
    sides = {"inputs": signature.inputs, "outputs": signature.outputs}
    maps = {
        side: [{"name": name, "tensor_index": index} for name, index in pairs]
        for side, pairs in sides.items()
    }
    return {**maps, "signature_key": signature.key, "subgraph_index": signature.graph}


def _graph(
    graph: Graph, held: Sequence[bytes], buffers: Mapping[bytes, int], codes: Mapping[Code, int]
) -> Table:
    """The table of a subgraph. held: content of each tensor's buffer."""
    return {
        "tensors": [
            _tensor(tensor, buffers[content])
            for tensor, content in zip(graph.tensors, held, strict=True)
        ],
        "inputs": graph.inputs,
        "outputs": graph.outputs,
        "operators": [
            _op(op, number, graph, codes[_code(op)]) for number, op in enumerate(graph.ops)
        ],
        "name": graph.name or None,
    }


def _tensor(tensor: Tensor, buffer: int) -> Table:
    return {
        "shape": tensor.shape,
        "type": schema.enum_values("TensorType")[tensor.dtype.upper()],
        "buffer": buffer,
        "name": tensor.name,
        "quantization": _quantization(tensor.quantization),
        "is_variable": tensor.variable,
        "shape_signature": tensor.shape_signature,
        "has_rank": True,
    }


def _quantization(by: Quantization | None) -> Table | None:
    if by is None:
        return None
    return {"scale": by.scale, "zero_point": by.zero_point, "quantized_dimension": by.axis}


def _op(op: Op, number: int, graph: Graph, code: int) -> Table:
    table = {
        "opcode_index": code,
        "inputs": op.inputs,
        "outputs": op.outputs,
        "custom_options": op.custom_options or None,
        "intermediates": op.intermediates or None,
    }
    try:
        return table | _options(op)
    except (KeyError, TypeError, ValueError) as error:
        raise _inexpressible(
            f"subgraph {graph.name!r}, operator {number} {op.kind}", str(error)
        ) from error


def _options(op: Op) -> Table:
    """The operator's options as a union, with the field that numbers its type."""
    if not op.options_type and (op.custom_code or not op.attributes):
        return {}
    for union in ("builtin_options", "builtin_options2"):
        number = schema.enum_values(schema.UNIONS[union]).get(op.options_type)
        if number is not None:
            fields = {field.name: field for field in schema.fields(op.options_type)}
            values = {
                name: _attribute(value, fields.get(name), name) for name, value in op.attributes
            }
            return {f"{union}_type": number, union: (op.options_type, values)}
    raise ValueError(f"the schema has no options {op.options_type!r}")


def _attribute(value: AttributeValue, field: schema.Field | None, name: str) -> object:
    if field is None:
        raise ValueError(f"its options have no attribute {name!r}")
    if name in schema.ENUMS and field.scalar:
        values = schema.enum_values(schema.ENUMS[name])
        if value not in values:
            raise ValueError(f"{name} is {value!r}, expected one of {', '.join(values)}")
        return values[str(value)]
    if not _holds(field, value):
        raise ValueError(
            f"{name} is {value!r}, expected {'a vector of ' if field.vector else ''}{field.type}"
        )
    return value


def _holds(field: schema.Field, value: AttributeValue) -> bool:
    if isinstance(value, tuple):
        return field.vector and all(_holds_one(field.type, item) for item in value)
    return not field.vector and _holds_one(field.type, value)


def _holds_one(kind: str, value: object) -> bool:
    if kind in ("string", "Bool"):
        return isinstance(value, str if kind == "string" else bool)
    try:
        struct.pack(f"<{schema.SCALARS[kind]}", value)
    except (struct.error, OverflowError):
        return False
    return True


def _encode(root: Table) -> bytes:
    try:
        return encode(root)
    except (TypeError, ValueError, OverflowError, BuilderSizeError) as error:
        raise _inexpressible("the model", str(error)) from error


def _inexpressible(what: str, why: str) -> ModelError:
    return ModelError(f"{what} cannot be written as TFLite", why, "mend what made the model")
