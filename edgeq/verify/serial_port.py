"""A board on a serial port: the self-test of its firmware, as the board itself reports it."""

from __future__ import annotations

import importlib
import importlib.util
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

from edgeq.errors import EdgeqError, shown
from edgeq.verify.result import TargetResult
from edgeq.verify.selftest_report import Reading, Verdict, Wanted, explain_silence, judge, read_line
from edgeq.verify.toolchain import MissingToolError

LINE_LIMIT = 4096  # bytes without an end of line that are no text
POLL_SECONDS = 0.1
SHOWN_LINES, SHOWN_CHARACTERS = (
    400,
    200,
)  # of what a board sends, so that an endless one does not flood the terminal


def verify_port(
    port: str,
    wanted: Wanted,
    *,
    baudrate: int = 115200,
    timeout: float = 60.0,
    settle: float = 1.0,
    show: Callable[[str], None] | None = None,
) -> TargetResult:
    """Waits until a board reports how its self-test went, at most `timeout` seconds.

    The firmware reports when it starts, so the board is to be reset unless opening the port does
    that, as it does
    with a USB bridge. settle: seconds after a good report in which a board that restarts may say
    otherwise. show: called with what the board sends, line by line, made printable and cut. The
    result is `ok` only for complete reports of the model and vectors that are wanted, `different`
    where vectors came out different, else `failed` with the reason. Raises MissingToolError without
    pyserial, EdgeqError where the port cannot be opened or goes away.
    """
    serial = _import_serial()
    try:
        with serial.Serial(port, baudrate, timeout=POLL_SECONDS) as link:
            verdict = _wait(link, wanted, timeout, settle, show)
    except (serial.SerialException, OSError, ValueError) as error:
        raise EdgeqError(f"serial port {port!r}", _trouble(error), _remedy()) from error
    return TargetResult(
        port,
        verdict.status,
        verdict.reason,
        samples=verdict.samples,
        toolchain=f"serial, {baudrate} baud",
    )


def _trouble(error: BaseException) -> str:
    """Why a port cannot be used, without pyserial's repetitions: the system's own words where it
    has some.
    """
    number = error.errno if isinstance(error, OSError) else None
    if number is None:
        return f"it is no serial port, or it went away ({error})"
    return os.strerror(number)


def _remedy() -> str:
    """What to do about a port that cannot be used; names those that the machine has."""
    ports = [port.device for port in importlib.import_module("serial.tools.list_ports").comports()]
    known = (
        f"this machine has {', '.join(map(shown, sorted(ports)))}"
        if ports
        else "this machine has none now"
    )
    return f"check the cable, the name ({known}) and your rights to it"


def _wait(
    link: Any, wanted: Wanted, timeout: float, settle: float, show: Callable[[str], None] | None
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


def _lines(link: Any, deadline: float) -> Iterator[str | None]:
    """The lines that arrive before the deadline, made printable; None when there was none for a
    while.
    """
    pending = b""
    while time.monotonic() < deadline:
        pending += link.read(min(max(1, link.in_waiting), LINE_LIMIT))
        *lines, pending = pending.split(b"\n")
        pending = pending[-LINE_LIMIT:]
        yield from map(_printable, lines)
        yield None


def _printable(raw: bytes) -> str:
    """A line without anything that a terminal would obey."""
    return "".join(chr(byte) if 32 <= byte < 127 else "?" for byte in raw.strip())


def _import_serial() -> Any:
    if importlib.util.find_spec("serial") is None:
        raise MissingToolError(
            "a board on a serial port", "pyserial is not installed", "install edgeq[serial]"
        )
    return importlib.import_module("serial")
