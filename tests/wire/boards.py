"""Boards for the tests of the wire: programs and emulators whose UART is reached by a socket, also
through a line that damages what it carries.
"""

from __future__ import annotations

import contextlib
import os
import random
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

Tamper = Callable[[bytes], bytes]


def untouched(data: bytes) -> bytes:
    """A line without faults."""
    return data


def faulty(seed: int, once_in: int) -> Tamper:
    """A line that drops, flips, repeats or puts in bytes, about one in so many."""
    chance = random.Random(seed)

    def carry(data: bytes) -> bytes:
        out = bytearray()
        for byte in data:
            fault = chance.randrange(4) if chance.randrange(once_in) == 0 else None
            if fault == 1:
                byte ^= 1 << chance.randrange(8)
            if fault == 3:
                out += chance.randbytes(chance.randrange(1, 6))
            out += bytes([byte]) * {0: 0, 2: chance.randrange(2, 5)}.get(fault, 1)
        return bytes(out)

    return carry


@contextlib.contextmanager
def program(
    command: list[str | Path], to: Tamper = untouched, fro: Tamper = untouched
) -> Iterator[str]:
    """The URL of a program that serves on its standard input and output."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        ) as board,
    ):
        assert board.stdin is not None
        assert board.stdout is not None
        carrier = threading.Thread(
            target=_serve, args=(server, board.stdin.fileno(), board.stdout.fileno(), to, fro)
        )
        carrier.start()
        try:
            yield f"socket://127.0.0.1:{server.getsockname()[1]}"
        finally:
            board.kill()
            with contextlib.suppress(OSError):
                socket.create_connection(server.getsockname(), 1).close()
            carrier.join()


def _serve(server: socket.socket, board_in: int, board_out: int, to: Tamper, fro: Tamper) -> None:
    """Carries bytes between the first connection and a board."""
    here, _ = server.accept()
    here.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with here:
        back = threading.Thread(
            target=_carry, args=(lambda: os.read(board_out, 4096), here.sendall, fro)
        )
        back.start()
        _carry(lambda: here.recv(4096), lambda data: os.write(board_in, data), to)
        back.join()


def _carry(read: Callable[[], bytes], write: Callable[[bytes], object], tamper: Tamper) -> None:
    with contextlib.suppress(OSError):
        while data := read():
            write(tamper(data))
