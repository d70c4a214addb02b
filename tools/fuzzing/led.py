"""Fuzzing that is led by coverage: libFuzzer by atheris, with edgeq's modules instrumented."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

CHANGED_BY_TABLES = 0.5  # of the inputs; the others are changed by libFuzzer


def run_led(args: argparse.Namespace) -> int:
    """Runs until the time or the number of executions is up. atheris ends the process itself, so the
    result is printed as it goes.
    """
    try:
        import atheris
    except ImportError:
        print("atheris is not installed: pip install atheris, or give --plain", file=sys.stderr)
        return 2
    with atheris.instrument_imports(include=["edgeq"]):
        from fuzzing.corpus import CHANGED, corpus
        from fuzzing.targets import TARGETS
    import numpy as np

    from fuzzing.findings import Findings

    found = Findings(args.keep / args.target, ".bin" if args.target == "data" else ".tflite")
    target, change = TARGETS[args.target], CHANGED[args.target]
    folder = args.corpus / args.target
    _write_corpus(folder, corpus(args.target, args.more))
    start = time.monotonic()
    said = [start]

    def execute(data: bytes) -> None:
        found.execute(target, data, args.limit)
        now = time.monotonic()
        if now > said[0] + 60:
            said[0] = now
            print(found.line(now - start), flush=True)
        if now > start + args.seconds or found.executions >= args.executions:
            print(found.line(now - start), flush=True)
            os._exit(int(bool(found.places)))  # libFuzzer has no other way out

    def mutate(data: bytes, longest: int, seed: int) -> bytes:
        rng = np.random.default_rng(seed)
        if rng.random() < CHANGED_BY_TABLES:
            try:
                return change(bytes(data), rng)[:longest]
            except Exception:  # of an input that is no valid file any more
                pass
        return bytes(atheris.Mutate(data, len(data)))

    options = [
        sys.argv[0],
        str(folder),
        f"-seed={args.seed}",
        "-timeout=0",
        "-rss_limit_mb=3000",
        "-max_len=16384",
        "-print_final_stats=0",
        "-verbosity=0",
    ]
    atheris.Setup(options, execute, custom_mutator=mutate)
    atheris.Fuzz()
    return int(bool(found.places))


def _write_corpus(folder: Path, files: list[bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, content in enumerate(files):
        (folder / f"seed-{number:05}").write_bytes(content)
