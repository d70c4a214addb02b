"""Differential testing by hand: random small models of every operator and type, each computed by
the simulator, TFLM, tflite-runtime and the compiled C, which must give the same bytes.

    python tools/difftest.py [--seconds 600] [--cases 100000] [--seed 1] [--only CONV_2D ADD]
    python tools/difftest.py --core cortex-m4 --seconds 600
    python tools/difftest.py tests/golden/cases/conv_2d-tflm-0123abcd.tflite

Cases are drawn from the samples of the operators' own tests by random changes of sizes, types,
scales, zero points, options and constants, and as several operators in a row; a model with
variables runs several steps. What interpreters refuse, and where they differ as the table of known
differences says, is counted. A case that differs otherwise is shrunk and kept in `--keep`, from
where `tests/test_golden_cases.py` runs it ever after. The second form runs the C on an emulated core
as well, the third one kept cases alone. Ends with status 1 if anything was found.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tools")]

from differential.golden import kept  # noqa: E402 - found by the line before
from differential.judge import Computers, judged  # noqa: E402
from differential.report import finding_line, line, summary  # noqa: E402
from differential.seeds import find_seeds  # noqa: E402
from differential.session import Settings, Tally, run  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases_kept", nargs="*", type=Path, metavar="CASE.tflite")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--cases", type=int, default=1 << 62)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--batch", type=int, default=1000, help="cases of one program")
    parser.add_argument("--only", nargs="+", default=(), help="operators")
    parser.add_argument("--core", nargs="+", default=(), help="emulated cores to run the C on")
    parser.add_argument("--compiler", help="gcc or clang, for this machine")
    parser.add_argument("--no-c", action="store_true", help="interpreters alone, which is quicker")
    parser.add_argument("--keep", type=Path, default=ROOT / "tests" / "golden" / "cases")
    parser.add_argument("--reasons", action="store_true", help="say why cases were refused")
    args = parser.parse_args()
    computers = Computers(not args.no_c, tuple(args.core), args.compiler)
    if args.cases_kept:
        return _run_kept(args.cases_kept, computers)
    settings = Settings(
        args.seed, args.seconds, args.cases, args.batch, computers, args.keep, tuple(args.only)
    )
    start, cpu = time.monotonic(), cpu_seconds()

    told = 0

    def progress(tally: Tally) -> None:
        nonlocal told
        print(line(tally, time.monotonic() - start, cpu_seconds() - cpu), flush=True)
        for finding in tally.findings[told:]:
            print(finding_line(finding), flush=True)
        told = len(tally.findings)

    print(f"seed {args.seed}")
    tally = run(settings, find_seeds(), progress)
    print(summary(tally, time.monotonic() - start, cpu_seconds() - cpu, args.reasons))
    return int(bool(tally.findings))


def cpu_seconds() -> float:
    """Seconds that this process and those that it has started and seen end took of a core."""
    return sum(os.times()[:4])


def _run_kept(paths: list[Path], computers: Computers) -> int:
    found = 0
    for path in paths:
        (outcomes,) = judged([kept(path)], computers)
        for outcome in outcomes:
            print(f"{path.name}: {outcome.computer} {outcome.status} {outcome.why}".rstrip())
            found += outcome.finding
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
