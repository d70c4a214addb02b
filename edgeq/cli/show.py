"""What commands print: JSON on standard output, tables for people, progress and warnings on standard error."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

Progress = Callable[[str, int, int], None]


class Result(Protocol):
    """Anything that a command ends with."""

    def to_json(self) -> dict[str, Any]: ...


def print_json(result: Result) -> None:
    """The result as one JSON object; NaN and infinities, which JSON lacks, become null."""
    print(json.dumps(_finite(result.to_json()), indent=2, ensure_ascii=True))


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _finite(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(v) for v in value]
    if isinstance(value, float) and value - value != 0:
        return None
    return value


def print_table(title: str, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on standard output; all but the first column are aligned right where they hold numbers.

    Cells and title may hold names from a file: they stay text, and steer neither Rich nor the terminal.
    """
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from edgeq.report.picture import printable

    table = Table(title=escape(printable(title)) or None, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold",
                  show_header=any(headers))  # fmt: skip
    for number, header in enumerate(headers):
        numeric = all(row[number][:1].isdigit() or row[number] in ("", "-") for row in rows)
        table.add_column(escape(header), justify="right" if number and numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(escape(printable(cell)) for cell in row))
    Console(soft_wrap=not sys.stdout.isatty(), width=None if sys.stdout.isatty() else 140).print(table)


def say(text: str, quiet: bool = False) -> None:
    """A message for people, on standard error."""
    if not quiet:
        print(text, file=sys.stderr)


@contextlib.contextmanager
def progress_bar(enabled: bool) -> Iterator[Progress | None]:
    """A progress callback (what, done, total) drawn on a terminal; None where standard error is none."""
    if not enabled or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, Any] = {}

        def advance(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done)

        yield advance


def number(value: int | float | None, digits: int = 4) -> str:
    """A figure for a table: thousands separated, `-` where there is none."""
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else f"{value:.{digits}f}"
