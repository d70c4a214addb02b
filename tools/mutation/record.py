"""Measures which tests run which lines of edgeq and build which sources of C, and how long each
test takes.

    python record.py OUT.json MARKED TEST_FILE_OR_FOLDER...

Runs once, in one process, the tests that are marked so, in pytest's terms, such as "not slow". To
be started in the folder of the project.
"""

from __future__ import annotations

import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

HOST_COMPILERS = ("cc", "gcc", "clang")  # as tests start them; those of boards have a prefix
Lines = dict[str, dict[int, list[str]]]  # source -> line -> tests that run it


@dataclass(frozen=True)
class Record:
    """What the tests do without a fault. Sources and tests are named from the folder of the
    project.

    seconds: CPU time of each test that passed, with the compilers and programs that it ran.
    failed: tests that did not, and judge nothing.
    lines: of Python; line 0 is for all tests that run any line of the source.
    builds: source of C -> tests that read it and start a compiler of this machine.
    modules: every module that is imported at the end.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    lines: Lines = field(default_factory=dict)
    builds: dict[str, list[str]] = field(default_factory=dict)
    modules: list[str] = field(default_factory=list)

    def tests_of(self, source: str, line: int) -> list[str]:
        """The tests that run a line or build a source of C, in the order to try: those of the
        source's name, then the fastest. For lines that run while modules are imported, and for
        those that no test runs by themselves (an expression's second line may be counted with its
        first), all that run any line of the source."""
        of_lines = self.lines.get(source, {})
        found = self.builds.get(source) or of_lines.get(line) or of_lines.get(0, [])
        own = f"test_{Path(source).stem}.py"
        return sorted(
            found, key=lambda test: (own not in test and source not in test, self.seconds[test])
        )


def read_record(path: Path) -> Record:
    """A record that `write_record` wrote."""
    kept = json.loads(path.read_text())
    kept["lines"] = {
        source: {int(k): v for k, v in lines.items()} for source, lines in kept["lines"].items()
    }
    return Record(**kept)


def record(tests: list[str], marked: str, root: Path) -> Record:
    """Runs the tests of files and folders that are marked so, and measures them."""
    import coverage
    import pytest

    traced = coverage.Coverage(data_file=None, source=[str(root / "edgeq")], config_file=False)
    seconds, failed = dict[str, float](), set[str]()
    reads, compiling, now = defaultdict[str, set[str]](set), set[str](), [""]
    sources_of_c = str(root / "firmware_templates")

    def note(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and now[0] and str(arguments[0]).startswith(sources_of_c):
            reads[str(Path(str(arguments[0])).relative_to(root))].add(now[0])
        if event == "subprocess.Popen" and Path(str(arguments[0])).name in HOST_COMPILERS:
            compiling.add(now[0])

    class Watch:
        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[object]:
            now[0] = item.nodeid
            traced.switch_context(item.nodeid)
            start = sum(os.times()[:4])
            done = yield
            seconds[item.nodeid] = sum(os.times()[:4]) - start
            now[0] = ""
            return done

        def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
            if not report.passed:
                failed.add(report.nodeid)

    sys.addaudithook(note)
    traced.start()
    pytest.main(["-q", "-p", "no:cacheprovider", "-m", marked, *tests], plugins=[Watch()])
    traced.stop()
    passed = {test: round(took, 4) for test, took in seconds.items() if test not in failed}
    lines, data = Lines(), traced.get_data()
    for name in data.measured_files():
        found = {
            line: [test for test in of if test in passed]
            for line, of in data.contexts_by_lineno(name).items()
        }
        any_line = sorted({test for of in found.values() for test in of})
        lines[str(Path(name).relative_to(root))] = {0: any_line, **found}
    kept = {source: sorted(of & compiling & passed.keys()) for source, of in reads.items()}
    return Record(passed, sorted(failed), lines, kept, sorted(sys.modules))


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(asdict(record(sys.argv[3:], sys.argv[2], Path.cwd()))))
