"""Firmware of an RP2040 in rp2040js: its USB or UART is a socket, at which edgeq asks it.

The emulator is the npm package rp2040js; the boot ROM is in demo/bootrom.ts of its sources.
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import edgeq

BRIDGE = Path(__file__).parent / "rp2040_on_a_socket.mjs"
LINES = ("uart", "usb")
WINDOWS = 12
SECONDS = 60
RESULT = re.compile(r"^(\d+): (-?[0-9.]+), [0-9.]+ ms$", re.M)


@dataclass(frozen=True)
class Emulator:
    """package: folder of the npm package. bootrom: the file bootrom.ts."""

    package: Path
    bootrom: Path


@contextlib.contextmanager
def powered(emulator: Emulator, firmware: Path, line: str) -> Iterator[int]:
    """The TCP port of a board, which starts when something connects. `firmware` is what its flash
    holds, `line` one of LINES.
    """
    command: list[str | Path] = ["node", BRIDGE, emulator.package, emulator.bootrom, firmware, line]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as board:
        try:
            assert board.stdout is not None
            yield int(board.stdout.readline())
        finally:
            board.kill()


def verify_on(port: int, model: Path, options: Sequence[str]) -> str:
    """Runs `edgeq verify` on the port and prints its figures; what it said if a byte differs, or
    nothing.
    """
    board = ("--port", f"socket://127.0.0.1:{port}", "--timeout", str(SECONDS))
    command = [sys.executable, "-m", "edgeq", "verify", str(model), *board, *options, "--json"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        return (done.stdout + done.stderr)[-2000:]
    (target,) = json.loads(done.stdout)["targets"]
    shown = ("samples", "bytes_compared", "bytes_different", "microseconds_per_inference", "score")
    print("   ", ", ".join(f"{name} {target[name]}" for name in shown if target[name] is not None))
    return ""


def feed_windows(port: int, model: Path, folder: Path) -> str:
    """Sends random windows as lines of text to a program with the sensor `serial`, and compares
    class and score that it prints with the simulator's; what differs, or nothing. `folder` keeps
    the windows.
    """
    graph = edgeq.read_tflite(model).main
    shape = graph.tensors[graph.inputs[0]].shape[1:]
    steps = next(extent for extent in shape if extent > 1)
    windows = np.random.default_rng(0).integers(0, 17, (WINDOWS, *shape)).astype(np.float32)
    np.save(folder / "windows.npy", windows)
    scores = np.asarray(edgeq.simulate(model, folder / "windows.npy").outputs)
    wanted = [(str(row.argmax()), f"{row.max():.4f}") for row in scores.reshape(WINDOWS, -1)]
    rows = windows.reshape(WINDOWS * steps, -1)
    said = converse(port, "".join(",".join(f"{x:g}" for x in row) + "\n" for row in rows))
    if RESULT.findall(said) != wanted:
        return f"class and score of each window are to be {wanted}:\n{said[-2000:]}"
    print(f"    {WINDOWS} windows, class and score of each as simulated")
    return ""


def converse(port: int, text: str) -> str:
    """What a board says until it has given WINDOWS results. `text` is sent when its self-test has
    ended.
    """
    said, sent, end = b"", False, time.monotonic() + SECONDS
    with socket.create_connection(("127.0.0.1", port), timeout=1) as board:
        while (
            time.monotonic() < end and len(RESULT.findall(said.decode(errors="replace"))) < WINDOWS
        ):
            with contextlib.suppress(TimeoutError):
                said += board.recv(4096)
            if not sent and b"SELFTEST END" in said:
                board.sendall(text.encode())
                sent = True
    return said.decode(errors="replace").replace("\r\n", "\n")
