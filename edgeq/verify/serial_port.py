"""A board on a serial port: the self-test of its firmware, as the board itself reports it."""

from __future__ import annotations

import importlib
import importlib.util
import re
import time
from collections.abc import Callable
from typing import Any

from edgeq.errors import EdgeqError
from edgeq.verify.result import TargetResult
from edgeq.verify.toolchain import MissingToolError

# As the templates print it: `EDGEQ SELFTEST PASS: 8 vectors`, `EDGEQ SELFTEST FAIL: 1 of 8 vectors differ`.
VERDICT = re.compile(r"EDGEQ SELFTEST (PASS|FAIL)\b(?:.*?(\d{1,9}) vectors)?")
LINE_LIMIT = 4096  # bytes without an end of line that are no text
POLL_SECONDS = 0.1


def verify_port(port: str, *, baudrate: int = 115200, timeout: float = 60.0,
                show: Callable[[str], None] | None = None) -> TargetResult:  # fmt: skip
    """Waits until a board says how its self-test went, at most `timeout` seconds.

    The firmware repeats its verdict or is reset by the opened port, as boards with a USB bridge are. show: called with
    every line that the board sends. The result is `ok`, `different`, or `failed` if nothing came.
    Raises MissingToolError without pyserial, EdgeqError where the port cannot be opened or goes away.
    """
    serial = _import_serial()
    try:
        with serial.Serial(port, baudrate, timeout=POLL_SECONDS) as link:
            verdict = _wait(link, time.monotonic() + timeout, show)
    except (serial.SerialException, OSError, ValueError) as error:
        raise EdgeqError(
            f"serial port {port!r}", str(error), "check the cable, the name and your rights to it"
        ) from error
    if verdict is None:
        reason = (
            f"no line `EDGEQ SELFTEST PASS` within {timeout:g} s — generate with --selftest, flash and reset the board"
        )
        return TargetResult(port, "failed", reason, toolchain=f"serial, {baudrate} baud")
    return _result(port, baudrate, verdict)


def _wait(link: Any, deadline: float, show: Callable[[str], None] | None) -> re.Match[str] | None:
    """The first verdict among the lines that arrive before the deadline."""
    pending = b""
    while time.monotonic() < deadline:
        pending += link.read(max(1, link.in_waiting))
        *lines, pending = pending.split(b"\n")
        pending = pending[-LINE_LIMIT:]
        for raw in lines:
            line = _printable(raw)
            if show is not None:
                show(line)
            if verdict := VERDICT.search(line):
                return verdict
    return None


def _printable(raw: bytes) -> str:
    """A line without anything that a terminal would obey."""
    return "".join(c if c.isprintable() else "?" for c in raw.decode("ascii", "replace").strip())


def _result(port: str, baudrate: int, verdict: re.Match[str]) -> TargetResult:
    passed = verdict[1] == "PASS"
    return TargetResult(
        port,
        "ok" if passed else "different",
        None if passed else f"the board says: {verdict.string[:200]}",
        samples=int(verdict[2] or 0),
        toolchain=f"serial, {baudrate} baud",
    )


def _import_serial() -> Any:
    if importlib.util.find_spec("serial") is None:
        raise MissingToolError("a board on a serial port", "pyserial is not installed", "install edgeq[serial]")
    return importlib.import_module("serial")
