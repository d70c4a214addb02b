"""What integer kernels add up before they round: exact in float64, from values on their grids."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

from edgeq.trainable.fake_quantize import away, double

Pair = tuple[Any, Any]


def integers(x: Any, scale: Any) -> Any:
    """How many steps of its grid each value is away from 0, float64."""
    return tf.round(double(x) / double(scale))


def product(a: Pair, b: Pair) -> Pair:
    """Sums and their unit of a * b. a, b: values and the scale of their grid."""
    return integers(*a) * integers(*b), double(a[1]) * double(b[1])


def total(a: Pair, b: Pair, sign: float = 1.0) -> Pair:
    """Sums and their unit of a + sign * b.

    Both are brought to 2 ** -20 of twice the larger scale first, each rounded (TFLite reference/add.h).
    """
    unit = tf.maximum(double(a[1]), double(b[1])) * 2.0**-19
    left, right = (away(integers(x, scale) * (double(scale) / unit)) for x, scale in (a, b))
    return left + sign * right, unit


SUMS: Mapping[str, Callable[[Pair, Pair], Pair]] = {
    "ADD": total,
    "SUB": lambda a, b: total(a, b, -1.0),
    "MUL": product,
}
"""Operators on two activations whose sums are known."""
