"""Weights that stay packed in flash, int4 or indices into the tables of a codebook, and how kernels
decode them.

The parameters of a kernel of packed weights hold what packed_weights.h decodes as `packed` (what
packed_rows.h decodes before anything is computed as `rows`). Most of them hold the parameters of a
kernel of plain weights as `layer`, without its weights.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edgeq.graph.packing import pack_indices
from edgeq.opkit.im2col import dual_multiply_fits, tap_groups
from edgeq.opkit.kernel_call import nested
from edgeq.opkit.node import Values
from edgeq.opkit.variants import Fields, Kernel, Layer, Layout

EIGHT = 8  # codes that are decoded together
PAIRS_PAY = {2: 64, 3: 256, 4: 1024}
"""Bits of an index -> weights of a table from which on a table of pairs saves more than making it
takes.
"""

FILTER_ROWS = Layout("codes, a row for each filter", Layer.filters)
ONE_ROW = Layout("codes, one row as the file has them", lambda _, coded: coded.reshape(1, -1))


def pack_int4_rows(rows: Values) -> Values:
    """uint8 [rows, codes] -> int8 [rows, eights, 4], as packed_weights.h says of int4; zeros behind
    the last code.
    """
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


def packed_fields(layer: Layer, rows: Values | None, channels: int, pairs: bool = False) -> Fields:
    """The C fields of the struct `edgeq_packed_weights`.

    rows: codes [rows, codes]; channels: the number of rows or output channels that the codebook's
    tables are spread over; pairs: whether a table of pairs may be used.
    """
    assert rows is not None
    book = layer.node.input(1).codebook
    fields: Fields = {"packed.eights": -(-rows.shape[1] // EIGHT), "packed.rows": len(rows)}
    if book is None:
        return fields | {
            "packed.bits": 4,
            "packed.sharing": 1,
            "packed.codes": pack_int4_rows(rows),
        }
    return fields | {
        "packed.bits": book.bits,
        "packed.sharing": channels // len(book.tables),
        "packed.entries": book.entries,
        "packed.pairs_bytes": pairs_bytes(layer, rows.size) if pairs else 0,
        "packed.codes": pack_index_rows(rows, book.bits),
        "packed.tables": np.array(book.tables, np.int8),
    }


def pairs_bytes(layer: Layer, count: int) -> int:
    """The bytes of a table of all pairs of a codebook's values, 0 if building it at run time does
    not pay.

    count: the number of codes that are looked up.
    """
    book = layer.node.input(1).codebook
    if book is None or book.bits not in PAIRS_PAY:
        return 0
    return 2 << 2 * book.bits if count >= len(book.tables) * PAIRS_PAY[book.bits] else 0


def times_16(layer: Layer, pairs: bool) -> int:
    """1 if the inner loop of an int4 layer may use 16 times the weights, else 0: masking a nibble
    takes fewer instructions than sign-extending it.

    pairs: whether the sum of two neighbouring products must fit int16.
    """
    if layer.node.input(1).codebook is not None:
        return 0
    filters = 16 * layer.filters(layer.node.input(1).array.astype(np.int64))
    fits = 128 * np.abs(filters).sum(axis=1).max(initial=0) < 2**31
    return int(fits and (not pairs or dual_multiply_fits(tap_groups(filters))))


def filter_bytes(layer: Layer) -> int:
    """Scratch bytes for one decoded filter."""
    return EIGHT * -(-layer.taps // EIGHT)


def filter_by_filter(plain: Kernel, file: str, function: str) -> Kernel:
    """A convolution kernel that decodes one filter after the other to scratch. plain: the kernel of
    plain weights that it is derived from.
    """

    def parameters(layer: Layer, rows: Values | None) -> Fields:
        return nested("layer", plain.parameters(layer, None)) | packed_fields(
            layer, rows, layer.channels
        )

    return Kernel(file, function, FILTER_ROWS, parameters, filter_bytes)


def decoded_first(plain: Kernel, layout: Layout, file: str, function: str) -> Kernel:
    """A kernel that decodes all weights to scratch first, behind its own scratch, in the order that
    a kernel of plain weights reads. plain: that kernel.
    """

    def parameters(layer: Layer, rows: Values | None) -> Fields:
        assert rows is not None
        own = packed_fields(layer, rows, len(rows)) | {
            "weights_at": _aligned(plain.scratch(layer)),
            "row_bytes": rows.shape[1],
        }
        fields = nested("layer", plain.parameters(layer, None))
        return fields | {f"rows.{name}": value for name, value in own.items()}

    def scratch(layer: Layer) -> int:
        return _aligned(plain.scratch(layer)) + layer.node.input(1).size + EIGHT

    return replace(
        plain,
        file=file,
        function=function,
        layout=layout,
        parameters=parameters,
        scratch=scratch,
    )


def _aligned(nbytes: int) -> int:
    return -(-nbytes // EIGHT) * EIGHT
