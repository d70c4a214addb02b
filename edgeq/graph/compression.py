"""Codebooks in files: TFLM's lookup-table compression where it can express them, else metadata of
edgeq's own.

In TFLM's format (micro/compression/metadata.fbs, docs/compression.md) a tensor's buffer holds the
indices, another buffer the tables, and a metadata entry names both. It has one table for a
per-tensor scale, or one per scale along the first or last axis, with indices of up to 7 bits. If
there are fewer tables than scales, they are repeated, and edgeq's own entry records the original
ones. Where that format cannot express a codebook or saves nothing, the buffer holds plain values,
which every runtime reads, with edgeq's own entry beside it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from edgeq.errors import ModelError
from edgeq.graph.decode import Table, damaged, decode_metadata
from edgeq.graph.encode import encode_metadata
from edgeq.graph.graph_rules import CODEBOOK_ENTRIES
from edgeq.graph.model import Graph, Model, Tensor
from edgeq.graph.packing import Codebook, pack_indices, packed_bytes, unpack_indices
from edgeq.graph.regions import without_regions
from edgeq.graph.rule import brief

TFLM_ENTRY, OWN_ENTRY = CODEBOOK_ENTRIES
TFLM_VERSION = 1
TFLM_BITS = 7
_HEAD = struct.Struct(
    "<IIBBIH"
)  # subgraph, tensor, bits, axis, number of tables, values in each; then all values

Place = tuple[int, int]
"""Subgraph and tensor."""


def expanded(model: Model) -> Model:
    """The model without codebooks, with equal values: for runtimes that do not support them. Regions
    are subgraphs, as in the file.
    """
    flat = without_regions(model)
    return replace(flat, graphs=tuple(_without(graph) for graph in flat.graphs))


def _without(graph: Graph) -> Graph:
    return replace(graph, tensors=tuple(replace(tensor, codebook=None) for tensor in graph.tensors))


def in_tflm(tensor: Tensor) -> bool:
    """Whether the file holds the tensor as indices in TFLM's format."""
    book, (tables, axis) = tensor.codebook, _slices(tensor)
    if (
        book is None
        or not tensor.size
        or book.bits > TFLM_BITS
        or axis not in (0, len(tensor.shape) - 1)
    ):
        return False
    fits = tables % len(book.tables) == 0 and (len(book.tables) == 1 or book.axis == axis)
    saves = packed_bytes(tensor.size, book.bits) + len(value_tables(tensor)) < tensor.size
    return fits and (saves or _as_tflm_says(tensor))


def _slices(tensor: Tensor) -> tuple[int, int]:
    """How many tables TFLM reads, and along which axis: as many as the tensor has scales."""
    by = tensor.quantization
    return (len(by.scale), by.axis) if by is not None and by.per_channel else (1, 0)


def _as_tflm_says(tensor: Tensor) -> bool:
    """Whether TFLM's format expresses the codebook without repeating tables."""
    book = tensor.codebook
    return book is not None and (len(book.tables), book.axis) == _slices(tensor)


def content(tensor: Tensor) -> bytes:
    """The bytes of a tensor's buffer in a file: packed indices where TFLM's format is used, else
    values; empty for a tensor that is not constant.
    """
    book = tensor.codebook
    if book is None or tensor.buffer is None or not in_tflm(tensor):
        return tensor.buffer or b""
    return pack_indices(book.indices(tensor.array.astype(np.int8, copy=False)), book.bits)


