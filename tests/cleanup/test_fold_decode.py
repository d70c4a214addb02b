"""Constants that TFLM decompresses during inference: the data of TFLM's own tests, and layers with such
weights against TFLM, which decodes them by itself.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from ops.harness import agrees, constant, quantized
from ops.loops import ADD

from edgeq.cleanup import clean_up, cleaned
from edgeq.cleanup.fold_decode import CODE
from edgeq.errors import UnsupportedError
from edgeq.graph import Graph, Model, Op, Quantization, Tensor
from edgeq.graph.packing import pack_indices
from edgeq.ops import bind
from edgeq.simulate.compare import compare_with
from edgeq.simulate.execute import random_inputs
from edgeq.simulate.interpreter import interpreter_of
from edgeq.simulate.oracles import ORACLES

TABLE, CODES, PRUNED = 0, 1, 2
NO_BITS = bytes(10)
PRUNED_BITS = bytes([0xA5, 0x5A, *[0xA5] * 8])
"""kEncodedPrune of decode_state_prune_test.cc: 80 bits, of which 40 are set."""
CODED = bytes.fromhex("f00d79fc9c1a6e4c32af29b35df636025015 8ca795db29683fbab7edb119e2e0")
"""kEncodedHuffman of decode_state_huffman_test.cc."""
TEXT = b"nmmacnanefdacopjomeckifookhbdbdmjjdmjgojfecpbiibmanbbjbnlgjafejp"
"""What it says."""
CODE_TABLES = (
    *(0x986D, 0x9861, 0x986A, 0x0005, 0x0806, 0x0809, 0x000E, 0x000F),
    *(0x886F, 0x8868, 0x8864, 0x8864, 0x9069, 0x9066, 0x8863, 0x8863),
    *(0x0002, 0x906B, 0x8867, 0x886C, 0x8865, 0x8862, 0x8870, 0x886E),
)
"""kAncillaryDataHuffman16 there."""


def head(form: int, *parameters: int, version: int = 1) -> bytes:
    """The bytes before tables or values."""
    return bytes([form, version, 0, 0, 1, *parameters]).ljust(16, b"\0")


def content(name: str, data: bytes) -> Tensor:
    return constant(name, np.frombuffer(data, np.uint8))


def decoding(encoded: bytes, ancillary: bytes, y: Tensor) -> Graph:
    """The decoder alone."""
    op = Op("CUSTOM", (0, 1), (2,), custom_code=CODE)
    return Graph((content("encoded", encoded), content("tables", ancillary), y), (op,), (), (2,))


def decoded(encoded: bytes, ancillary: bytes, y: Tensor) -> Tensor:
    return cleaned(Model((decoding(encoded, ancillary, y),))).main.tensors[-1]


def channels(zero_points: Sequence[int], axis: int = 0) -> Quantization:
    return Quantization((0.5,) * len(zero_points), tuple(zero_points), axis)


def wide(table: Sequence[int]) -> list[int]:
    """A table of entries of 16 bits as one of 32."""
    return [(entry & 0xF800) << 16 | entry & 0x7FF for entry in table]


def test_huffman_codes_of_tflms_test() -> None:
    y = quantized("y", (64,))
    narrow = head(CODES, 2 << 4) + struct.pack("<24H", *CODE_TABLES)
    entries = head(CODES, 2 << 4 | 1) + struct.pack("<24I", *wide(CODE_TABLES))
    for tables, dtype in ((narrow, "int8"), (entries, "int8"), (entries, "int16")):
        made = decoded(CODED, tables, replace(y, dtype=dtype))
        assert bytes(made.array.tolist()) == TEXT
    with_16_bits = replace(y, dtype="int16")
    assert not decoded(CODED, narrow, with_16_bits).constant


def test_pruned_values_of_tflms_test() -> None:
    """DecodePrune of int8 with and without channels, and of int16 and float."""
    bits = np.unpackbits(np.frombuffer(PRUNED_BITS, np.uint8)).astype(bool)
    for dtype, by, zeros in (
        ("int8", channels([-128, 0]), np.repeat([-128, 0], 40)),
        ("int8", channels([-44]), np.full(80, -44)),
        ("int16", channels([0, 0]), np.zeros(80)),
        ("float32", None, np.zeros(80)),
    ):
        given = np.arange(1, 41).astype(dtype)
        y = Tensor("y", (2, 5, 8, 1), dtype, by)
        made = decoded(PRUNED_BITS, head(PRUNED) + given.tobytes(), y).array.ravel()
        want = zeros.astype(dtype)
        want[bits] = given
        np.testing.assert_array_equal(made, want)


def test_pruned_values_of_channels_along_the_last_axis() -> None:
    """kExpectPrune4: 40 channels."""
    zeros = [-(k % 20) for k in range(40)]
    values = bytes([17, 18, 19, 20] * 5 + [21, 22, 23, 24] * 5)
    y = Tensor("y", (1, 2, 1, 40), "int8", channels(zeros, 3))
    made = decoded(PRUNED_BITS, head(PRUNED) + values, y).array.ravel()
    assert made[:20].tolist() == [
        *(17, -1, 18, -3, -4, 19, -6, 20, -8, 17),
        *(-10, 18, 19, -13, 20, -15, 17, -17, 18, -19),
    ]
    assert made[40:50].tolist() == [21, -1, 22, -3, -4, 23, -6, 24, 21, -9]


@pytest.mark.parametrize(("bits", "axis"), [(1, 0), (3, 0), (4, 3), (7, 3)])
def test_tables_stay_as_codebooks(bits: int, axis: int) -> None:
    shape = (3, 2, 2, 5)
    random = np.random.default_rng(bits)
    tables = random.integers(-128, 128, (shape[axis], 1 << bits)).astype(np.int8)
    indices = random.integers(0, 1 << bits, shape)
    ancillary = head(TABLE, bits, 1 << bits) + tables.tobytes()
    y = Tensor("y", shape, "int8", channels([0] * shape[axis], axis))
    made = decoded(pack_indices(indices, bits), ancillary, y)
    channel = np.indices(shape)[axis]
    np.testing.assert_array_equal(made.array, tables[channel, indices])
    assert made.codebook is not None
    assert made.codebook.holds(made.array.astype(np.int8))


def test_a_table_of_reals() -> None:
    table = np.array([0.5, -1, 3], np.float32)
    indices = np.array([2, 0, 1, 1, 2])
    ancillary = head(TABLE, 2, 3) + table.tobytes()
    made = decoded(pack_indices(indices, 2), ancillary, Tensor("y", (5,), "float32"))
    np.testing.assert_array_equal(made.array, table[indices])


BROKEN = {
    "an index beyond its table": (b"\xff", head(TABLE, 2, 3) + b"\1\2\3"),
    "indices without bits": (b"\xff", head(TABLE, 0, 3) + b"\1\2\3"),
    "too few indices": (b"", head(TABLE, 2, 4) + b"\1\2\3\4"),
    "too few values": (b"\xff", head(PRUNED) + b"\1\2\3"),
    "a code without bits": (b"\0" * 8, head(CODES, 0) + b"\0\x80\0\x80"),
    "codes beyond their tables": (b"\xff" * 8, head(CODES, 0) + b"\0\x80"),
    "codes that go round": (b"\0" * 8, head(CODES, 0) + b"\0\0\0\0"),
    "another version": (b"\xff", head(TABLE, 2, 4, version=2) + b"\1\2\3\4"),
    "another form": (b"\xff", head(127) + b"\1\2\3\4"),
    "a short head": (b"\xff", b"\0\1"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_damaged_is_refused(name: str) -> None:
    graph = cleaned(Model((decoding(*BROKEN[name], quantized("y", (4,))),))).main
    with pytest.raises(UnsupportedError, match="unsupported operators: TFLM_DECODE"):
        bind(graph)


def test_an_encoding_that_is_computed_is_refused() -> None:
    graph = decoding(b"\xff", head(TABLE, 2, 4) + b"\1\2\3\4", quantized("y", (4,)))
    given = replace(graph.tensors[0], buffer=None)
    graph = replace(graph, tensors=(given, *graph.tensors[1:]), inputs=(0,))
    with pytest.raises(UnsupportedError, match="give the file from before compression"):
        bind(cleaned(Model((graph,))).main)


def adding(encoded: bytes, ancillary: bytes, w: Tensor) -> Model:
    """x + w of one type."""
    x, y = (replace(w, name=name) for name in "xy")
    tensors = (content("encoded", encoded), content("tables", ancillary), w, x, y)
    ops = (
        Op("CUSTOM", (0, 1), (2,), custom_code=CODE),
        Op("ADD", (3, 2), (4,), ADD, options_type="AddOptions"),
    )
    return Model((Graph(tensors, ops, (3,), (4,)),))


def codes(table: str, entries: Sequence[int], flag: int) -> bytes:
    return head(CODES, 2 << 4 | flag) + struct.pack(f"<24{table}", *entries)


WEIGHTS = {
    "table": (
        pack_indices(np.arange(60) % 8, 3),
        head(TABLE, 3, 8) + np.arange(-80, 80, 20, np.int8).tobytes(),
        quantized("w", (1, 60)),
    ),
    "pruned": (
        PRUNED_BITS,
        head(PRUNED) + np.arange(40, dtype=np.int8).tobytes(),
        quantized("w", (1, 80), zero_point=5),
    ),
    "codes": (CODED, codes("H", CODE_TABLES, 0), quantized("w", (1, 64))),
    "codes of 16 bits": (
        CODED,
        codes("I", wide(CODE_TABLES), 1),
        replace(quantized("w", (1, 64)), dtype="int16"),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", WEIGHTS)
def test_tflm_decodes_the_same(name: str) -> None:
    """The constants themselves, which TFLM computes, are compared as well."""
    clean = clean_up(adding(*WEIGHTS[name]))
    inputs = random_inputs(clean.model.main, 4)
    compared = compare_with(ORACLES["tflm"], clean, inputs, by=interpreter_of("tflm"))
    assert agrees(compared)
    assert compared.tensors == 2  # the constant and y
