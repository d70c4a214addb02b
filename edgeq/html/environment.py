"""Jinja for HTML: autoescape, so that no name of a model or class becomes markup."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from edgeq.errors import shown

LONGEST = 200  # characters of a text from a model


def html_environment(folder: Path) -> Environment:
    """The environment of the templates in `folder`.

    Control characters and marks that turn the direction of writing are shown as escapes; a name
    that is not defined is an error.
    """
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_finalized,
    )


def _finalized(value: object) -> object:
    """Text as a person may see it; markup of the template stays."""
    return (
        value if isinstance(value, Markup) or not isinstance(value, str) else shown(value, LONGEST)
    )
