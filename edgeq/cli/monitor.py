"""`edgeq monitor`: what a board says of its inferences, live in the terminal."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from edgeq.cli.options import Baud, Debug, Json, Quiet

if TYPE_CHECKING:
    from edgeq.wire.tally import Tally

BAR = 32  # characters
Port = Annotated[str, typer.Option("--port", help="The board's serial port, or its URL.")]
Seconds = Annotated[
    float | None, typer.Option("--seconds", min=0, help="Stop after so long; else by Ctrl-C.")
]


def monitor(
    port: Port,
    baud: Baud = 115200,
    seconds: Seconds = None,
    json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Show a board's classes as it names them. Scores as bars, counts, the rate, the time of an
    inference.
    """
    from edgeq.cli.show import print_json
    from edgeq.wire.monitor import monitor as run

    with _screen(json or quiet) as screen:
        show = None if screen is None else partial(_draw, screen)
        tally = run(port, seconds=seconds, baud=baud, show=show)
    if json:
        print_json(tally)
    else:
        _summarize(tally, port)
    raise typer.Exit(0 if tally.outcomes else 1)


def _draw(screen: Any, tally: Tally, now: float) -> None:
    screen.update(plot(tally, now), refresh=True)


@contextlib.contextmanager
def _screen(silent: bool) -> Iterator[Any]:
    """What redraws the terminal; None where there is none, or nothing is to be shown."""
    if silent or not sys.stdout.isatty():
        yield None
        return
    from rich.live import Live

    with Live(auto_refresh=False, transient=True) as live:
        yield live


def plot(tally: Tally, now: float) -> Any:
    """The classes as a table with bars, which rich draws."""
    from rich.table import Table
    from rich.text import Text

    from edgeq.errors import shown

    table = Table(box=None, title=_headline(tally, now), title_justify="left")
    for header in ("class", "score", "", "count"):
        table.add_column(header, justify="left" if header in ("class", "") else "right")
    low, high = _span(tally)
    for name, of in tally.classes.items():
        style = "bold" if name == tally.best else ""
        score = "-" if of.score is None else f"{of.score:.3f}"
        part = 0.0 if of.score is None else (of.score - low) / (high - low)
        bar = "█" * round(BAR * part)
        cells = (shown(name), score, f"{bar:{BAR}}", f"{of.count:,}")
        table.add_row(*(Text(cell, style) for cell in cells))
    return table


def _span(tally: Tally) -> tuple[float, float]:
    """The scores of an empty and of a full bar: 0 to 1, or as far as they go."""
    scores = [of.score for of in tally.classes.values() if of.score is not None]
    return min(0.0, *scores, 0.0), max(1.0, *scores, 1.0)


def _headline(tally: Tally, now: float) -> str:
    if tally.best is None:
        return "waiting for the board's first result"
    spent = "" if tally.microseconds is None else f", {tally.microseconds / 1000:.3f} ms each"
    return f"{tally.rate(now):.1f} inferences a second{spent}"


def _summarize(tally: Tally, port: str) -> None:
    """What came, once it is over."""
    from edgeq.cli.show import number, print_table, print_text

    if not tally.outcomes:
        print_text(f"{port}: no result came; docs/wire.md and the programs of `generate` say how")
        return
    rows = [[name, number(of.count), number(of.score)] for name, of in tally.classes.items()]
    print_table("", ["class", "count", "last score"], rows)
    print_text(f"{port}: {number(tally.outcomes)} inferences")
