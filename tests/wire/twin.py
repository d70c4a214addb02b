"""A board in Python, which follows docs/wire.md and not the C, at the other end of a port whose time is
its own: a read that finds nothing takes a tenth of a second of it, and none of the test's.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from edgeq.wire import Frame, FrameReader, encode_frame

Tamper = Callable[[bytes], bytes]


@dataclass
class Twin:
    """infer: bytes of each input -> those of the outputs. to, fro: what the line does to bytes."""

    model: str
    inputs: Sequence[int]
    outputs: Sequence[int]
    infer: Callable[[list[bytes]], bytes]
    state: bool = False
    to: Tamper = bytes
    fro: Tamper = bytes
    time: float = 0.0
    executed: list[int] = field(default_factory=list)  # types of requests
    sent: list[Frame] = field(default_factory=list)
    token: int | None = None
    _last: bytes = b""
    _reader: FrameReader = field(default_factory=FrameReader)
    _line: bytearray = field(default_factory=bytearray)
    _memory: list[bytearray] = field(default_factory=list)
    _said: bytes = b""

    def now(self) -> float:
        """The clock, in seconds."""
        self.time += 1e-6
        return self.time

    @property
    def in_waiting(self) -> int:
        return len(self._line)

    def read(self, size: int) -> bytes:
        data = bytes(self._line[:size])
        del self._line[:size]
        if not data:
            self.time += 0.1
        return data

    def write(self, data: bytes) -> None:
        for frame in self._reader.take(self.to(data)):
            for answer in self.answers(frame):
                self.sent.append(answer)
                self._line += self.fro(b"\0" + encode_frame(answer))

    def answers(self, request: Frame) -> list[Frame]:
        """What the board sends for a frame: one answer, unless it is hostile."""
        (token,) = struct.unpack_from("<I", request.payload)
        again = request.payload == self._last
        if request.type != 0x20 and not again and (self.token is None or token != self.token + 1):
            return [Frame(0x3F, 0, struct.pack("<IB", token, 1))]
        if not again:
            self.token, self._last = token, request.payload
            self.executed.append(request.type)
            self._said = self.execute(request.type, request.payload[4:])
        return [Frame(request.type + 0x10, 0, struct.pack("<I", token) + self._said)]

    def execute(self, kind: int, fields: bytes) -> bytes:
        """Does what a request asks for; gives what the answer has behind the token."""
        if kind == 0x20:
            self._memory = [bytearray(size) for size in self.inputs]
            facts = (bytes.fromhex(self.model), 1 | 2 * self.state, 0, 0)
            counts, sizes = (len(self.inputs), len(self.outputs)), (*self.inputs, *self.outputs)
            return struct.pack(f"<8sBIHBB{len(sizes)}I", *facts, *counts, *sizes)
        if kind == 0x21:
            index, at = struct.unpack_from("<BI", fields)
            self._memory[index][at : at + len(fields) - 5] = fields[5:]
        if kind == 0x22:
            self._result = self.infer([bytes(part) for part in self._memory])
            self._memory = [bytearray(b"\xa5" * size) for size in self.inputs]  # overwritten
            return struct.pack("<I", 1500) + self._result[:232]
        if kind == 0x23:
            at, count = struct.unpack("<IB", fields)
            return self._result[at : at + count]
        return b""


def echo(inputs: list[bytes]) -> bytes:
    """A model whose output is its inputs, one behind the other."""
    return b"".join(inputs)


def mixer(inputs: list[bytes]) -> bytes:
    """A model whose output depends on each byte of its inputs, four bytes."""
    return zlib.crc32(b"".join(inputs)).to_bytes(4, "little")
