"""`_repr_html_`, by which notebooks show a result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Result(Protocol):
    """What a function of edgeq gives."""

    def to_json(self) -> Mapping[str, Any]: ...


def result_html(result: Result) -> str:
    """A result as tables, without scripts and without a byte from the network."""
    from edgeq.html.render_tables import render_tables

    return render_tables(type(result).__name__, result.to_json())
