"""The text of the kernels: lines of 100 columns, and nothing written twice."""

import re
from itertools import combinations
from pathlib import Path

from edgeq.resources import resource_folder

NATIVE = resource_folder("firmware_templates") / "native"
FILES = sorted(path for path in NATIVE.rglob("*.[ch]"))
RUN = 6  # lines; fewer are idioms
ROW = re.compile(r" \*   \S+  ")
"""Of a table of types, which takes one line."""


def code_lines(text: str) -> list[str]:
    """Lines of code without indentation; comments, tables, directives, closing
    braces and blank lines left out."""
    lines, comment = [], False
    for line in (line.strip() for line in text.splitlines()):
        comment = comment or line.startswith("/*")
        if line not in ("", "}", "return;") and not comment and not line.startswith("#"):
            lines.append(line)
        comment = comment and "*/" not in line
    return lines


def runs(text: str) -> set[tuple[str, ...]]:
    """All runs of RUN lines of code."""
    lines = code_lines(text)
    return {tuple(lines[i : i + RUN]) for i in range(len(lines) - RUN + 1)}


def repeats(texts: dict[str, str]) -> set[tuple[str, str]]:
    """Pairs of files that share a run."""
    found = {name: runs(text) for name, text in texts.items()}
    return {(a, b) for a, b in combinations(sorted(found), 2) if found[a] & found[b]}


def texts() -> dict[str, str]:
    return {path.relative_to(NATIVE).as_posix(): path.read_text() for path in FILES}


def test_repeats_are_seen() -> None:
    body = "\n".join(f"  x[{i}] = {i};" for i in range(RUN))
    other = body.replace("  x", "    x")
    assert repeats({"a.c": f"int a;\n{body}\n", "b.c": f"/* b */\n{other}\nint b;"}) == {
        ("a.c", "b.c")
    }
    assert not repeats({"a.c": body, "b.c": body.replace("x[3]", "y[3]")})


def test_no_two_files_repeat_six_lines() -> None:
    assert not repeats(texts())


def test_lines_have_100_columns_at_most() -> None:
    long = [
        f"{name}:{number}"
        for name, text in texts().items()
        for number, line in enumerate(text.splitlines(), 1)
        if len(line) > 100 and not ROW.match(line)
    ]
    assert not long


def test_files_are_found() -> None:
    assert Path(NATIVE / "pooling/pool.h") in FILES