def value_tables(tensor: Tensor) -> bytes:
    """The codebook's tables as TFLM reads them, concatenated."""
    if tensor.codebook is None:
        return b""
    tables = np.array(tensor.codebook.tables, np.int8)
    return np.repeat(tables, -(-_slices(tensor)[0] // len(tables)), axis=0).tobytes()


def entries(model: Model, buffers: Mapping[bytes, int]) -> tuple[tuple[str, bytes], ...]:
    """The metadata entries that describe the codebooks. buffers: value table -> index of its
    buffer.
    """
    in_files = [(place, tensor) for place, tensor in _coded(model) if in_tflm(tensor)]
    told = {place for place, tensor in in_files if _as_tflm_says(tensor)}
    own = b"".join(_own(place, tensor) for place, tensor in _coded(model) if place not in told)
    found = ((TFLM_ENTRY, _tflm(len(model.graphs), in_files, buffers)),) if in_files else ()
    return (*found, (OWN_ENTRY, own)) if own else found


def _coded(model: Model) -> Iterator[tuple[Place, Tensor]]:
    for number, graph in enumerate(model.graphs):
        for index, tensor in enumerate(graph.tensors):
            if tensor.codebook is not None:
                yield (number, index), tensor


def _tflm(
    graphs: int, tensors: Sequence[tuple[Place, Tensor]], buffers: Mapping[bytes, int]
) -> bytes:
    rows: list[list[Table]] = [[] for _ in range(graphs)]
    for (graph, index), tensor in tensors:
        bits = tensor.codebook.bits if tensor.codebook else 0
        rows[graph].append(
            {"tensor": index, "value_buffer": buffers[value_tables(tensor)], "index_bitwidth": bits}
        )
    return encode_metadata(
        {"schema_version": TFLM_VERSION, "subgraphs": [{"lut_tensors": row} for row in rows]}
    )


def _own(place: Place, tensor: Tensor) -> bytes:
    book = tensor.codebook
    assert book is not None
    head = _HEAD.pack(*place, book.bits, book.axis, len(book.tables), book.entries)
    return head + np.array(book.tables, np.int8).tobytes()


def restore(model: Model, buffers: Sequence[bytes]) -> Model:
    """The model with the codebooks that its metadata describes, and without these metadata entries.

    Raises ModelError for metadata that does not fit the tensors: unknown versions, wrong widths,
    short buffers, invalid indices.
    """
    named = dict(model.metadata)
    if not set(named) & set(CODEBOOK_ENTRIES):
        return model
    found = [
        *_read_tflm(named.get(TFLM_ENTRY, b""), buffers),
        *_read_own(named.get(OWN_ENTRY, b"")),
    ]
    graphs = [list(graph.tensors) for graph in model.graphs]
    for (graph, index), read in found:
        if graph >= len(graphs) or not 0 <= index < len(graphs[graph]):
            raise damaged(
                f"a codebook is that of tensor {index} of subgraph {graph}, which do not exist"
            )
        graphs[graph][index] = read(graphs[graph][index])
    kept = tuple(entry for entry in model.metadata if entry[0] not in CODEBOOK_ENTRIES)
    both = zip(model.graphs, graphs, strict=True)
    return replace(
        model, metadata=kept, graphs=tuple(replace(g, tensors=tuple(t)) for g, t in both)
    )


Read = Callable[[Tensor], Tensor]
"""A tensor as stored in the file -> the tensor with its values and its codebook."""


def _read_own(data: bytes) -> Iterator[tuple[Place, Read]]:
    at = 0
    while at < len(data):
        if at + _HEAD.size > len(data):
            raise damaged(f"its entry {OWN_ENTRY} ends within a head of {_HEAD.size} bytes")
        graph, index, bits, axis, tables, size = _HEAD.unpack_from(data, at)
        at += _HEAD.size
        values = data[at : at + tables * size]
        if tables * size == 0 or len(values) < tables * size:
            raise damaged(f"its entry {OWN_ENTRY} ends within {tables} tables of {size} values")
        at += tables * size
        yield (graph, index), _keeping(_book(bits, axis, tables, values))


def _keeping(book: Codebook) -> Read:
    return lambda tensor: replace(tensor, codebook=book)


def _book(bits: int, axis: int, tables: int, values: bytes) -> Codebook:
    rows = np.frombuffer(values, np.int8).reshape(tables, -1).tolist()
    return Codebook(bits, tuple(map(tuple, rows)), axis)


def _read_tflm(data: bytes, buffers: Sequence[bytes]) -> Iterator[tuple[Place, Read]]:
    if not data:
        return
    root = decode_metadata(data)
    if root["schema_version"] > TFLM_VERSION:
        raise damaged(
            f"its {TFLM_ENTRY} has version {root['schema_version']}, known is {TFLM_VERSION}"
        )
    for graph, row in enumerate(root["subgraphs"] or ()):
        for lut in row["lut_tensors"] or ():
            if lut["value_buffer"] >= len(buffers):
                raise damaged(f"it refers to buffer {lut['value_buffer']} of {len(buffers)}")
            yield (
                (graph, lut["tensor"]),
                _decoding(lut["index_bitwidth"], buffers[lut["value_buffer"]]),
            )


def _decoding(bits: int, values: bytes) -> Read:
    def read(tensor: Tensor) -> Tensor:
        (tables, axis), held = _slices(tensor), tensor.buffer or b""
        _check(tensor, bits, values, tables, axis)
        book = _book(bits, axis, tables, values)
        indices = unpack_indices(held, tensor.size, bits)
        if int(indices.max(initial=0)) >= book.entries:
            raise _unfit(
                tensor,
                f"the index {int(indices.max())}",
                f"one below {book.entries}, its table's length",
            )
        return replace(
            tensor, buffer=book.values(indices.reshape(tensor.shape)).tobytes(), codebook=book
        )

    return read


def _check(tensor: Tensor, bits: int, values: bytes, tables: int, axis: int) -> None:
    if tensor.dtype != "int8" or not tensor.buffer or min(tensor.shape, default=0) < 1:
        raise _unfit(
            tensor,
            f"the type {tensor.dtype} and the shape {brief(tensor.shape)}",
            "constants of int8",
        )
    if not 1 <= bits <= TFLM_BITS:
        raise _unfit(tensor, f"indices of {bits} bits", f"1 to {TFLM_BITS}")
    if len(tensor.buffer) != packed_bytes(tensor.size, bits):
        expected = f"{packed_bytes(tensor.size, bits)} for {tensor.size} of {bits} bits"
        raise _unfit(tensor, f"{len(tensor.buffer)} bytes of indices", expected)
    if not values or len(values) % tables or len(values) // tables > 1 << bits:
        raise _unfit(
            tensor, f"{len(values)} bytes of values", f"{tables} tables of 1 to {1 << bits} each"
        )
    if axis not in (0, len(tensor.shape) - 1) or (tables > 1 and tensor.shape[axis] != tables):
        raise _unfit(
            tensor,
            f"{tables} scales along axis {axis}",
            "one for each slice along its first or last axis",
        )


def _unfit(tensor: Tensor, got: str, expected: str) -> ModelError:
    what = f"the compressed tensor {brief(tensor.name)} has {got}"
    return ModelError(what, f"expected {expected}", "compress or convert the model again")
