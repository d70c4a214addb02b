"""Sensor data that a sketch sends, for recording: windows in frames, or time steps as lines of numbers."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field

from edgeq.wire.frame import Frame, FrameReader
from edgeq.wire.lines import LineReader

WINDOW = 0x10
TYPES = {1: "int8", 2: "uint8", 3: "int16", 4: "int32", 5: "float32"}
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 4}
MOST_WINDOW_BYTES = 1 << 22
MOST_COLUMNS = 1024
LARGEST = 3.4e38  # float32 ends there
_FIELDS = struct.Struct("<HBII")
_NUMBER = re.compile(r"[-+]?(?:\d{1,20}(?:\.\d{0,20})?|\.\d{1,20})(?:[eE][-+]?\d{1,2})?")


@dataclass(frozen=True)
class Window:
    """Elements of a window, little-endian. dtype: their type."""

    dtype: str
    data: bytes


@dataclass
class WindowReader:
    """Joins the parts of windows. lost: how many windows were begun and not finished."""

    lost: int = 0
    _frames: FrameReader = field(default_factory=FrameReader)
    _head: tuple[int, int, int] | None = None  # number, element type, bytes
    _data: bytearray = field(default_factory=bytearray)

    def take(self, data: bytes) -> list[Window]:
        """The windows whose last part ends within `data`."""
        windows = []
        for frame in self._frames.take(data):
            if frame.type == WINDOW and (window := self._join(frame)) is not None:
                windows.append(window)
        return windows

    def _join(self, frame: Frame) -> Window | None:
        """The window that a part completes. Parts come in order, so one that does not fit was lost
        before, or is of another window.
        """
        if len(frame.payload) <= _FIELDS.size:
            return None
        number, kind, offset, total = _FIELDS.unpack_from(frame.payload)
        part = frame.payload[_FIELDS.size :]
        if offset == 0:
            self.lost += self._head is not None
            self._head, self._data = (number, kind, total), bytearray()
        if self._head != (number, kind, total) or offset != len(self._data):
            self.lost += self._head is not None
            self._head = None
            return None
        if kind not in TYPES or total > MOST_WINDOW_BYTES or offset + len(part) > total:
            self._head = None
            return None
        self._data += part
        if len(self._data) < total or total % SIZES[kind]:
            return None
        self._head = None
        return Window(TYPES[kind], bytes(self._data))


@dataclass
class TimeStepReader:
    """Finds lines of numbers, as many in each as in the first. skipped: how many lines were others.

    Numbers have decimal points, and stand between commas, semicolons or spaces.
    """

    columns: int | None = None
    skipped: int = 0
    _lines: LineReader = field(default_factory=LineReader)

    def take(self, data: bytes) -> list[list[float]]:
        """The time steps whose line ends within `data`."""
        rows = []
        for line in self._lines.take(data):
            row = _numbers(line)
            if row and self.columns is None and len(row) <= MOST_COLUMNS:
                self.columns = len(row)
            if row and len(row) == self.columns:
                rows.append(row)
            else:
                self.skipped += bool(line)
        return rows


def _numbers(line: str) -> list[float]:
    """The numbers of a line; none where it holds anything else, or what float32 does not."""
    parts = [part for part in re.split(r"[,;\s]+", line) if part]
    if not all(map(_NUMBER.fullmatch, parts)):
        return []
    numbers = list(map(float, parts))
    return numbers if all(abs(number) < LARGEST for number in numbers) else []
