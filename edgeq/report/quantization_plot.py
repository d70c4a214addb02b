"""A picture of what quantization did: signal over error of each layer, and where the error comes from."""

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
    """A layer. network_db, own_db: signal over error as computed, and if it alone were quantized; clipping: 0 to 1."""

    label: str
    network_db: float
    own_db: float
    clipping: float


def draw_quantization(bars: Sequence[Bar], title: str, kind: str) -> bytes:
    """The picture, the same bytes every time for the same figures and Matplotlib.

    kind: one of `picture.FORMATS`. Raises EdgeqError for others, or without Matplotlib.
    """
    check_drawable("plot", kind)
    rows = range(len(bars))

    def draw(figure: Figure) -> None:
        decibels, shares = figure.subplots(1, 2, sharey=True, width_ratios=(3, 1))
        decibels.barh([r - 0.2 for r in rows], [b.network_db for b in bars], 0.38, label="in the network")
        decibels.barh([r + 0.2 for r in rows], [b.own_db for b in bars], 0.38, label="by itself")
        decibels.set_yticks(list(rows), labels=[b.label for b in bars], fontsize=7, parse_math=False)
        decibels.invert_yaxis()
        decibels.set_xlabel("signal over error, dB")
        decibels.legend(fontsize=7)
        shares.barh(list(rows), [b.clipping for b in bars], 0.7, label="clipping")
        shares.barh(list(rows), [1 - b.clipping for b in bars], 0.7, left=[b.clipping for b in bars], label="rounding")
        shares.set_xlabel("share of its own error")
        shares.legend(fontsize=7)
        figure.suptitle(shown(title), fontsize=9, parse_math=False)

    return picture(draw, 1.6 + 0.32 * len(bars), kind)
