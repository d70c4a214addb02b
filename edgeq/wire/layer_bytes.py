"""The bytes that each layer of a board wrote, put together of the parts that arrived."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from edgeq.wire.link import AGAIN, BoardError

_PLACE = struct.Struct("<HI")


class Place(NamedTuple):
    """A byte in all that the layers write: of a layer, so many bytes behind its first one."""

    layer: int
    offset: int


class Stretch(NamedTuple):
    """The bytes from `first` up to but not with `end`, in the order of the layers."""

    first: Place
    end: Place

    def packed(self) -> bytes:
        """Both places as a request has them."""
        return _PLACE.pack(*self.first) + _PLACE.pack(*self.end)


NOTHING = Stretch(Place(0, 0), Place(0, 0))


class LayerBytes:
    """What has come of one inference. sizes: bytes that each layer writes; no more are ever kept. left:
    how many have not come.
    """

    def __init__(self, sizes: Sequence[int]) -> None:
        self._sizes = tuple(sizes)
        self._starts = [0, *accumulate(self._sizes)]
        self.clear()

    def clear(self) -> None:
        """Nothing has come of the next inference."""
        self.left = self._starts[-1]
        self._data = bytearray(self.left)
        self._missing = bytearray(b"\1") * self.left  # a byte each, 0 where it has come

    def take(self, part: bytes) -> int:
        """Keeps a part: layer (2 bytes), offset (4 bytes), and bytes that the layer wrote from there.
        Gives how many of them had not come yet.

        Raises BoardError for bytes that no layer has.
        """
        data = part[_PLACE.size :]
        layer, offset = _PLACE.unpack_from(part.ljust(_PLACE.size, b"\xff"))
        if not data or layer >= len(self._sizes) or offset + len(data) > self._sizes[layer]:
            why = f"{len(data)} bytes came of layer {layer}, from byte {offset} on"
            raise BoardError("the board sends what no layer writes", why, AGAIN)
        begin = self._starts[layer] + offset
        place = slice(begin, begin + len(data))
        new = self._missing.count(1, place.start, place.stop)
        self._data[place] = data
        self._missing[place] = bytes(len(data))
        self.left -= new
        return new

    def missing(self) -> Stretch:
        """The shortest stretch with all bytes that have not come."""
        if not self.left:
            return NOTHING
        first = self._place(self._missing.index(1))
        last = self._place(self._missing.rindex(1))
        return Stretch(first, Place(last.layer, last.offset + 1))

    def _place(self, index: int) -> Place:
        layer = next(k for k, end in enumerate(self._starts[1:]) if index < end)
        return Place(layer, index - self._starts[layer])

    def of(self, layer: int) -> bytes:
        """What a layer wrote; zeros where nothing came."""
        return bytes(self._data[self._starts[layer] : self._starts[layer + 1]])

    def check(self, crcs: Sequence[int]) -> None:
        """Raises BoardError unless the bytes of each layer have the CRC-32 that the board says."""
        for layer, crc in enumerate(crcs):
            came = zlib.crc32(self.of(layer))
            if self._sizes[layer] and came != crc:
                why = f"their CRC-32 is {came:08x}, that of what it wrote {crc:08x}"
                raise BoardError(f"the board sent other bytes of layer {layer}", why, AGAIN)
