"""Kernels whose weights stay packed in flash: int4, and indices into the tables of a codebook.

A kernel of packed weights is a plain one with another place for its weights. `packed` takes the plain kernel's call and
gives that of its twin, whose parameters hold the plain ones as `layer` and what packed_weights.h decodes as `packed`
(what packed_rows.h decodes before anything is computed as `rows`).
Codebooks that save no bytes, or whose tables are not those of output channels, stay expanded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from edgeq.graph.packing import pack_indices
from edgeq.opkit.columns import pairs_fit, pixel_overlap, tap_groups, unit_order
from edgeq.opkit.contract import KernelCall, Node, Parameter, Values
from edgeq.opkit.planes import cut_planes
from edgeq.opkit.windows import Window

EIGHT = 8  # codes that are decoded together
MOST_SETS = 4  # EDGEQ_MOST_SETS
PAIRS_PAY = {2: 64, 3: 256, 4: 1024}
"""Bits of an index -> weights of a table from which on a table of pairs saves more than making it takes."""

HELIUM_SET_BYTES = 64  # 16 taps of four columns
INT4_COLUMNS_BYTES, COLUMNS_BYTES = 1024, 2304
"""For the columns of more than one set of pixels. Decoding int4 takes a quarter of what four pixels take by it on a
Cortex-M4, an index as much as they do: memory is worth more there.
"""
CHUNK_BYTES = 2 * 256  # of fully_connected_packed_units.c

INTERLEAVED = ("depthwise_conv_2d", "depthwise_conv_2d_s16")
"""Kernels that read the weights of all channels side by side, where tables of their own would be looked up in turn."""

Fields = dict[str, Parameter | None]
Windows = tuple[Window, Window]


def packed(node: Node, call: KernelCall, windows: Windows | None = None) -> KernelCall:
    """The call of a kernel of plain weights, or that of its twin where the node's weights stay packed.

    windows: of a convolution, as `call` was made for.
    """
    source = call.source or node.kind.lower()
    if source not in TWINS or not packs(node) or (source in INTERLEAVED and _tables(node) > 1):
        return call
    twin = TWINS[source](node, call, windows)
    return replace(twin, function=_twin(call.function), source=_twin(source))


def packs(node: Node) -> bool:
    """Whether the weights are packed in a form that the kernels decode and that takes fewer bytes."""
    weights = node.input(1)
    if weights.codebook is None:
        return weights.dtype == "int4"
    of_channels = _tables(node) == 1 or weights.codebook.axis == _channel_axis(node)
    return of_channels and weights.stored_bytes < weights.nbytes


def codes(node: Node) -> Values:
    """The code of each weight, uint8 of the weights' shape: an index, or the four bits of an int4."""
    weights = node.input(1)
    values = weights.array.astype(np.int8, copy=False)
    return values.view(np.uint8) & 15 if weights.codebook is None else weights.codebook.indices(values)


def pack_int4_rows(rows: Values) -> Values:
    """uint8 [rows, codes] -> int8 [rows, eights, 4], as packed_weights.h says of int4; zeros behind the last code."""
    eights = _eights(rows)
    return np.asarray(eights[..., :4] << 4 | eights[..., 4:]).view(np.int8)


def pack_index_rows(rows: Values, bits: int) -> Values:
    """uint8 [rows, codes] -> int8 [rows * eights * bits + 3], as packed_weights.h says of indices."""
    content = pack_indices(_eights(rows), bits)
    return np.frombuffer(content + bytes(0 if bits == 4 else 3), np.int8)


