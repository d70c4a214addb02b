"""What commands print: JSON on standard output, tables for people, progress and warnings on
standard error.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from edgeq.errors import LONGEST_PART, EdgeqError, shown

Progress = Callable[[str, int, int], None]


class Result(Protocol):
    """Anything that a command ends with."""

    def to_json(self) -> dict[str, Any]: ...


def print_json(result: Result) -> None:
    """The result as one JSON object; NaN and infinities, which JSON lacks, become null."""
    print(json.dumps(_finite(result.to_json()), indent=2, ensure_ascii=True))


def print_error(error: EdgeqError) -> None:
    """What `--json` prints in place of a result."""
    print(json.dumps({"error": error.to_json()}, indent=2, ensure_ascii=True))


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _finite(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(v) for v in value]
    if isinstance(value, float) and value - value != 0:
        return None
    return value


def print_table(title: str, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on standard output, as wide as the terminal or 80 columns, with numbers aligned
    right.

    Cells and title may hold names from a file: they are text, and do not steer the terminal.
    """
    from edgeq.cli.table import table_lines

    width = shutil.get_terminal_size((80, 24)).columns
    cells = [[shown(cell, LONGEST_PART) for cell in row] for row in rows]
    for line in ([shown(title, LONGEST_PART)] if title else []) + table_lines(
        headers, cells, width
    ):
        print(line)
    print()


def print_text(text: str) -> None:
    """Sentences for people on standard output, each broken between words where it is wider than the
    terminal.
    """
    width = shutil.get_terminal_size((80, 24)).columns
    for line in text.split("\n"):
        safe = shown(line, LONGEST_PART)
        print(
            textwrap.fill(
                safe, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
            )
        )


def say(text: str, quiet: bool = False) -> None:
    """A message for people, on standard error; what would control the terminal in it is escaped."""
    if not quiet:
        print("\n".join(shown(line, LONGEST_PART) for line in text.split("\n")), file=sys.stderr)


def warn(warnings: Sequence[str]) -> None:
    """The warnings of a result, a line each, on standard error."""
    for warning in warnings:
        say(f"warning: {warning}")


@contextlib.contextmanager
def progress_bar(enabled: bool) -> Iterator[Progress | None]:
    """A progress callback (what, done, total) drawn on a terminal; None where standard error is
    none.

    A step that is done again, with another total perhaps, has its bar drawn anew.
    """
    if not enabled or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, Any] = {}

        def advance(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=min(done, total), total=total)

        yield advance


def added_up(progress: Progress | None, total: Callable[[str], int]) -> Callable[[str, int], None]:
    """What takes steps (of what, how many more) and tells their sum. total: how many there are of
    each.
    """
    done: Counter[str] = Counter()

    def add(what: str, more: int) -> None:
        done[what] += more
        if progress is not None:
            progress(what, done[what], total(what))

    return add


def number(value: int | float | None, digits: int = 4) -> str:
    """A figure for a table: thousands separated, `-` where there is none."""
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else f"{value:.{digits}f}"
