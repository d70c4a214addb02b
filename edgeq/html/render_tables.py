"""The tables of a result as a piece of HTML, for a notebook's cell."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Template

from edgeq.html.environment import html_environment
from edgeq.html.tables import tables

SHORT = 6  # rows of a table that is not folded away


def render_tables(name: str, plain: Mapping[str, Any]) -> str:
    """HTML of the plain values of a result: short tables first, the others folded away.

    name: of the result, as its heading.
    """
    found = list(tables("", plain))
    short = [
        table
        for table in found
        if not table.nested and (len(table.rows) <= SHORT or not table.columns)
    ]
    folded = [table for table in found if table not in short]
    return _template().render(name=name, shown_tables=short, folded_tables=folded)


@lru_cache(maxsize=1)
def _template() -> Template:
    return html_environment(Path(__file__).parent).get_template("tables.html.j2")
