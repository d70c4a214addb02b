"""A board on a serial port: fed over the wire, or its firmware's self-test as the board reports it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from edgeq.verify.feed import Feed
from edgeq.verify.result import TargetResult
from edgeq.verify.selftest_report import Reading, Verdict, Wanted, explain_silence, judge, read_line

if TYPE_CHECKING:
    from edgeq.wire import Port

LINE_LIMIT = 4096  # bytes without an end of line that are no text
SHOWN_LINES, SHOWN_CHARACTERS = (
    400,
    200,
)  # of what a board sends, so that an endless one does not flood the terminal


def verify_port(
    port: str,
    wanted: Wanted,
    *,
    feed: Feed | None = None,
    baudrate: int = 115200,
    timeout: float = 60.0,
    settle: float = 1.0,
    show: Callable[[str], None] | None = None,
) -> TargetResult:
    """Feeds a board samples over the wire, or waits until it reports how its self-test went.

    Which of the two depends on its firmware: that of `generate --wire` answers when it is asked,
    that of `generate --selftest` reports when it starts. For a report the board is to be reset
    unless opening the port does that, as it does with a USB bridge.

    port: a serial device, or a URL of pyserial such as socket://localhost:4000. feed: what the board
    is fed; None: it is not asked. timeout: seconds to wait for a report, for the first answer, and
    for each further one. settle: seconds after a good report in which a board that restarts may say
    otherwise. show: called with what the board sends, line by line, made printable and cut.

    The result is `ok` where every output byte is as the simulator says, and for complete reports of
    the model and vectors that are wanted; `different` where bytes or vectors came out different, else
    `failed` with the reason. Raises EdgeqError without pyserial or cobs, where the port cannot be
    opened or goes away, or where labels do not fit the model.
    """
    from edgeq.verify.exchange import exchange
    from edgeq.wire import Link, open_port
    from edgeq.wire.greeter import Greeter, WireFoundError

    with open_port(port, baudrate) as link:
        try:
            listened = link if feed is None else Greeter(link)
            verdict = _wait(listened, wanted, timeout, settle, show)
        except WireFoundError:
            assert feed is not None
            return exchange(Link(link, timeout), port, feed)
    return TargetResult(
        port,
        verdict.status,
        verdict.reason,
        samples=verdict.samples,
        toolchain=f"serial, {baudrate} baud",
    )


def _wait(
    link: Port, wanted: Wanted, timeout: float, settle: float, show: Callable[[str], None] | None
) -> Verdict:
    """The verdict on the self-test reports that arrive on a serial link within `timeout` seconds."""
    deadline = time.monotonic() + timeout
    settled = deadline
    reading, verdict = Reading(), None
    left = SHOWN_LINES
    for line in _lines(link, deadline):
        if show is not None and line is not None and left:
            show(line[:SHOWN_CHARACTERS])
            left -= 1
        before, reading = reading, reading if line is None else read_line(reading, line)
        if len(reading.complete) > len(before.complete):
            verdict = judge(reading.complete, wanted)
            settled = min(settled, time.monotonic() + settle)
        if verdict is not None and (
            verdict.status != "ok" or (reading.whole and time.monotonic() >= settled)
        ):
            return verdict
    return verdict if verdict is not None and reading.whole else explain_silence(reading, timeout)


def _lines(link: Port, deadline: float) -> Iterator[str | None]:
    """The lines of text that arrive before the deadline, made printable; None when there was none for
    a while. What holds a byte of zero is part of a frame.
    """
    pending = b""
    while time.monotonic() < deadline:
        pending += link.read(min(max(1, link.in_waiting), LINE_LIMIT))
        *lines, pending = pending.split(b"\n")
        pending = pending[-LINE_LIMIT:]
        yield from (_printable(line) for line in lines if b"\0" not in line)
        yield None


def _printable(raw: bytes) -> str:
    """A line without anything that a terminal would obey."""
    return "".join(chr(byte) if 32 <= byte < 127 else "?" for byte in raw.strip())
