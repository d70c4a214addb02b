"""Reads a TFLite file as a Model: what the tables mean. `decode` reads the tables, `check` checks
the model.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from edgeq.errors import ModelError
from edgeq.graph import schema
from edgeq.graph.check import check_model
from edgeq.graph.compression import restore
from edgeq.graph.custom import with_known_kind
from edgeq.graph.decode import Source, Table, damaged, decode
from edgeq.graph.internal import with_results
from edgeq.graph.model import AttributeValue, Graph, Model, Op, Quantization, Signature, Tensor
from edgeq.graph.nested import nested
from edgeq.graph.rule import brief

Item = TypeVar("Item")

MAX_FILE_BYTES = 1 << 28  # read into memory as a whole; no microcontroller has a tenth of it
ZIP, HDF5 = b"PK\x03\x04", b"\x89HDF\r\n\x1a\n"  # first bytes of such files
KERAS_WEIGHTS = (
    b"model.weights.h5"  # the name of a part of every .keras file, which is a zip archive
)


def read_tflite(source: bytes | Path) -> Model:
    """The model of a TFLite file, given as bytes or path, checked by `check_model`.

    A tensor without a buffer that is not an input, a variable or an operator's output is constant
    if it has no elements. Variables are tensors, see `variables`; subgraphs that operators call are
    regions of theirs, see `regions`.

    Not kept, because they affect no computed byte: minimum and maximum of
    quantization, debug metadata, the deprecated list of metadata buffers, and which inputs an
    operator modifies (`Tensor.variable` tells).

    Raises ModelError for a file that cannot be read, is damaged or inconsistent, or that has what
    Model cannot represent: sparse tensors, custom quantization, operator options other than names
    and numbers.
    """
    data = _file_bytes(source) if isinstance(source, Path) else bytes(source)
    root, file = _decoded(data, source)
    buffers = [_buffer(file, table) for table in root["buffers"] or ()]
    codes = [_operator_code(table) for table in root["operator_codes"] or ()]
    model = Model(
        graphs=tuple(_graph(table, buffers, codes, file) for table in root["subgraphs"] or ()),
        description=root["description"] or "",
        signatures=tuple(_signature(table) for table in root["signature_defs"] or ()),
        metadata=tuple(_metadata(table, buffers) for table in root["metadata"] or ()),
        version=root["version"],
    )
    model = restore(model, buffers)
    check_model(model)
    return nested(model)


def _decoded(data: bytes, source: Path | bytes) -> tuple[Table, Source]:
    """The root table and the file's bytes; errors name the file if there is a path."""
    try:
        return decode(data)
    except ModelError as error:
        if not isinstance(source, Path):
            raise
        why = "the file is empty" if not data else error.why
        raise ModelError(f"{brief(str(source))}: {error.what}", why, error.remedy) from error


def _file_bytes(path: Path) -> bytes:
    if (path / "saved_model.pb").is_file():
        raise _unconverted(path, "SavedModel")
    try:
        size = path.stat().st_size
        if path.is_file() and size <= MAX_FILE_BYTES:
            data = path.read_bytes()
            if data.startswith(HDF5) or (data.startswith(ZIP) and KERAS_WEIGHTS in data):
                raise _unconverted(path, "Keras model")
            return data
        why = (
            f"it has {size:,} bytes, at most {MAX_FILE_BYTES:,} are read"
            if path.is_file()
            else "it is no file"
        )
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
    raise ModelError(f"cannot read {brief(str(path))}", why, "name an existing .tflite file")


def _unconverted(path: Path, kind: str) -> ModelError:
    command = f"edgeq convert {shlex.quote(str(path))} -o {shlex.quote(path.stem)}.tflite --calibration DATA"
    return ModelError(
        f"cannot read {brief(str(path))}",
        f"it is a {kind}, not a .tflite file",
        f"run `{command}` first",
    )


def _at(items: Sequence[Item], index: int, what: str) -> Item:
    if not 0 <= index < len(items):
        raise damaged(f"it refers to {what} {index} of {len(items)}")
    return items[index]


def _outside(file: Source, offset: int, size: int) -> bytes | None:
    """Data that a file of over 2 GB stores behind its tables; None for offsets 0 and 1."""
    return file.take(offset, size) if offset > 1 else None


def _buffer(file: Source, table: Table) -> bytes:
    outside = _outside(file, table["offset"], table["size"])
    return (table["data"] or b"") if outside is None else outside


def _operator_code(table: Table) -> tuple[str, str, int]:
    number = max(table["deprecated_builtin_code"], table["builtin_code"])
    kind = schema.enum_names("BuiltinOperator").get(number)
    if kind is None:
        raise damaged(f"it uses operator number {number}, which the schema does not know")
    return kind, table["custom_code"] or "", table["version"]