def _eights(rows: Values) -> Values:
    """uint8 [rows, eights, 8], zeros behind the last code."""
    padded = np.zeros((len(rows), -(-rows.shape[1] // EIGHT) * EIGHT), np.uint8)
    padded[:, : rows.shape[1]] = rows
    return padded.reshape(len(rows), -1, EIGHT)


def _twin(name: str) -> str:
    return re.sub("depthwise_conv_2d|conv_2d|fully_connected", r"\g<0>_packed", name, count=1)


def _channel_axis(node: Node) -> int:
    return 3 if node.kind.lower() in INTERLEAVED else 0


def _layer(call: KernelCall) -> Fields:
    return {f"layer.{name}": None if name == "weights" else value for name, value in call.parameters.items()}


def _fields(node: Node, rows: Values, channels: int, pairs: bool = False) -> Fields:
    """The C fields of `edgeq_packed_weights`.

    rows: codes [rows, codes]; channels: how many rows the tables are spread over; pairs: whether they may be paired.
    """
    book = node.input(1).codebook
    fields: Fields = {"packed.eights": -(-rows.shape[1] // EIGHT), "packed.rows": len(rows)}
    if book is None:
        return fields | {"packed.bits": 4, "packed.sharing": 1, "packed.codes": pack_int4_rows(rows)}
    paying = rows.size >= len(book.tables) * PAIRS_PAY.get(book.bits, rows.size + 1)
    return fields | {
        "packed.bits": book.bits,
        "packed.sharing": channels // len(book.tables),
        "packed.entries": book.entries,
        "packed.pairs_bytes": 2 << 2 * book.bits if pairs and paying else 0,
        "packed.codes": pack_index_rows(rows, book.bits),
        "packed.tables": np.array(book.tables, np.int8),
    }


def _pairs_bytes(fields: Fields) -> int:
    size = fields.get("packed.pairs_bytes", 0)
    assert isinstance(size, int)
    return size


def _tables(node: Node) -> int:
    book = node.input(1).codebook
    return 1 if book is None else len(book.tables)


def _times_16(node: Node, pairs: bool) -> int:
    """Whether 16 times the weights of an int4 layer suit its inner loop: bytes are masked in fewer instructions than
    halves of them are extended. pairs: two products next to each other must fit int16.
    """
    if node.input(1).codebook is not None:
        return 0
    weights = 16 * node.input(1).array.astype(np.int64)
    filters = np.moveaxis(weights, _channel_axis(node), 0).reshape(node.output.shape[-1], -1)
    fits = 128 * np.abs(filters).sum(axis=1).max(initial=0) < 2**31
    return int(fits and (not pairs or pairs_fit(tap_groups(filters))))


def _filters(node: Node) -> Values:
    """Codes [filters, taps] in the order of the taps."""
    return np.moveaxis(codes(node), _channel_axis(node), 0).reshape(node.output.shape[-1], -1)


def _general(node: Node, call: KernelCall, windows: Windows | None) -> KernelCall:
    """conv_2d_packed.c, fully_connected_packed.c and those of int16: a row for each filter, decoded alone."""
    filters = _filters(node)
    fields = _fields(node, filters, len(filters))
    layer = _layer(call) if windows else {name: v for name, v in call.parameters.items() if name != "weights"}
    scratch_bytes = EIGHT * -(-filters.shape[1] // EIGHT)
    return replace(call, parameters={**layer, **fields}, scratch_bytes=scratch_bytes)


def _columns(node: Node, call: KernelCall, windows: Windows | None) -> KernelCall:
    """conv_2d_packed_columns.c: filters are decoded for several sets of four pixels each."""
    assert windows is not None
    filters = _filters(node)
    fields = _fields(node, filters, len(filters), pairs=True)
    groups = -(-filters.shape[1] // 4)
    set_bytes = max(32 * groups, HELIUM_SET_BYTES)
    most = INT4_COLUMNS_BYTES if node.input(1).codebook is None else COLUMNS_BYTES
    sets = min(max(most // set_bytes, 1), MOST_SETS)
    own: Fields = {
        "taps": filters.shape[1],
        "times_16": _times_16(node, pairs=True),
        "sets": sets,
        "set_bytes": set_bytes,
    }
    claimed = None if call.overlap == (None,) else pixel_overlap(node, *windows, pixels=4 * sets)
    scratch_bytes = sets * set_bytes + _pairs_bytes(fields) + 2 * EIGHT * -(-groups // 2) + 4 * groups
    return replace(call, parameters={**_layer(call), **fields, **own}, scratch_bytes=scratch_bytes, overlap=(claimed,))


def _decoded_first(node: Node, call: KernelCall, windows: Windows | None) -> KernelCall:
    """depthwise_conv_2d_packed*.c: all weights are decoded to scratch, in the order that the plain kernel knows."""
    weights = codes(node)
    if (call.source or node.kind.lower()) in INTERLEAVED:
        rows = weights.reshape(1, -1)
    else:
        assert windows is not None
        turned = not call.source.endswith("_rows") and cut_planes(*windows).turned
        rows = weights.transpose((3, 2, 1, 0) if turned else (3, 1, 2, 0)).reshape(_tables(node), -1)
    at = -(-call.scratch_bytes // EIGHT) * EIGHT
    own: Fields = {**_fields(node, rows, len(rows)), "weights_at": at, "row_bytes": rows.shape[1]}
    parameters = {**_layer(call), **{f"rows.{name}": value for name, value in own.items()}}
    return replace(call, parameters=parameters, scratch_bytes=at + weights.size + EIGHT)


def _units(node: Node, call: KernelCall, _: Windows | None) -> KernelCall:
    """fully_connected_packed_units.c: sets of four units, each set as two rows of codes."""
    sets = codes(node)[unit_order(node.output.shape[-1])].reshape(-1, 2, 2, node.input(1).shape[1] // 4, 4)
    rows = sets.transpose(0, 1, 3, 2, 4).reshape(2 * len(sets), -1)
    layer = {name: value for name, value in call.parameters.items() if name != "weights"}
    fields = _fields(node, rows, node.output.shape[-1], pairs=_tables(node) == 1)
    parameters = {**layer, **fields, "times_16": _times_16(node, pairs=False)}
    return replace(call, parameters=parameters, scratch_bytes=CHUNK_BYTES + _pairs_bytes(fields))


TWINS: Mapping[str, Callable[[Node, KernelCall, Windows | None], KernelCall]] = {
    "conv_2d": _general,
    "conv_2d_s16": _general,
    "conv_2d_columns": _columns,
    "conv_2d_columns_rows": _columns,
    "depthwise_conv_2d": _decoded_first,
    "depthwise_conv_2d_s16": _decoded_first,
    "depthwise_conv_2d_3x3": _decoded_first,
    "depthwise_conv_2d_3x3_rows": _decoded_first,
    "depthwise_conv_2d_planes": _decoded_first,
    "fully_connected": _general,
    "fully_connected_s16": _general,
    "fully_connected_units": _units,
}
"""The kernel's file -> how its twin is called."""
