"""A board played by the other end of a pseudo-terminal."""

import importlib
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from verify.test_selftest_report import MODEL, OTHER, report

from edgeq.errors import EdgeqError
from edgeq.verify.selftest_report import Wanted
from edgeq.verify.serial_port import SHOWN_CHARACTERS, SHOWN_LINES, verify_port

importlib.import_module("edgeq.verify.exchange")  # here, lest boards report before a port is open
WANTED = Wanted(MODEL)


@contextmanager
def board(*says: bytes, again: bool = False) -> Iterator[str]:
    """The name of a port on which a board says one thing after another, the last `again` and again."""
    ours, theirs = os.openpty()
    os.set_blocking(ours, False)
    stop = threading.Event()

    def talk() -> None:
        rest = list(says)
        while not stop.wait(0.02) and rest:
            with suppress(BlockingIOError):  # the reader has gone and the line is full
                rest[0] = rest[0][os.write(ours, rest[0]) :]
            if not rest[0]:
                rest = rest[1:] or (list(says[-1:]) if again else [])

    thread = threading.Thread(target=talk, daemon=True)
    thread.start()
    try:
        yield os.ttyname(theirs)
    finally:
        stop.set()
        thread.join()
        os.close(ours)
        os.close(theirs)


def sent(*lines: str) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode()


def test_a_board_that_passes() -> None:
    seen: list[str] = []
    boot = b"boot\r\n\xff\x1b[2J\xe2\x80\xae\x9b31m\r\n"
    with board(b"", boot + sent(*report(count=8)), b"0: 0.5\r\n", again=True) as port:
        result = verify_port(port, WANTED, settle=0.2, timeout=10, show=seen.append)
    assert (result.name, result.status, result.samples, result.reason) == (port, "ok", 8, None)
    assert result.toolchain == "serial, 115200 baud"
    assert "EDGEQ SELFTEST VECTOR 8 same" in seen
    assert all(line.isascii() and line.isprintable() for line in seen)


def test_a_board_that_fails_is_quoted() -> None:
    with board(b"", sent(*report(different=(2,))), again=True) as port:
        result = verify_port(port, WANTED, settle=0.2, timeout=10)
    assert (result.status, result.samples) == ("different", 3)
    assert result.reason == "1 of 3 vectors came out different on the board: 2"


def test_a_board_that_passes_and_then_fails_fails() -> None:
    for parts in (
        [sent(*report(), *report(different=(1,)))],
        [sent(*report()), sent(*report(different=(1,)))],
    ):
        with board(b"", *parts) as port:
            assert verify_port(port, WANTED, settle=0.2, timeout=10).status == "different"


@pytest.mark.slow
def test_a_board_that_passes_and_then_restarts_for_ever_is_no_proof() -> None:
    with board(b"", sent(*report()), sent(*report()[:2]), again=True) as port:
        result = verify_port(port, WANTED, settle=0.2, timeout=0.6)
    assert (
        result.status,
        "ended whole within 0.6 s: the board restarts" in str(result.reason),
    ) == ("failed", True)


def test_another_model_is_not_waited_for() -> None:
    start = time.monotonic()
    with board(b"", sent(*report(OTHER))) as port:
        result = verify_port(port, WANTED, settle=0.2, timeout=30)
    assert (result.status, OTHER in str(result.reason), time.monotonic() - start < 10) == (
        "failed",
        True,
        True,
    )


NOTHING = {
    "noise": b"noise " * 2000,
    "no end of line": b"EDGEQ SELFTEST",
    "other words": b"EDGEQ SELFTEST PASSED?\n",
    "bare verdict": b"EDGEQ SELFTEST PASS: 8 vectors\r\n",
    "escapes": b"\x1b]0;title\x07\x1b[2J\x00\x9b" * 500,
    "line ends": b"\n" * 5000,
    "restarts": sent(*report()[:3]),
}


@pytest.mark.parametrize("case", NOTHING)
def test_a_board_that_says_nothing_of_use_ends_in_time(case: str) -> None:
    start = time.monotonic()
    seen: list[str] = []
    with board(NOTHING[case], again=True) as port:
        result = verify_port(port, WANTED, settle=0.2, timeout=0.3, show=seen.append)
    assert (result.status, time.monotonic() - start < 3) == ("failed", True)
    assert result.reason is not None
    assert "within 0.3 s" in result.reason or "an older edgeq's" in result.reason
    assert len(seen) <= SHOWN_LINES
    assert all(len(line) <= SHOWN_CHARACTERS and line.isascii() for line in seen)


def test_a_port_that_is_not_there() -> None:
    with pytest.raises(EdgeqError, match=r"serial port '/dev/no-such-port' .* — check the cable"):
        verify_port("/dev/no-such-port", WANTED)
