"""Figures as people read them."""

from __future__ import annotations


def three_digits(value: float) -> str:
    """The first three digits that count, without exponents: 0.315, 5.81, 49.6, 1,079."""
    for limit, digits in ((1, 3), (10, 2), (100, 1)):
        if value < limit:
            return f"{value:.{digits}f}"
    return f"{value:,.0f}"
