"""Frames on both sides: what one encodes the other decodes, and damage is never taken for data."""

from __future__ import annotations

import random
import struct
import subprocess
import zlib
from pathlib import Path

import pytest
from cobs import cobs

from edgeq.resources import resource_folder
from edgeq.wire import Frame, FrameReader, encode_frame

FLAGS = "-std=c99 -Wall -Wextra -Wconversion -Wshadow -Werror -g -fsanitize=address,undefined"


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The C side as a program, with sanitizers that end it at the first fault."""
    wire, program = resource_folder("firmware_templates") / "wire", tmp_path_factory.mktemp("wire")
    sources = [str(wire / "edgeq_wire.c"), str(Path(__file__).with_name("frames.c"))]
    command = ["gcc", *FLAGS.split(), "-fno-sanitize-recover=all", f"-I{wire}", *sources]
    subprocess.run([*command, "-o", str(program / "frames")], check=True)
    return program / "frames"


def chance_frames(chance: random.Random, count: int) -> list[Frame]:
    """Frames of any type and sequence, payloads of 0 to 240 bytes, with many zeros in some."""
    return [
        Frame(
            chance.randrange(256),
            chance.randrange(256),
            bytes(
                chance.choice((0, chance.randrange(256)))
                for _ in range(chance.choice((0, 1, chance.randrange(241), 240)))
            ),
        )
        for _ in range(count)
    ]


def damage(chance: random.Random, data: bytes) -> bytes:
    """Bytes changed, lost, put in and repeated."""
    damaged = bytearray(data)
    for _ in range(len(data) // 300):
        at = chance.randrange(len(damaged))
        part = chance.randbytes(chance.choice((1, 2, 400)))
        damaged[at : at + chance.choice((0, 1, 1, 5))] = chance.choice((part, b"", b"\0"))
    return bytes(damaged)


def in_pieces(reader: FrameReader, chance: random.Random, data: bytes) -> list[Frame]:
    frames, at = [], 0
    while at < len(data):
        size = chance.randrange(1, 700)
        frames += reader.take(data[at : at + size])
        at += size
    return frames


def line(frame: Frame) -> str:
    return f"{frame.type} {frame.sequence} {frame.payload.hex()}"


def test_a_frame_has_the_bytes_that_the_protocol_says() -> None:
    body = b"\x01\x11\xff\x00abc\x00"
    stuffed = cobs.encode(body + struct.pack("<I", zlib.crc32(body)))
    assert encode_frame(Frame(0x11, 255, b"\x00abc\x00")) == stuffed + b"\0"


def test_a_payload_that_is_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="241 bytes"):
        encode_frame(Frame(1, 0, bytes(241)))


@pytest.mark.parametrize("seed", range(4))
def test_damage_is_never_taken_for_data(seed: int) -> None:
    chance = random.Random(seed)
    frames = chance_frames(chance, 300)
    data = b"".join(map(encode_frame, frames))
    assert in_pieces(FrameReader(), chance, data) == frames
    reader = FrameReader()
    arrived = in_pieces(reader, chance, damage(chance, data))
    assert set(map(line, arrived)) <= set(map(line, frames))
    assert reader.damaged
    assert len(arrived) > 100


def test_endless_bytes_are_not_kept() -> None:
    reader = FrameReader()
    for _ in range(1000):
        assert reader.take(b"\x55" * 1000) == []
    assert len(reader._pending) < 300
    assert reader.take(b"\0" + encode_frame(Frame(1, 2, b"after"))) == [Frame(1, 2, b"after")]
    assert reader.damaged == 1


def test_a_frame_of_another_version_is_foreign() -> None:
    reader, body = FrameReader(), b"\x02\x01\x00"
    stuffed = cobs.encode(body + struct.pack("<I", zlib.crc32(body)))
    assert reader.take(stuffed + b"\0") == []
    assert (reader.foreign, reader.damaged) == (1, 0)


def frames_with_a_right_crc_and_a_wrong_end() -> bytes:
    """A frame with bytes behind its CRC, one longer than any may be, one whose last block is cut."""
    body = b"\x01\x10\x07" + b"\x55" * 240
    whole = body + struct.pack("<I", zlib.crc32(body))
    cut = bytearray(encode_frame(Frame(1, 2, b"abc")))
    assert cut[0] == len(cut) - 1  # one block, so that its first byte is the only length
    cut[0] += 1
    return bytes(cobs.encode(whole + b"\0ab") + b"\0" + cobs.encode(whole + b"a") + b"\0" + cut)


def test_a_frame_with_a_wrong_end_is_damaged() -> None:
    reader = FrameReader()
    assert reader.take(frames_with_a_right_crc_and_a_wrong_end()) == []
    assert reader.damaged == 3


@pytest.mark.slow
def test_the_board_takes_no_frame_with_a_wrong_end(board: Path) -> None:
    data = frames_with_a_right_crc_and_a_wrong_end()
    said = subprocess.run([board], input=data, capture_output=True, check=True).stdout
    assert said.decode().split() == ["damaged"] * 3


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_the_board_takes_the_same_frames_as_the_computer(board: Path, seed: int) -> None:
    chance = random.Random(seed)
    whole = b"".join(map(encode_frame, chance_frames(chance, 300)))
    data = whole + damage(chance, whole) + chance.randbytes(20_000)
    said = subprocess.run([board], input=data, capture_output=True, check=True).stdout
    lines = said.decode().splitlines()
    reader = FrameReader()
    assert [text for text in lines if text[0].isdigit()] == list(map(line, reader.take(data)))
    assert lines.count("damaged") == reader.damaged
    assert lines.count("foreign") == reader.foreign


@pytest.mark.slow
def test_a_sketch_sends_windows_and_results(board: Path) -> None:
    sent = subprocess.run([board, "sketch"], capture_output=True, check=True).stdout
    *parts, result = FrameReader().take(sent)
    assert [frame.sequence for frame in (*parts, result)] == [254, 255, 0, 1]
    window = b""
    for frame in parts:
        assert (frame.type, struct.unpack("<HBII", frame.payload[:11])) == (
            0x10,
            (7, 3, len(window), 600),
        )
        window += frame.payload[11:]
    assert struct.unpack("<300h", window) == tuple(range(-15000, 15000, 100))
    assert (result.type, struct.unpack("<HIHf", result.payload[:12])) == (0x11, (7, 1234, 2, 0.75))
    assert result.payload[12:] == b"wave"
