"""The frames of the wire: COBS of version, type, sequence, payload and CRC-32, and a byte of zero.

`firmware_templates/wire/edgeq_wire.c` reads and writes them on a board.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

VERSION = 1
PAYLOAD_BYTES = 240  # the most that a frame carries
HEADER_BYTES, CRC_BYTES = 3, 4
FRAME_BYTES = HEADER_BYTES + PAYLOAD_BYTES + CRC_BYTES
STUFFED_BYTES = FRAME_BYTES + 1  # COBS adds one byte to fewer than 255


@dataclass(frozen=True)
class Frame:
    """type: 0 to 255. sequence: 0 to 255, one more than that of the sender's last frame, modulo 256."""

    type: int
    sequence: int
    payload: bytes


def encode_frame(frame: Frame) -> bytes:
    """The bytes of a frame, the ending zero included. Raises ValueError where its payload is too
    long or a number does not fit a byte.
    """
    from cobs import cobs  # not at the top: who lacks it is told when a port is opened

    if len(frame.payload) > PAYLOAD_BYTES:
        raise ValueError(f"{len(frame.payload)} bytes exceed a frame's {PAYLOAD_BYTES}")
    body = bytes([VERSION, frame.type, frame.sequence]) + frame.payload
    return bytes(cobs.encode(body + zlib.crc32(body).to_bytes(CRC_BYTES, "little"))) + b"\0"


@dataclass
class FrameReader:
    """Finds frames in the bytes that arrive, and keeps at most one frame's bytes of them.

    damaged: how many stretches between zeros were no frame. foreign: how many were frames of another
    version.
    """

    damaged: int = 0
    foreign: int = 0
    _pending: bytearray = field(default_factory=bytearray)

    def take(self, data: bytes) -> list[Frame]:
        """The frames that end within `data`, in order; damaged and foreign ones are only counted."""
        frames = []
        *ended, pending = data.split(b"\0")
        for part in ended:
            self._keep(part)
            stuffed = bytes(self._pending)
            self._pending.clear()
            if stuffed and (frame := self._decode(stuffed)) is not None:
                frames.append(frame)
        self._keep(pending)
        return frames

    def _keep(self, part: bytes) -> None:
        """Adds to the frame that is arriving. Of one that is too long, one byte too many is kept, so
        that it decodes to more than `FRAME_BYTES`.
        """
        self._pending += part[: STUFFED_BYTES + 1 - len(self._pending)]

    def _decode(self, stuffed: bytes) -> Frame | None:
        from cobs import cobs

        try:
            body = bytes(cobs.decode(stuffed))
        except cobs.DecodeError:
            body = b""
        checked, crc = body[:-CRC_BYTES], body[-CRC_BYTES:]
        if (
            not HEADER_BYTES + CRC_BYTES <= len(body) <= FRAME_BYTES
            or zlib.crc32(checked).to_bytes(CRC_BYTES, "little") != crc
        ):
            self.damaged += 1
            return None
        if checked[0] != VERSION:
            self.foreign += 1
            return None
        return Frame(checked[1], checked[2], checked[HEADER_BYTES:])
