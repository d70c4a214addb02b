"""Pictures as SVG or PNG with Matplotlib, which is imported only when one is drawn."""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Callable
from typing import TYPE_CHECKING

from edgeq.errors import EdgeqError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("svg", "png")
WIDTH = 10.0  # inches


def check_drawable(what: str, kind: str) -> None:
    """Raises EdgeqError for a kind that is not one of `FORMATS`, or without Matplotlib."""
    if kind not in FORMATS:
        raise EdgeqError(
            f"{what} of kind {kind!r}", f"it draws {' and '.join(FORMATS)}", "name the file x.svg"
        )
    if importlib.util.find_spec("matplotlib") is None:
        raise EdgeqError(
            f"no {what} can be drawn", "Matplotlib is not installed", "pip install 'edgeq[plots]'"
        )


def picture(draw: Callable[[Figure], None], height: float, kind: str) -> bytes:
    """The file of a figure `height` inches high; deterministic for a given drawing and Matplotlib
    version.

    draw: draws on the empty figure.
    kind: one of `FORMATS`.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context({"svg.hashsalt": "edgeq", "svg.fonttype": "none"}):
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        draw(figure)
        data = io.BytesIO()
        figure.savefig(
            data, format=kind, dpi=150, metadata={"Date": None} if kind == "svg" else None
        )
    return data.getvalue()
