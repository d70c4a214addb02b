"""What TFLM's decoder makes of compressed constants (micro/kernels/decode_state_lut.cc,
decode_state_prune.cc, decode_state_huffman.cc): values of index tables, pruned values, Huffman codes.

Bits of an encoding are read from the highest one of its first byte on. Each decoder raises ValueError
for data that is too short or of another version.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from edgeq.graph import DTYPES, Tensor
from edgeq.opkit.node import Values

HEAD = 16  # bytes before tables and values
_VERSION, _PARAMETERS, _STRIDE = 4, 5, 6  # their places
_BITS = 0x07  # of an index
_WIDE, _INITIAL = (
    0x01,
    4,
)  # a flag for entries of 32 bits; the place of the first table's bits less 1


def from_table(encoded: bytes, head: bytes, y: Tensor) -> Values:
    """Values by their indices of 1 to 7 bits into the table of their channel, which lie one behind
    the other. Channels are the slices along the axis of y's scales, the first or the last one.
    """
    bits, stride = head[_PARAMETERS] & _BITS, head[_STRIDE]
    indices = _indices(encoded, y.size, bits).reshape(y.shape)
    by, channels = y.quantization, np.zeros(y.shape, np.int64)
    if by is not None and by.per_channel:
        axis = channel_axis(y)
        shape = tuple(len(by.scale) if a == axis else 1 for a in range(len(y.shape)))
        channels = channels + np.arange(len(by.scale)).reshape(shape)
    values = _values(head, y.dtype)
    places = channels * stride + indices
    if places.max(initial=0) >= len(values):
        raise ValueError("an index is beyond its table")
    return np.asarray(values[places])


def from_pruned(encoded: bytes, head: bytes, y: Tensor) -> Values:
    """A bit for each element: 1 for the next of the values, 0 for the zero of its channel."""
    given = _unpacked(encoded, y.size).astype(bool).reshape(y.shape)
    zeros: npt.NDArray[np.int64] = np.zeros(y.shape, np.int64)
    by = y.quantization
    if by is not None and any(by.zero_point):
        if y.dtype != "int8":
            raise ValueError("only int8 has zero points")
        if by.per_channel:
            axis = channel_axis(y)
            shape = tuple(len(by.scale) if a == axis else 1 for a in range(len(y.shape)))
            zeros = zeros + np.array(by.zero_point).reshape(shape)
        else:
            zeros = zeros + by.zero_point[0]
    values, made = _values(head, y.dtype), zeros.astype(DTYPES[y.dtype])
    if given.sum() > len(values):
        raise ValueError("there are fewer values than elements that are not pruned")
    made[given] = values[: given.sum()]
    return made


def from_codes(encoded: bytes, head: bytes, y: Tensor) -> Values:
    """Huffman codes. An entry of a table is a symbol with how many of the bits that were read belong
    to it, or where the next table lies, counted from that entry's own table on, and how many bits select
    an entry there.
    """
    wide = bool(head[_PARAMETERS] & _WIDE)
    if y.dtype != "int8" and not (wide and y.dtype == "int16"):
        raise ValueError("such codes are of int8, or with wide tables of int16")
    table = np.frombuffer(head[HEAD:], "<u4" if wide else "<u2", count=_whole(head, wide)).tolist()
    found, counted, shift = (1 << 31, 15, 27) if wide else (1 << 15, 15, 11)
    first, mask = (head[_PARAMETERS] >> _INITIAL) + 1, (1 << shift) - 1
    stream = _unpacked(encoded, 8 * len(encoded))
    padded = (
        "".join(map(str, stream.tolist())) + "0" * 32
    )  # the last code may be read beyond its end
    at, symbols = 0, list[int]()
    for _ in range(y.size):
        place, start, count = 0, at, first
        while True:
            if at + count > len(padded):
                raise ValueError("the codes end before the last element")
            place += int(padded[at : at + count], 2)
            at += count
            if place >= len(table):
                raise ValueError("a code is beyond its tables")
            entry = table[place]
            if entry & found:
                break
            count = (entry >> shift & counted) + 1
            place += entry & mask
        at -= max(0, count - (entry >> shift & counted))
        if at <= start:
            raise ValueError("a code has no bits")
        if at > len(stream):
            raise ValueError("the codes end before the last element")
        symbols.append(entry & mask)
    made = np.array(symbols, np.uint32).astype("<u2").view("<i2")
    return made.astype(DTYPES[y.dtype]).reshape(y.shape)


def channel_axis(y: Tensor) -> int:
    """The axis of a tensor's scales. Raises ValueError where it is neither the first nor the last."""
    by = y.quantization
    axis = 0 if by is None else by.axis
    if by is None or axis not in (0, len(y.shape) - 1) or y.shape[axis] != len(by.scale):
        raise ValueError("its scales are not along the first or the last axis")
    return axis


def _whole(head: bytes, wide: bool) -> int:
    return (len(head) - HEAD) // (4 if wide else 2)


def _values(head: bytes, dtype: str) -> Values:
    kind = DTYPES[dtype].newbyteorder("<")
    count = (len(head) - HEAD) // kind.itemsize
    return np.frombuffer(head, kind, count, HEAD).astype(DTYPES[dtype])


def _unpacked(encoded: bytes, count: int) -> npt.NDArray[np.uint8]:
    if count > 8 * len(encoded):
        raise ValueError("there are fewer bits than elements")
    return np.unpackbits(np.frombuffer(encoded, np.uint8), count=count)


def _indices(encoded: bytes, count: int, bits: int) -> npt.NDArray[np.int64]:
    if bits == 0:
        raise ValueError("its indices have no bits")
    weights = 1 << np.arange(bits - 1, -1, -1)
    return np.asarray(_unpacked(encoded, count * bits).reshape(count, bits) @ weights, np.int64)
