"""The page of a report: Jinja with autoescape, so that no name of a model or class becomes markup."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from jinja2 import Environment
from markupsafe import escape

from edgeq.errors import shown
from edgeq.fit import BoardFit
from edgeq.fit.figures import energy_figure, three_digits
from edgeq.html.environment import html_environment
from edgeq.report.arena_rows import ALIVE, ARENA, GAP, LABELS, LANE, WIDTH
from edgeq.report.contents import Contents
from edgeq.report.names import short_name

TEMPLATES = Path(__file__).parent / "page"
LONGEST_CLASS = 40  # characters of a class name
LONGEST_COMMAND = 4000  # characters of a command line, which names files by whole paths


def render_page(contents: Contents) -> str:
    """The page as HTML. Control characters and marks that turn the direction of writing are shown as
    escapes.
    """
    page = _environment().get_template("page.html.j2")
    sizes = {
        "labels": LABELS,
        "arena": ARENA,
        "alive": ALIVE,
        "width": WIDTH,
        "lane": LANE,
        "gap": GAP,
    }
    return page.render(page=contents, size=sizes)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = html_environment(TEMPLATES)
    environment.filters |= {
        "count": _count,
        "kib": lambda nbytes: f"{nbytes / 1024:,.1f} KiB",
        "figure": lambda value: "–" if value is None else three_digits(value),
        "energy": _energy,
        "percent": _percent,
        "short_name": short_name,
        "command": lambda line: escape(shown(line, LONGEST_COMMAND)),
        "brief": lambda name: shown(name, LONGEST_CLASS),
        "pixels": lambda value: f"{value:.1f}".rstrip("0").rstrip("."),
    }
    return environment


def _count(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


def _energy(row: BoardFit) -> str:
    """Millijoules of an inference on a board, with the mark of what they rest on."""
    return "–" if row.energy_mj is None else energy_figure(row.energy_mj, row.energy_rests)


def _percent(value: float | None, digits: int = 1) -> str:
    """A share of 1. What rounds to nothing without being it is below the last digit."""
    if value is None:
        return "–"
    least = 10.0**-digits
    return f"<{least:g} %" if 0 < 100 * value < least / 2 else f"{100 * value:.{digits}f} %"
