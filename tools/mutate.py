"""Mutation testing by hand: small faults are planted one at a time, and the tests that serve the
line must notice.

    pip install cosmic-ray coverage
    python tools/mutate.py edgeq/plan edgeq/opkit/im2col.py [--sample 40] [--seed 0] [--minutes 60]
    python tools/mutate.py firmware_templates/native/common/requantize.h

First the tests run once without a fault, the fast ones or those of `--marked`, and which of them
run which lines is measured; `--record FILE` keeps that for the next time. A sample of faults is
drawn by a seed: first places in the sources (of C: lines that a compiler of this machine compiles),
then one fault for each. The sources are mutated in a copy of the project. The tests that run a
fault's line, or build its source of C, are tried, those of the module's own name first, then the
fastest, up to `--seconds` of their CPU time for each fault.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from mutation.faults import Mutant, draw, sources
from mutation.judge import (
    KILLED,
    SURVIVED,
    UNDECIDED,
    UNTESTED,
    Verdict,
    import_what_is_foreign,
    judge,
    run,
)
from mutation.record import Record, read_record

ROOT = Path(__file__).resolve().parent.parent
COPIED = (
    "edgeq",
    "tests",
    "firmware_templates",
    "boards",
    "examples",
    "benchmarks",
    "docs",
    "tools",
    "README.md",
    "pyproject.toml",
    "Makefile",
)
RECORDER = Path("tools") / "mutation" / "record.py"


def prepare(folder: Path) -> None:
    """Copies the project, and makes it what tests and their child processes import."""
    for part in COPIED:
        (shutil.copytree if (ROOT / part).is_dir() else shutil.copy)(ROOT / part, folder / part)
    os.environ.setdefault("EDGEQ_SHARED", str(ROOT.parent / "shared"))
    os.environ["PYTHONPATH"] = os.pathsep.join(
        [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
    )
    os.environ |= dict.fromkeys(
        ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"
    )  # a fork copies one thread
    sys.path[:0] = [str(folder), str(folder / "tests")]


def take_record(folder: Path, tests: list[str], marked: str, kept: Path | None) -> Record:
    """The record of the tests on sources without a fault: read from the file that `--record` names, if
    that is of these sources and tests, else measured.
    """
    digest = hashlib.sha256("\n".join([marked, *tests]).encode())
    for path in sorted(
        p for part in ("edgeq", "tests", "firmware_templates") for p in (folder / part).rglob("*")
    ):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(path.read_bytes())
    where = kept or folder / "record.json"
    named = where.with_suffix(f".{digest.hexdigest()[:16]}.json")
    if not named.is_file():
        print("measures which tests run which lines", flush=True)
        command = [sys.executable, str(RECORDER), str(named.resolve()), marked, *tests]
        subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=True)
    return read_record(named)


def parse_arguments() -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sources", nargs="+", help="files or folders of the project")
    parser.add_argument(
        "--tests", nargs="+", default=["tests", "edgeq"], help="what may notice faults"
    )
    parser.add_argument(
        "--marked", default="not slow", help='which of them, in pytest\'s terms; "": all'
    )
    parser.add_argument("--sample", type=int, default=40, help="how many faults are planted")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--minutes", type=float, default=60, help="no fault is planted after that time"
    )
    parser.add_argument(
        "--seconds", type=float, default=30, help="CPU time of the tests of one fault"
    )
    parser.add_argument("--record", type=Path, help="keeps what tests run which lines in this file")
    return parser.parse_args()


def main() -> None:
    options = parse_arguments()
    found = list[tuple[Verdict, Mutant]]()
    with tempfile.TemporaryDirectory(prefix="edgeq-mutate-") as name:
        folder = Path(name)
        prepare(folder)
        record = take_record(folder, options.tests, options.marked, options.record)
        if record.failed:
            print(f"these fail without a fault and judge nothing: {', '.join(record.failed)}")
        import_what_is_foreign(record, folder)
        start = time.monotonic()
        places = [folder / path.relative_to(ROOT) for path in sources(options.sources)]
        for mutant in draw(places, folder, options.sample, options.seed):
            if time.monotonic() - start > 60 * options.minutes:
                break
            verdict = judge(
                record, folder, str(mutant.path), mutant.line, mutant.text, options.seconds
            )
            found.append((verdict, mutant))
            print(
                f"{verdict.word:9}  {mutant.path}:{mutant.line}  {mutant.after}  [{verdict.by}]",
                flush=True,
            )
        found = without_chance(found, folder, record)
    report(found)


def without_chance(
    found: list[tuple[Verdict, Mutant]], folder: Path, record: Record
) -> list[tuple[Verdict, Mutant]]:
    """The verdicts, UNDECIDED where a test noticed a fault that fails without one as well, run
    after other tests.
    """
    killers, chance = (
        sorted({verdict.by for verdict, _ in found if verdict.by in record.seconds}),
        list[str](),
    )
    while killers:
        word, by = run(killers, folder, 60 + 5 * sum(record.seconds[test] for test in killers))
        if word == SURVIVED:
            break
        if by not in killers:
            sys.exit(f"error: the tests that noticed faults do not run without one: {by or word}")
        print(f"fails without a fault where other tests run before it: {by}")
        killers.remove(by)
        chance.append(by)
    return [
        (Verdict(UNDECIDED, v.by, v.tests) if v.by in chance else v, mutant) for v, mutant in found
    ]


def report(found: list[tuple[Verdict, Mutant]]) -> None:
    """The score, and every mutant that was not killed."""
    count = Counter(verdict.word for verdict, _ in found)
    judged = len(found) - count[UNDECIDED]
    print(f"\n{count[KILLED]} of {judged} killed: {100 * count[KILLED] / max(judged, 1):.0f} %")
    print(
        f"{count[UNTESTED]} of them in lines that none of these tests runs; {count[UNDECIDED]} without a verdict"
    )
    for verdict, mutant in found:
        if verdict.word != KILLED:
            print(
                f"{verdict.word}: {mutant.path}:{mutant.line} ({mutant.operator}), {verdict.tests} tests"
            )
            print(f"- {mutant.before}\n+ {mutant.after}")


if __name__ == "__main__":
    main()
