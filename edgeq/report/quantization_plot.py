"""A plot of quantization error per layer: SQNR, and where the error comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edgeq.errors import shown
from edgeq.report.picture import check_drawable, picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Bar:
    """One layer.

    network_db: SQNR in the quantized model.
    own_db: SQNR if only this layer is quantized.
    clipping: share of its own error that comes from clipping, 0 to 1.
    """

    label: str
    network_db: float
    own_db: float
    clipping: float


def draw_quantization(bars: Sequence[Bar], title: str, kind: str) -> bytes:
    """The plot as a picture; deterministic for given values and Matplotlib version.

    kind: one of `picture.FORMATS`.

    Raises EdgeqError for other kinds, or without Matplotlib.
    """
    check_drawable("plot", kind)
    rows = range(len(bars))

    def draw(figure: Figure) -> None:
        decibels, shares = figure.subplots(1, 2, sharey=True, width_ratios=(3, 1))
        decibels.barh(
            [r - 0.2 for r in rows],
            [b.network_db for b in bars],
            0.38,
            label="in the quantized model",
        )
        decibels.barh(
            [r + 0.2 for r in rows], [b.own_db for b in bars], 0.38, label="quantized alone"
        )
        decibels.set_yticks(
            list(rows), labels=[b.label for b in bars], fontsize=7, parse_math=False
        )
        decibels.invert_yaxis()
        decibels.set_xlabel("SQNR, dB")
        decibels.legend(fontsize=7)
        shares.barh(list(rows), [b.clipping for b in bars], 0.7, label="clipping")
        shares.barh(
            list(rows),
            [1 - b.clipping for b in bars],
            0.7,
            left=[b.clipping for b in bars],
            label="rounding",
        )
        shares.set_xlabel("share of its own error")
        shares.legend(fontsize=7)
        figure.suptitle(shown(title), fontsize=9, parse_math=False)

    return picture(draw, 1.6 + 0.32 * len(bars), kind)
