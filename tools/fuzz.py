"""Fuzzing by hand of what edgeq reads: models and data files, from small valid ones.

    pip install atheris
    python tools/fuzz.py plan --seconds 3600 --corpus build/fuzz-corpus
    python tools/fuzz.py data --plain --seconds 600 --seed 1
    python tools/fuzz.py plan --every 1

The first form is led by coverage of edgeq's code (libFuzzer by atheris, on Pythons that it has wheels
for); inputs that reach new code are kept in `--corpus` for the next run. The others need nothing:
valid files are changed at random, or the smallest file of each operator in every one of its fields,
one at a time. Targets: `read` (reader and writer), `plan` (clean-up, operators'
checks, lowering, planning), `code` (inspection, simulator, C) and `data` (.npz, .npy, .csv and class
names). Every input must end in a result or in one line of an EdgeqError, within `--limit` seconds
and 1 GB. What does not is kept in `--keep`, a file for each place in the code; status 1 if there is
any.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tools")]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("target", choices=("read", "plan", "code", "data"))
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--executions", type=int, default=1 << 62)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=int, default=10, help="seconds of one execution")
    parser.add_argument("--plain", action="store_true", help="random changes, without atheris")
    parser.add_argument(
        "--every", type=int, metavar="N", help="every single change of N files of each operator"
    )
    parser.add_argument("--more", type=Path, help="a folder with more files to start from")
    parser.add_argument("--corpus", type=Path, default=ROOT / "build" / "fuzz-corpus")
    parser.add_argument("--keep", type=Path, default=ROOT / "build" / "fuzz-findings")
    args = parser.parse_args()
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    if not args.plain and not args.every:
        from fuzzing.led import run_led

        return run_led(args)
    return run_plain(args)


def run_plain(args: argparse.Namespace) -> int:
    """Random changes of the corpus, deterministic by the seed, or every single change of it."""
    import numpy as np
    from fuzzing.corpus import CHANGED, corpus, every_single_change
    from fuzzing.findings import Findings
    from fuzzing.limits import limit_memory
    from fuzzing.targets import TARGETS

    found = Findings(args.keep / args.target, ".bin" if args.target == "data" else ".tflite")
    if args.every:
        inputs = every_single_change(args.every)
    else:
        files, rng = corpus(args.target, args.more), np.random.default_rng(args.seed)
        change = CHANGED[args.target]
        inputs = (change(files[rng.integers(len(files))], rng) for _ in itertools.count())
    limit_memory()
    start = said = time.monotonic()
    for content in itertools.islice(inputs, args.executions):
        found.execute(TARGETS[args.target], content, args.limit)
        if time.monotonic() > start + args.seconds:
            break
        if time.monotonic() > said + 60:
            said = time.monotonic()
            print(found.line(said - start), flush=True)
    print(found.line(time.monotonic() - start))
    return int(bool(found.places))


if __name__ == "__main__":
    sys.exit(main())
