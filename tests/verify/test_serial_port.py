"""A board played by the other end of a pseudo-terminal."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from edgeq.errors import EdgeqError
from edgeq.verify.serial_port import verify_port


@contextmanager
def board(says: bytes) -> Iterator[str]:
    """The name of a port on which a board repeats what it says."""
    ours, theirs = os.openpty()
    os.set_blocking(ours, False)
    stop = threading.Event()

    def talk() -> None:
        while not stop.wait(0.02):
            with suppress(BlockingIOError):  # the reader has gone and the line is full
                os.write(ours, says)

    thread = threading.Thread(target=talk, daemon=True)
    thread.start()
    try:
        yield os.ttyname(theirs)
    finally:
        stop.set()
        thread.join()
        os.close(ours)
        os.close(theirs)


def test_a_board_that_passes() -> None:
    seen: list[str] = []
    with board(b"boot\r\n\xff\x1b[2J\r\nEDGEQ SELFTEST PASS: 8 vectors\r\n") as port:
        result = verify_port(port, timeout=10, show=seen.append)
    assert (result.name, result.status, result.samples, result.reason) == (port, "ok", 8, None)
    assert result.toolchain == "serial, 115200 baud"
    assert all(line.isprintable() for line in seen)


def test_a_board_that_fails_is_quoted() -> None:
    with board(b"EDGEQ SELFTEST FAIL: 2 of 8 vectors differ\n") as port:
        result = verify_port(port, timeout=10)
    assert (result.status, result.samples) == ("different", 8)
    assert result.reason == "the board says: EDGEQ SELFTEST FAIL: 2 of 8 vectors differ"


@pytest.mark.parametrize("says", [b"noise " * 2000, b"EDGEQ SELFTEST", b"EDGEQ SELFTEST PASSED?\n"])
def test_a_board_that_says_nothing_of_use_ends_in_time(says: bytes) -> None:
    with board(says) as port:
        result = verify_port(port, timeout=0.3)
    assert result.status == "failed"
    assert result.reason is not None
    assert "within 0.3 s" in result.reason


def test_a_port_that_is_not_there() -> None:
    with pytest.raises(EdgeqError, match=r"serial port '/dev/no-such-port' .* — check the cable"):
        verify_port("/dev/no-such-port")
