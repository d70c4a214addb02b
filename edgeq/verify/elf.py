"""The little of ELF that verification reads: sections, loadable segments, symbols; 32 or 64 bits,
any byte order.
"""

from __future__ import annotations

import struct
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, takewhile

from edgeq.errors import EdgeqError

ALLOC, EXECUTE, NOBITS, LOAD, SYMBOLS = 2, 4, 8, 1, 2

# By class (1: 32 bits, 2: 64 bits). Header from byte 16; section: name, type, flags, address,
# offset, size, link; segment and symbol as the words follow each other in each class.
HEADER = {1: "HHIIIIIHHHHHH", 2: "HHIQQQIHHHHHH"}
SECTION = {1: "IIIIIII", 2: "IIQQQQI"}
SEGMENT = {1: ("IIIIIIII", (0, 1, 2, 4, 5)), 2: ("IIQQQQQQ", (0, 2, 3, 5, 6))}
SYMBOL = {1: ("IIIBBH", (0, 1, 2)), 2: ("IBBHQQ", (0, 4, 5))}
ORDERS = {1: "<", 2: ">"}  # little and big endian


@dataclass(frozen=True)
class Section:
    """A named part of the file. `size` bytes of memory if `flags` has ALLOC."""

    name: str
    type: int
    flags: int
    address: int
    offset: int
    size: int
    link: int


@dataclass(frozen=True)
class Elf:
    """A file taken apart. segments: (address, bytes to put there). symbols: name -> (value, size)."""

    sections: tuple[Section, ...]
    segments: tuple[tuple[int, bytes], ...]
    symbols: dict[str, tuple[int, int]]

    def symbol(self, name: str) -> int:
        """A symbol's value. Raises EdgeqError where the file does not define it."""
        if name not in self.symbols:
            raise EdgeqError(
                f"the image has no {name}", "the linker dropped it", "report this as a bug of edgeq"
            )
        return self.symbols[name][0]

    def symbols_of(self, prefix: str) -> list[int]:
        """The values of all symbols whose names begin so, sorted by name. Raises EdgeqError where the
        file defines none.
        """
        behind = islice(self._names, bisect_left(self._names, prefix), None)
        names = takewhile(lambda name: name.startswith(prefix), behind)
        return [self.symbols[name][0] for name in names] or [self.symbol(prefix)]

    @cached_property
    def _names(self) -> list[str]:
        """Of all symbols, sorted, since thousands of layers are looked for one by one."""
        return sorted(self.symbols)

    def allocated(self, *names: str) -> int:
        """Bytes of memory in sections whose name is one of `names` or starts with one and a dot."""
        return sum(s.size for s in self.sections if s.flags & ALLOC and _named(s.name, names))


def _named(name: str, wanted: tuple[str, ...]) -> bool:
    return any(name == w or name.startswith(f"{w}.") for w in wanted)


def is_elf(data: bytes) -> bool:
    """Whether the bytes are an ELF file."""
    return data[:4] == b"\x7fELF" and len(data) > 52 and data[4] in (1, 2) and data[5] in ORDERS


def parse_elf(data: bytes) -> Elf:
    """Takes a compiler's output apart. Raises EdgeqError if it is no ELF file or is cut short."""
    if not is_elf(data):
        raise EdgeqError("the compiler's output", "it is no ELF file", "use another compiler")
    try:
        return _parse(data, data[4], ORDERS[data[5]])
    except (struct.error, IndexError, ValueError) as error:
        raise EdgeqError(
            "the compiler's output", f"it is cut short: {error}", "compile again"
        ) from error


def _parse(data: bytes, bits: int, order: str) -> Elf:
    header = struct.unpack_from(order + HEADER[bits], data, 16)
    segments_at, sections_at = header[4], header[5]
    segment_size, segment_count, section_size, section_count, names_index = header[8:13]
    places = range(sections_at, sections_at + section_count * section_size, section_size or 1)
    raw = [struct.unpack_from(order + SECTION[bits], data, at) for at in places]
    names_at = raw[names_index][4]
    sections = tuple(Section(_string(data, names_at + r[0]), *r[1:]) for r in raw)
    ends = [s.offset + s.size for s in sections if s.type != NOBITS]
    if max(ends, default=0) > len(data) or sections_at + section_count * section_size > len(data):
        raise ValueError("a section lies beyond its end")
    places = range(segments_at, segments_at + segment_count * segment_size, segment_size or 1)
    segments = tuple(_segments(data, bits, order, places))
    symbols = {
        name: place
        for s in sections
        if s.type == SYMBOLS
        for name, place in _symbols(data, bits, order, sections, s)
    }
    return Elf(sections, segments, symbols)


def _string(data: bytes, at: int) -> str:
    return data[at : data.index(b"\0", at)].decode("ascii", "replace")


def _segments(data: bytes, bits: int, order: str, places: range) -> Iterator[tuple[int, bytes]]:
    layout, fields = SEGMENT[bits]
    for at in places:
        words = struct.unpack_from(order + layout, data, at)
        kind, offset, address, in_file, _ = (words[i] for i in fields)
        if kind == LOAD and in_file:
            yield address, data[offset : offset + in_file]


def _symbols(
    data: bytes, bits: int, order: str, sections: tuple[Section, ...], table: Section
) -> Iterator[tuple[str, tuple[int, int]]]:
    layout, fields = SYMBOL[bits]
    names_at = sections[table.link].offset
    for at in range(table.offset, table.offset + table.size, struct.calcsize(order + layout)):
        words = struct.unpack_from(order + layout, data, at)
        name, value, size = (words[i] for i in fields)
        if name:
            yield _string(data, names_at + name), (value, size)