def _metadata(table: Table, buffers: Sequence[bytes]) -> tuple[str, bytes]:
    return table["name"] or "", _at(buffers, table["buffer"], "buffer")


def _signature(table: Table) -> Signature:
    inputs, outputs = (
        tuple((entry["name"] or "", entry["tensor_index"]) for entry in table[side] or ())
        for side in ("inputs", "outputs")
    )
    return Signature(table["signature_key"] or "", inputs, outputs, table["subgraph_index"])


def _graph(
    table: Table, buffers: Sequence[bytes], codes: Sequence[tuple[str, str, int]], file: Source
) -> Graph:
    ops = tuple(_op(operator, codes, file) for operator in table["operators"] or ())
    inputs = table["inputs"] or ()
    filled = {*inputs, *(index for op in ops for index in op.outputs)}
    tensors = tuple(
        _tensor(tensor, _at(buffers, tensor["buffer"], "buffer"), filled=index in filled)
        for index, tensor in enumerate(table["tensors"] or ())
    )
    tensors = tuple(with_results(tensors, ops))
    return Graph(tensors, ops, inputs, table["outputs"] or (), table["name"] or "")


def _tensor(table: Table, content: bytes, *, filled: bool) -> Tensor:
    name, shape = table["name"] or "", table["shape"] or ()
    dtype = schema.enum_names("TensorType").get(table["type"])
    if dtype is None:
        raise damaged(
            f"tensor {brief(name)} has the type number {table['type']}, which the schema does not know"
        )
    if table["sparsity"] is not None:
        raise _beyond(f"tensor {brief(name)} is sparse", "convert the model without sparse weights")
    if table["variant_tensors"]:
        raise _beyond(
            f"tensor {brief(name)} is a variant", "convert the model without variant tensors"
        )
    empty_constant = 0 in shape and not filled and not table["is_variable"]
    return Tensor(
        name=name,
        shape=shape,
        dtype=dtype.lower(),
        quantization=_quantization(name, len(shape), table["quantization"]),
        buffer=content if content or empty_constant else None,
        variable=table["is_variable"],
        shape_signature=table["shape_signature"] or None,
    )


def _quantization(name: str, rank: int, table: Table | None) -> Quantization | None:
    if table is None:
        return None
    if table["details"] is not None:
        raise _beyond(
            f"tensor {brief(name)} has custom quantization",
            "convert the model with TFLite's own quantization",
        )
    scale = table["scale"] or ()
    axis = (
        0 if rank == 1 else table["quantized_dimension"]
    )  # TF 1.15 gave a bias the axis of its weights
    return Quantization(scale, table["zero_point"] or (), axis) if scale else None


def _op(table: Table, codes: Sequence[tuple[str, str, int]], file: Source) -> Op:
    kind, custom_code, version = _at(codes, table["opcode_index"], "operator code")
    options = [
        found
        for found in (table["builtin_options"], table["builtin_options2"])
        if found is not None
    ]
    if len(options) > 1:
        raise damaged(f"a {kind} operator has two tables of options")
    options_type, values = options[0] if options else ("", {})
    custom = _outside(
        file, table["large_custom_options_offset"], table["large_custom_options_size"]
    )
    op = Op(
        kind=kind,
        inputs=table["inputs"] or (),
        outputs=table["outputs"] or (),
        attributes=_attributes(kind, options_type, values),
        version=version,
        intermediates=table["intermediates"] or (),
        custom_code=custom_code,
        custom_options=(table["custom_options"] or b"") if custom is None else custom,
        options_type=options_type,
    )
    return with_known_kind(op)


def _attributes(
    kind: str, options_type: str, values: Table
) -> tuple[tuple[str, AttributeValue], ...]:
    return tuple(
        (name, _attribute(kind, options_type, name, value))
        for name, value in sorted(values.items())
        if value is not None
    )


def _attribute(kind: str, options_type: str, name: str, value: object) -> AttributeValue:
    if isinstance(value, int) and not isinstance(value, bool) and name in schema.ENUMS:
        named = schema.enum_names(schema.ENUMS[name]).get(value)
        if named is None:
            raise damaged(
                f"the {name} of a {kind} operator is {value}, which the schema does not know"
            )
        return named
    if isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, tuple) and _plain(value):
        return value
    raise _beyond(
        f"the {name} of a {kind} operator ({options_type}) is no plain value", "convert without it"
    )


def _plain(values: Iterable[object]) -> bool:
    return all(isinstance(value, int | float) for value in values)


def _beyond(what: str, remedy: str) -> ModelError:
    return ModelError(what, "edgeq's model cannot hold that", remedy)
