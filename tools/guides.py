"""Runs the commands of the guides and keeps what they show true.

python tools/guides.py [--write] [PAGE ...]     (all pages of docs/ that have a session, by default)

A page's fenced blocks, in their order, are what a reader does in an empty folder. A block with a
title, as in ```python title="train.py", is a file, which is written. A `console` block is a session:
lines `$ edgeq ...` and `$ python FILE ...` are run, and the lines below each are what it prints: the
output, after the notes and warnings of its standard error. Other blocks are left alone.

Without --write the command compares, and exits with status 1 where a page shows something else.
What the machine decides (seconds, compilers, their code) may differ; on a page that trains a model
every other number may differ too, since sums of floats do, but not the words, nor "0 of".

Commands run in processes forked from one that has imported Keras and edgeq.
"""

from __future__ import annotations

import contextlib
import difflib
import multiprocessing
import os
import re
import runpy
import shlex
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FENCED = re.compile(r"^```(\w+)(?: title=\"([^\"]+)\")?\n(.*?)^```$", re.M | re.S)
ENVIRONMENT = {"COLUMNS": "76", "TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0"}
PRELOADED = (  # imports take longer than most commands
    "tensorflow",
    "keras",
    "edgeq.cli",
    "edgeq.codegen.generate",
    "edgeq.convert",
    "edgeq.quantize.quantize",
    "edgeq.simulate.simulate",
    "edgeq.verify.run",
)
SAID = re.compile(r"^(?:note|warning|error): ")  # lines of the standard error that are shown
SCORE = re.compile(r"\b(?:accuracy|auc)\b[^\d\n]*([01]\.\d+)")
SECONDS = 300  # for one command
OF_THE_MACHINE = (
    (re.compile(r"(samples per second +)[\d,]+"), r"\1N"),
    (re.compile(r"[\d.,]+( seconds?\b)"), r"N\1"),
    (re.compile(r"^(host|cortex-m4): .*(?:\n  \S.*)*$", re.M), r"\1: COMPILER"),
    (re.compile(r"^(  (?:host|cortex-m4) +)[\d,]+( +[\d,]+ +[\d,]+ +)\S+$", re.M), r"\1N\2N"),
    (re.compile(r"^(  (?:host|cortex-m4) .*?)[\d,]+$", re.M), r"\1N"),  # instructions
)
OF_THE_TRAINING = (re.compile(r"(ranges by )[a-z].*"), r"\1CALIBRATOR")
NUMBER = re.compile(r"(?<![\w.])(?!0 of )-?\d+(?:,\d{3})*(?:\.\d+)?(?:e-?\d+)?(?!\w)")


@dataclass(frozen=True)
class Step:
    """A block of a page. Either a file with its text, or a session."""

    start: int
    end: int
    file: str
    text: str


def steps(page: str) -> list[Step]:
    """The files and sessions of a page, in their order."""
    return [
        Step(found.start(3), found.end(3), found[2] or "", found[3])
        for found in FENCED.finditer(page)
        if found[2] or found[1] == "console"
    ]


def commands(session: str) -> list[str]:
    """The commands of a session, which a backslash at a line's end continues."""
    return re.findall(r"^\$ ((?:.*\\\n)*.*)$", session, re.M)


def run_page(page: str, folder: Path) -> str:
    """The page with what its commands print now, run in an empty folder.

    Raises SystemExit for a command that fails.
    """
    made, position = [], 0
    for step in steps(page):
        made.append(page[position : step.start])
        position = step.end
        if step.file:
            (folder / step.file).write_text(step.text)
            made.append(step.text)
        else:
            made.append("\n".join(_shown(c, folder) for c in commands(step.text)))
    return "".join([*made, page[position:]])


def _shown(command: str, folder: Path) -> str:
    status, output, errors = run(shlex.split(command.replace("\\\n", " ")), folder)
    said = [line for line in errors.splitlines() if SAID.match(line)]
    if status != 0:
        raise SystemExit(f"$ {command}\nexit status {status}\n{output}{errors}")
    text = "\n".join([*said, output.rstrip()]).strip("\n")
    return f"$ {command}\n{text}\n" if text else f"$ {command}\n"


def run(arguments: list[str], folder: Path) -> tuple[int, str, str]:
    """Exit status, output and standard error of `edgeq ...` or `python FILE ...` in a folder."""
    if arguments[0] not in ("edgeq", "python"):
        raise SystemExit(f"{shlex.join(arguments)}: guides run edgeq and python alone")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*PRELOADED])
    with tempfile.TemporaryDirectory() as scratch, _environment():
        files = Path(scratch) / "out", Path(scratch) / "err"
        child = context.Process(target=_child, args=(arguments, folder, *files))
        child.start()
        child.join(SECONDS)
        if child.is_alive():
            child.kill()
            child.join()
        assert child.exitcode is not None
        output, errors = (file.read_text() for file in files)
        return child.exitcode, output, errors


@contextlib.contextmanager
def _environment() -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(ENVIRONMENT)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _child(arguments: list[str], folder: Path, output: Path, errors: Path) -> None:
    os.chdir(folder)
    os.environ.update(ENVIRONMENT)
    for number, file in ((1, output), (2, errors)):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    program, *rest = arguments
    if program == "edgeq":
        from edgeq.cli import main

        sys.argv = arguments
        main()
    else:
        sys.argv = rest
        runpy.run_path(rest[0], run_name="__main__")


def comparable(page: str) -> str:
    """The page without what may differ from run to run or from machine to machine."""
    for pattern, replacement in OF_THE_MACHINE:
        page = pattern.sub(replacement, page)
    if "keras.Sequential" in page or ".fit(" in page:
        page = NUMBER.sub("N", OF_THE_TRAINING[0].sub(OF_THE_TRAINING[1], page))
    return re.sub(r"─+|\s+", " ", page)


def same(before: str, after: str) -> bool:
    """Whether a page and what it became by running it say the same: the same words, and scores
    (accuracy, AUC) that differ by a twentieth at most.
    """
    scores = [[float(score) for score in SCORE.findall(page)] for page in (before, after)]
    near = all(abs(a - b) <= 0.05 for a, b in zip(*scores, strict=False))
    return comparable(before) == comparable(after) and near


def pages() -> list[Path]:
    """The pages of docs/ that have a session which is kept by this tool."""
    return sorted(p for p in (ROOT / "docs" / "guides").glob("*.md") if steps(p.read_text()))


def main(arguments: list[str]) -> int:
    write = "--write" in arguments
    named = [Path(a) for a in arguments if a != "--write"]
    wrong = 0
    for path in named or pages():
        before = path.read_text()
        with tempfile.TemporaryDirectory(prefix="edgeq-guide-") as folder:
            after = run_page(before, Path(folder))
        if write:
            path.write_text(after)
        elif not same(before, after):
            wrong += 1
            lines = difflib.unified_diff(before.splitlines(), after.splitlines(), str(path))
            print("\n".join(lines))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
