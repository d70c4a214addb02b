"""Requests to a board, each repeated until its answer comes, and executed once."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from edgeq.errors import EdgeqError
from edgeq.wire.frame import Frame, FrameReader, encode_frame
from edgeq.wire.port import Port

TOKEN_BYTES, TOKENS = 4, 1 << 32
ANSWER = 0x10  # an answer's type is its request's and this
REFUSED = 0x3F
PART = 0x12  # of a tensor, between a request and its answer
STRANGE, VERSIONS = 1, 6  # refusals: the token is not the next one; another version
WHY = {
    2: "it does not know the request",
    3: "the request is of bytes that its model does not have",
    4: "there is nothing to read, or rows of the input are missing",
    5: "its model says that it failed",
}
FIRST_PATIENCE = 0.5  # seconds until a request is sent again, before any answer was timed
LEAST_PATIENCE, MOST_PATIENCE = 0.05, 2.0
GROWTH = 1.5  # of the patience, from one time to the next
READ_BYTES = 4096
LEAST_RATE = 200  # bytes a second; a line that carries tensors more slowly needs more time

Take = Callable[[bytes], int]
"""Keeps part of a tensor, and gives how many of its bytes are new."""


class BoardError(EdgeqError):
    """A board that does not answer, or answers what no firmware of edgeq would."""


class LostSessionError(BoardError):
    """A board that no longer knows what was said to it: it restarted, or someone else greeted it."""


class Link:
    """Requests over a port. seconds: the most to wait for one answer. now: a clock in seconds."""

    def __init__(
        self, port: Port, seconds: float, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._port, self._seconds, self._now = port, seconds, now
        self._reader = FrameReader()
        # Answers to an earlier session, which may still arrive, are told apart by a random start.
        self._token = secrets.randbelow(TOKENS)
        self._sequence = 0
        self._deadline = 0.0  # of the answer that is waited for
        self._patience: dict[int, float] = {}

    def ask(
        self, kind: int, fields: bytes = b"", size: int | None = None, take: Take | None = None
    ) -> bytes:
        """What the board answers behind the token.

        kind: type of the request. fields: its payload behind the token. size: of the answer in
        bytes, None where it varies. take: called with each part of a tensor that comes before the
        answer; its new bytes give the board more time. Raises BoardError where no answer comes in
        time, or one of another size, or a refusal; of these LostSessionError where the board does not
        know the session; and what `take` raises.
        """
        self._token = (self._token + 1) % TOKENS
        request = self._token.to_bytes(TOKEN_BYTES, "little") + fields
        begun = self._now()
        self._deadline = begun + self._seconds
        patience, tries = self._patience.get(kind, FIRST_PATIENCE), 0
        while (sent := self._now()) < self._deadline:
            self._send(kind, request)
            answer = self._answer(kind, patience, take)
            tries += 1
            if answer is not None:
                self._learn(kind, tries, self._now() - sent, self._now() - begun)
                return _sized(answer, size)
            patience = min(GROWTH * patience, MOST_PATIENCE)
        raise self._silence()

    def _learn(self, kind: int, tries: int, last: float, whole: float) -> None:
        """Chooses how long to wait for an answer of a kind from now on. last, whole: seconds since the
        request was sent the last and the first time; which of the `tries` was answered is only known of
        a single one.
        """
        if tries == 1:
            self._patience[kind] = min(max(LEAST_PATIENCE, 4 * last), MOST_PATIENCE)
        else:
            self._patience.setdefault(kind, min(whole, MOST_PATIENCE))

    def _send(self, kind: int, request: bytes) -> None:
        """The frame, behind a zero that ends whatever the board took for the beginning of one."""
        self._port.write(b"\0" + encode_frame(Frame(kind, self._sequence, request)))
        self._sequence = (self._sequence + 1) % 256

    def _answer(self, kind: int, patience: float, take: Take | None) -> bytes | None:
        """What is behind the token of the answer; None where the board says nothing for so long, or the
        deadline has passed.
        """
        until = self._now() + patience
        while self._now() < min(until, self._deadline):
            waiting = max(1, min(self._port.in_waiting, READ_BYTES))
            for frame in self._reader.take(self._port.read(waiting)):
                token, rest = frame.payload[:TOKEN_BYTES], frame.payload[TOKEN_BYTES:]
                if frame.type == REFUSED:
                    self._check_refusal(frame.payload)
                elif int.from_bytes(token, "little") != self._token:
                    continue  # of an earlier request
                elif frame.type == kind + ANSWER:
                    return rest
                elif frame.type == PART and take is not None:
                    self._deadline += take(rest) / LEAST_RATE
                    until = self._now() + patience
        return None

    def _check_refusal(self, payload: bytes) -> None:
        """Raises the error of a refusal, unless it is of another request."""
        if len(payload) != TOKEN_BYTES + 1:
            return
        token, code = int.from_bytes(payload[:TOKEN_BYTES], "little"), payload[TOKEN_BYTES]
        if code == VERSIONS:
            raise _other_version()
        if token != self._token:
            return
        if code == STRANGE:
            why = "it restarted, or another program talks to it"
            raise LostSessionError(
                "the board forgot the session", why, "check its power; try again"
            )
        raise BoardError("the board refuses", WHY.get(code, f"code {code}"), AGAIN)

    def _silence(self) -> BoardError:
        if self._reader.foreign:
            return _other_version()
        broken = f"; {self._reader.damaged} damaged frames came" if self._reader.damaged else ""
        why = f"no answer within {self._seconds:g} s{broken}"
        return BoardError("the board is silent", why, "check the cable, reset the board, try again")


AGAIN = "generate with --wire, flash, and try again"


def _sized(answer: bytes, size: int | None) -> bytes:
    if size is not None and len(answer) != size:
        why = f"{len(answer)} bytes came, not {size}"
        raise BoardError("the board's answer has a wrong size", why, AGAIN)
    return answer


def _other_version() -> BoardError:
    why = "its frames are of another version of the protocol"
    return BoardError("the board's firmware is of another edgeq", why, AGAIN)
