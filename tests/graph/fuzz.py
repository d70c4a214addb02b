"""Mutated models through every command that reads one: each ends in a result or in an EdgeqError,
in bounded time.

    PYTHONPATH=.:tests python -m graph.fuzz --seconds 3600 --seed 1

runs for as long as it is told, and writes what it finds to `--keep`, where each file is named by
what went wrong.
"""

from __future__ import annotations

import argparse
import contextlib
import resource
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from firmware.samples import samples

from edgeq.codegen.native import render_native
from edgeq.errors import EdgeqError
from edgeq.graph import read_tflite, write_tflite
from edgeq.inspection import inspect
from edgeq.simulate.execute import execute, random_inputs
from graph.mutants import mutant

SECONDS = 10
LONGEST = 5000  # characters of a message
MEMORY = 1 << 30  # beyond what the process has when it starts


class OddMessageError(Exception):
    """An error message that controls the terminal or is too long."""


class TooLongError(Exception):
    """A model took more than `SECONDS`."""


def seeds(count: int | None = None) -> list[bytes]:
    """Small files of every operator, or `count` of them, deterministic."""
    files = [write_tflite(model) for model in samples().values()]
    return files if count is None else files[:: max(1, len(files) // count)]


def attempt(data: bytes) -> str:
    """The outcome of a file: `refused` or `computed`. Raises anything else."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            model = read_tflite(data)
            inspect(model)
            execute(model.main, random_inputs(model.main, 2))
            render_native(model, "model")
        except EdgeqError as error:
            message = str(error)
        else:
            return "computed"
    if not message.isprintable() or len(message) > LONGEST:
        raise OddMessageError(message[:200])
    return "refused"


@contextlib.contextmanager
def within(seconds: int) -> Iterator[None]:
    """Raises TooLongError inside the block after so many seconds."""

    def ring(*_: object) -> None:
        raise TooLongError

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--keep", type=Path, default=Path("fuzz-findings"))
    args = parser.parse_args()
    generator, files, found = np.random.default_rng(args.seed), seeds(), dict[str, int]()
    counts = dict.fromkeys(("refused", "computed", "failed"), 0)
    limit = (
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 + MEMORY + (1 << 30)
    )  # addresses, not pages
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    end = time.monotonic() + args.seconds
    while time.monotonic() < end:
        data = mutant(files[generator.integers(len(files))], generator)
        try:
            with within(SECONDS):
                counts[attempt(data)] += 1
        except Exception as error:
            counts["failed"] += 1
            frame = traceback.extract_tb(error.__traceback__)[-1]
            name = f"{type(error).__name__}-{Path(frame.filename).stem}-{frame.lineno}"
            found[name] = found.get(name, 0) + 1
            if found[name] == 1:
                args.keep.mkdir(parents=True, exist_ok=True)
                (args.keep / f"{name}.tflite").write_bytes(data)
                print(f"{name}: {str(error)[:200]}", flush=True)
    print(f"seed {args.seed}: {counts}")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
