"""Packing of weights below 8 bits: int4, two per byte as in TFLite, and indices into tables of int8
values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

MAX_INDEX_BITS = 8


@dataclass(frozen=True)
class Codebook:
    """The tables of a constant int8 tensor that can be stored as indices of `bits` bits.

    bits: 1 to 8.
    tables: of equal length, at most 2**bits values of -128 to 127. One for the whole tensor, or one
        per group of neighbouring slices along `axis`: slice i uses table i * len(tables) //
        shape[axis].
    """

    bits: int
    tables: tuple[tuple[int, ...], ...]
    axis: int = 0

    @property
    def entries(self) -> int:
        return len(self.tables[0])

    def slices(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """An array of the tensor's shape, copied to [tables, elements per table], in the order of
        slices.
        """
        return np.ascontiguousarray(np.moveaxis(values, self.axis, 0)).reshape(len(self.tables), -1)

    def holds(self, values: npt.NDArray[np.int8]) -> bool:
        """Whether every value, int8 in the tensor's shape, occurs in its table."""
        known = np.zeros((len(self.tables), 256), bool)
        for row, table in zip(known, self.tables, strict=True):
            row[np.array(table) + 128] = True
        return bool(
            np.take_along_axis(known, self.slices(values).astype(np.int64) + 128, axis=1).all()
        )

    def indices(self, values: npt.NDArray[np.int8]) -> npt.NDArray[np.uint8]:
        """The index of each value in its table, uint8 in the tensor's shape; the first of several."""
        places = np.zeros((len(self.tables), 256), np.uint8)
        for row, table in zip(places, self.tables, strict=True):
            row[np.array(table[::-1]) + 128] = np.arange(len(table))[::-1]
        found = np.take_along_axis(places, self.slices(values).astype(np.int64) + 128, axis=1)
        return self._in_shape(found, values.shape)

    def values(self, indices: npt.NDArray[np.uint8]) -> npt.NDArray[np.int8]:
        """The int8 values of indices in the tensor's shape. Raises IndexError for an index beyond
        its table.
        """
        tables = np.array(self.tables, np.int8)
        found = np.take_along_axis(tables, self.slices(indices).astype(np.int64), axis=1)
        return self._in_shape(found, indices.shape)

    def packed_bytes(self, size: int) -> int:
        """Bytes of `size` indices and of the tables."""
        return packed_bytes(size, self.bits) + len(self.tables) * self.entries

    def _in_shape(self, slices: npt.NDArray[Any], shape: tuple[int, ...]) -> npt.NDArray[Any]:
        rest = shape[: self.axis] + shape[self.axis + 1 :]
        return np.ascontiguousarray(
            np.moveaxis(slices.reshape(shape[self.axis : self.axis + 1] + rest), 0, self.axis)
        )


def packed_bytes(size: int, bits: int) -> int:
    """Bytes of `size` elements of `bits` bits without gaps."""
    return (size * bits + 7) // 8


def pack_int4(values: npt.NDArray[Any]) -> bytes:
    """Integers of -8 to 7 in TFLite's int4 format: two per byte, the first in the low half.

    >>> pack_int4(np.array([1, -1, 7])).hex()
    'f107'
    """
    nibbles = np.zeros(values.size + values.size % 2, np.uint8)
    nibbles[: values.size] = values.astype(np.int8).ravel().view(np.uint8) & 15
    return (nibbles[::2] | nibbles[1::2] << 4).tobytes()


def unpack_int4(content: bytes, size: int) -> npt.NDArray[np.int8]:
    """The first `size` elements of a TFLite int4 buffer, as int8.

    >>> unpack_int4(b"\\xf1\\x07", 3)
    array([ 1, -1,  7], dtype=int8)
    """
    pairs = np.frombuffer(content, np.int8)
    both: npt.NDArray[np.int8] = np.stack([pairs << 4 >> 4, pairs >> 4], axis=1)
    return both.reshape(-1)[:size]


def pack_indices(indices: npt.NDArray[Any], bits: int) -> bytes:
    """Indices below 2**bits as a bit string, most significant bit first.

    Source: TFLM's micro/compression/metadata.fbs.

    >>> pack_indices(np.array([7, 0, 3, 2]), 3).hex()
    'e1a0'
    """
    return np.packbits(
        np.unpackbits(indices.astype(np.uint8).reshape(-1, 1), axis=1)[:, 8 - bits :]
    ).tobytes()


def unpack_indices(content: bytes, size: int, bits: int) -> npt.NDArray[np.uint8]:
    """The first `size` indices of `bits` bits, uint8.

    >>> unpack_indices(bytes.fromhex("e1a0"), 4, 3)
    array([7, 0, 3, 2], dtype=uint8)
    """
    held = np.unpackbits(np.frombuffer(content, np.uint8))[: size * bits].reshape(size, bits)
    padded = np.zeros((size, 8), np.uint8)
    padded[:, 8 - bits :] = held
    return np.packbits(padded, axis=1).ravel()
