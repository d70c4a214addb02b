"""Boards, compilers and runs for the tests of generated projects."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from edgeq.boards import Board, find_board, load_boards

STUBS = Path(__file__).parent / "stubs"
WARNINGS = ("-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror")
C99 = ("-std=c99", "-pedantic", *WARNINGS)
SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")


def board_for(framework: str, preferred: str) -> str | None:
    """The preferred board where it knows the framework, else the first that does, None if none."""
    able = [board.name for board in load_boards() if framework in board.framework_names]
    known = framework in find_board(preferred).framework_names
    return preferred if known else next(iter(able), None)


def boards_of(framework: str) -> list[Board]:
    """The boards whose file has an entry that the framework takes."""
    return [board for board in load_boards() if framework in board.framework_names]


def tool(name: str, package: str) -> str:
    """The tool's name, or a file's path; where it is not installed the test fails in CI and is
    skipped elsewhere, naming the package.
    """
    if shutil.which(name) is None and not Path(name).is_file():
        reason = f"no {name}: install {package}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return name


def run(*command: str | Path, cwd: Path, stdin: bytes = b"") -> bytes:
    """Standard output and error of a command that must succeed within 60 s."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, (
        f"{' '.join(map(str, command))}:\n{done.stdout.decode(errors='replace')}"
    )
    return done.stdout
