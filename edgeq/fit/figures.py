"""Figures as people read them."""

from __future__ import annotations

import math
from collections.abc import Mapping

from edgeq.boards.model import CurrentBasis

MARKS: Mapping[CurrentBasis | None, str] = {"scaled": "~", "best case": ">"}
"""Basis of a run current -> the mark in front of an energy; none for what is stated."""


def three_digits(value: float) -> str:
    """The first three digits that count, two below 0.1: 0.0080, 0.315, 5.81, 49.6, 1,079."""
    if 0 < value < 0.1:
        return f"{value:.{1 - math.floor(math.log10(value))}f}"
    for limit, digits in ((1, 3), (10, 2), (100, 1)):
        if value < limit:
            return f"{value:.{digits}f}"
    return f"{value:,.0f}"


def energy_figure(millijoules: float | None, basis: CurrentBasis | None) -> str:
    """Three digits that count with the mark of what they rest on; `-` where nothing is known."""
    if millijoules is None:
        return "-"
    return MARKS.get(basis, "") + three_digits(millijoules)
