"""A port that is read for lines of text while the board at its end is asked whether it has the wire."""

from __future__ import annotations

import importlib
import secrets
import time
from collections.abc import Callable
from typing import Any

from edgeq.wire.board import HELLO
from edgeq.wire.frame import Frame, FrameReader, encode_frame
from edgeq.wire.link import ANSWER, REFUSED, TOKEN_BYTES
from edgeq.wire.port import Port

FIRST_SECONDS, MOST_SECONDS = 0.25, 4.0  # from one hello to the next


class WireFoundError(Exception):
    """The board answered a hello; never seen by users."""


class Greeter:
    """An open port whose `read` raises WireFoundError once the board has answered a hello.

    now: a clock in seconds.
    """

    def __init__(self, port: Port, now: Callable[[], float] = time.monotonic) -> None:
        self._port, self._now = port, now
        self._reader = FrameReader()
        self._wait, self._next = FIRST_SECONDS, now()
        self._deaf = False

    @property
    def in_waiting(self) -> int:
        """Bytes that have come."""
        return self._port.in_waiting

    def write(self, data: bytes) -> Any:
        """Sends bytes."""
        return self._port.write(data)

    def read(self, size: int) -> bytes:
        """What came, `size` bytes at most; from time to time a hello goes out before."""
        if self._now() >= self._next and not self._deaf:
            self._greet()
            self._next = self._now() + self._wait
            self._wait = min(2 * self._wait, MOST_SECONDS)
        data = self._port.read(size)
        frames = self._reader.take(data)
        if self._reader.foreign or any(f.type in (HELLO + ANSWER, REFUSED) for f in frames):
            raise WireFoundError
        return data

    def _greet(self) -> None:
        """A board whose program reads nothing stops taking bytes at some point."""
        hello = encode_frame(Frame(HELLO, 0, secrets.token_bytes(TOKEN_BYTES) + b"\0"))
        try:
            self._port.write(b"\0" + hello)
        except importlib.import_module("serial").SerialTimeoutException:
            self._deaf = True
