"""A board in Python, which follows docs/wire.md and not the C, at the other end of a port whose time is
its own: a read that finds nothing takes a tenth of a second of it, and none of the test's.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from edgeq.wire import Frame, FrameReader, encode_frame

Tamper = Callable[[bytes], bytes]


@dataclass
class Twin:
    """infer: bytes of each input -> those of the outputs. to, fro: what the line does to bytes. layers:
    bytes of each input -> what each layer writes, called before `infer`. layer_count: how many there are.
    program: what names them. part_bytes: of a layer in a frame. restart: gives the state its initial
    values.
    """

    model: str
    inputs: Sequence[int]
    outputs: Sequence[int]
    infer: Callable[[list[bytes]], bytes]
    state: bool = False
    layers: Callable[[list[bytes]], list[bytes]] | None = None
    layer_count: int = 0
    program: int = 0
    part_bytes: int = 230
    restart: Callable[[], None] = lambda: None
    to: Tamper = bytes
    fro: Tamper = bytes
    time: float = 0.0
    executed: list[int] = field(default_factory=list)  # types of requests
    sent: list[Frame] = field(default_factory=list)
    token: int | None = None
    parts: list[tuple[int, int, bytes]] = field(default_factory=list)  # of the last run
    _wanted: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0))
    _wrote: list[bytes] = field(default_factory=list)
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
            self.parts = []
            self._said = self.execute(request.type, request.payload[4:])
        head = request.payload[:4]
        parts = [] if again else self.parts
        sent = [Frame(0x12, 0, head + struct.pack("<HI", k, at) + data) for k, at, data in parts]
        return [*sent, Frame(request.type + 0x10, 0, head + self._said)]

    def execute(self, kind: int, fields: bytes) -> bytes:
        """Does what a request asks for; gives what the answer has behind the token."""
        if kind == 0x20:
            self._memory = [bytearray(size) for size in self.inputs]
            self._wanted = ((0, 0), (0, 0))
            flags = 1 | 2 * self.state | 4 * (self.layers is not None)
            facts = (bytes.fromhex(self.model), flags, self.program, self.layer_count)
            counts, sizes = (len(self.inputs), len(self.outputs)), (*self.inputs, *self.outputs)
            return struct.pack(f"<8sBIHBB{len(sizes)}I", *facts, *counts, *sizes)
        if kind == 0x21:
            index, at = struct.unpack_from("<BI", fields)
            self._memory[index][at : at + len(fields) - 5] = fields[5:]
        if kind == 0x25:
            self.restart()
        if kind == 0x26:
            first, at, last, end = struct.unpack("<HIHI", fields)
            self._wanted = ((first, at), (last, end))
        if kind == 0x24:
            (first,) = struct.unpack("<H", fields)
            rows = (struct.pack("<II", 100 + k, zlib.crc32(x)) for k, x in enumerate(self._wrote))
            return b"".join(list(rows)[first : first + 29])
        if kind == 0x22:
            if self.layers is not None:
                self._wrote = self.layers([bytes(part) for part in self._memory])
                self.parts = list(self._chosen())
            self._result = self.infer([bytes(part) for part in self._memory])
            self._memory = [bytearray(b"\xa5" * size) for size in self.inputs]  # overwritten
            return struct.pack("<I", 1500) + self._result[:232]
        if kind == 0x23:
            at, count = struct.unpack("<IB", fields)
            return self._result[at : at + count]
        return b""

    def _chosen(self) -> Iterator[tuple[int, int, bytes]]:
        """The parts of what the layers wrote that were asked for: layer, offset, bytes."""
        first, end = self._wanted
        for k, data in enumerate(self._wrote):
            places = [at for at in range(len(data)) if first <= (k, at) < end]
            for at in places[:: self.part_bytes]:
                yield k, at, data[at : min(at + self.part_bytes, places[-1] + 1)]


def echo(inputs: list[bytes]) -> bytes:
    """A model whose output is its inputs, one behind the other."""
    return b"".join(inputs)


def mixer(inputs: list[bytes]) -> bytes:
    """A model whose output depends on each byte of its inputs, four bytes."""
    return zlib.crc32(b"".join(inputs)).to_bytes(4, "little")
