"""Sensor data that is recorded: windows in frames, and lines of numbers."""

from __future__ import annotations

import random
import struct
from collections.abc import Sequence

import pytest

from edgeq.wire import Frame, encode_frame
from edgeq.wire.time_steps import TimeStepReader, Window, WindowReader


def parts(number: int, kind: int, data: bytes, size: int = 100) -> list[bytes]:
    """The frames of a window."""
    return [
        encode_frame(
            Frame(0x10, 0, struct.pack("<HBII", number, kind, at, len(data)) + data[at : at + size])
        )
        for at in range(0, len(data), size)
    ]


def test_windows_are_joined_from_their_parts() -> None:
    chance, reader = random.Random(1), WindowReader()
    first, second = chance.randbytes(600), chance.randbytes(40)
    data = b"boot\n" + b"".join([b"\0", *parts(7, 3, first), *parts(8, 1, second)])
    assert reader.take(data[:333]) + reader.take(data[333:]) == [
        Window("int16", first),
        Window("int8", second),
    ]
    assert reader.lost == 0


DAMAGED: dict[str, tuple[Sequence[int], int]] = {
    "a part is missing": ((0, 1, 3, 4, 5), 1),
    "the first is missing": ((1, 2, 3, 4, 5), 0),
    "one comes twice": ((0, 1, 1, 2, 3, 4, 5), 1),
    "it begins anew": ((0, 1, 0, 1, 2), 1),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_a_window_with_parts_missing_is_none(case: str) -> None:
    order, lost = DAMAGED[case]
    frames, reader = parts(7, 3, bytes(600)), WindowReader()
    assert reader.take(b"".join(frames[k] for k in order)) == []
    assert reader.lost == lost
    assert reader.take(b"".join(parts(8, 3, bytes(600)))) == [Window("int16", bytes(600))]


@pytest.mark.parametrize(
    "head", [(7, 0, 0, 100), (7, 6, 0, 100), (7, 1, 0, 1 << 31), (7, 1, 0, 3), (7, 3, 0, 5)]
)
def test_windows_of_no_sense_are_left_out(head: tuple[int, int, int, int]) -> None:
    reader = WindowReader()
    frame = Frame(0x10, 0, struct.pack("<HBII", *head) + bytes(min(head[3], 100)) + b"xx")
    assert reader.take(encode_frame(frame)) == []
    assert len(reader._data) < 200


def test_lines_of_numbers_are_time_steps() -> None:
    reader = TimeStepReader()
    said = b"9,9,9\n1, -2.5, 3e2\r\nboot\r\n\r\n4;5;6\n7 8\t9\n1,2\n1,2,3,4\n1,2,1e39\nnan,1,2\n"
    assert reader.take(said) == [[1, -2.5, 300], [4, 5, 6], [7, 8, 9]]
    assert (reader.columns, reader.skipped) == (3, 5)


def test_the_number_of_columns_can_be_stated() -> None:
    assert TimeStepReader(columns=2).take(b"\n1,2,3\n4,5\n") == [[4, 5]]
