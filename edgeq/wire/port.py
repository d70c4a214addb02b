"""A port that pyserial opens: a serial device, or a URL such as socket://localhost:4000."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
from collections.abc import Iterator
from typing import Any, Protocol

from edgeq.errors import EdgeqError, shown

POLL_SECONDS = 0.05
WRITE_SECONDS = 5.0  # a port that takes nothing for so long is stuck


class Port(Protocol):
    """What is used of an open port. `read` waits POLL_SECONDS at most."""

    @property
    def in_waiting(self) -> int: ...
    def read(self, size: int) -> bytes: ...
    def write(self, data: bytes) -> Any: ...


@contextlib.contextmanager
def open_port(name: str, baudrate: int) -> Iterator[Port]:
    """The port, open. Raises EdgeqError without the packages that the wire needs, and where it cannot be
    opened, takes nothing or goes away.
    """
    check_packages()
    serial = importlib.import_module("serial")
    try:
        port = serial.serial_for_url(name, do_not_open=True)
        port.baudrate, port.timeout, port.write_timeout = baudrate, POLL_SECONDS, WRITE_SECONDS
        # Of a socket that never falls silent, pyserial would empty the buffer for ever.
        port.reset_input_buffer = lambda: None
        port.open()
        with contextlib.closing(port):
            yield port
    except (serial.SerialException, OSError, ValueError) as error:
        raise EdgeqError(f"serial port {name!r}", _trouble(error), _remedy()) from error


def check_packages() -> None:
    """Raises EdgeqError with pip's command where pyserial or cobs is not installed."""
    packages = {"serial": "pyserial", "cobs": "cobs"}
    missing = [name for of, name in packages.items() if importlib.util.find_spec(of) is None]
    if missing:
        why = f"{' and '.join(missing)} not installed"
        raise EdgeqError("a board on a serial port", why, 'pip install "edgeq[serial]"')


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
