"""Runs tests on a source with a fault, each time in a process forked from one that has imported
what is not edgeq's.

A mutant then costs the import of edgeq, the collection of its tests, and the tests up to the first
that fails.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import resource
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from mutation.record import Record

MEMORY = 3 << 30  # bytes; no fast test takes a fifth of it
STARTING = (
    8.0  # seconds of CPU for imports and collection, on top of a multiple of what the tests take
)
TIMES_AS_LONG = (
    5.0  # a fault may take so many times the CPU time of the original before it counts as killed
)
WAITING = 6.0  # a fault is given up without a verdict after so many times its CPU time on the clock

KILLED, SURVIVED, UNDECIDED, UNTESTED = "killed", "survived", "undecided", "untested"


@dataclass(frozen=True)
class Verdict:
    """What the tests say of one planted fault.

    word: KILLED, SURVIVED or UNDECIDED. by: the test that failed, or why the tests did not end.
    tests: how many tests run the line of the fault.
    """

    word: str
    by: str = ""
    tests: int = 0


def import_what_is_foreign(record: Record, folder: Path) -> None:
    """Imports what the tests had imported, but for modules of the project, and for those that do
    not import alone.
    """
    for name in record.modules:
        room = name.partition(".")[0]
        own = (
            (folder / room).exists()
            or (folder / f"{room}.py").exists()
            or (folder / "tests" / room).exists()
        )
        if not own and room not in ("__main__", "tests", "coverage", "conftest", "tensorflow"):
            with contextlib.suppress(Exception):
                importlib.import_module(name)


def choose(record: Record, source: str, line: int, seconds: float) -> list[str]:
    """The tests that serve a line, in the order to try them, as many as take so many seconds of
    CPU, at least one.
    """
    chosen, left = list[str](), seconds
    for test in record.tests_of(source, line):
        left -= record.seconds[test]
        if left < 0 and chosen:
            break
        chosen.append(test)
    return chosen


def judge(
    record: Record, folder: Path, source: str, line: int, text: str, seconds: float
) -> Verdict:
    """The verdict of the tests that serve a line, with `text` in place of the source; the folder is
    as before after.
    """
    tests = choose(record, source, line, seconds)
    if not tests:
        return Verdict(UNTESTED)
    place = folder / source
    kept, times = place.read_text(), place.stat()
    place.write_text(text)
    later = (
        times.st_mtime + 2 + time.monotonic() % 1e6
    )  # or Python takes the bytecode of the original
    os.utime(place, (later, later))
    try:
        word, by = run(
            tests, folder, STARTING + TIMES_AS_LONG * sum(record.seconds[test] for test in tests)
        )
    finally:
        place.write_text(kept)
        os.utime(place, (times.st_atime, times.st_mtime))
    return Verdict(word, by, len(tests))


def run(tests: list[str], folder: Path, limit: float) -> tuple[str, str]:
    """KILLED with the test that failed, SURVIVED, or UNDECIDED, for tests run up to the first that
    fails.

    limit: seconds of CPU; tests that take longer, or more memory than MEMORY, are KILLED.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.setsid()
        resource.setrlimit(resource.RLIMIT_CPU, (int(limit), int(limit) + 5))
        _run_tests(tests, folder, writing)
    os.close(writing)
    why = _wait(child, limit * WAITING)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    if why:
        return (UNDECIDED if why == "time" else KILLED), why
    failed = said.removeprefix("done").strip()
    if failed or not said.startswith("done"):
        return KILLED, failed or "the process ended"
    return SURVIVED, ""


def _wait(child: int, seconds: float) -> str:
    """Waits for the end of a process; ends it and tells why where it takes too long or too much
    memory.
    """
    end, why = time.monotonic() + seconds, ""
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        time.sleep(0.02)
        why = "memory" if _resident(child) > MEMORY else "time" if time.monotonic() > end else ""
        if why:
            break
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    if why:
        os.waitpid(child, 0)
    return why


def _resident(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * resource.getpagesize()
    except (OSError, IndexError):
        return 0


def _run_tests(tests: list[str], folder: Path, writing: int) -> None:
    """In the forked process: runs tests in this order, and writes "done" and the first that failed.
    Never returns.
    """
    import pytest

    order = {test: k for k, test in enumerate(tests)}

    class Chosen:
        @pytest.hookimpl(trylast=True)
        def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
            chosen = {item.nodeid: item for item in items if item.nodeid in order}
            items[:] = [chosen[test] for test in tests if test in chosen]

        def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
            if report.failed:
                os.write(writing, f"done {report.nodeid}".encode())
                os._exit(0)

    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    os.chdir(folder)
    sys.dont_write_bytecode = True
    files = list(dict.fromkeys(test.partition("::")[0] for test in tests))
    code = pytest.main(["-x", "-q", "-p", "no:cacheprovider", *files], plugins=[Chosen()])
    os.write(writing, b"done" if code == 0 else b"done collection")
    os._exit(0)
