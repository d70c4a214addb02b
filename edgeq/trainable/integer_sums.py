"""What integer kernels compute before they round: exact in float64, from values on their grids."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

import tensorflow as tf

from edgeq.trainable.fake_quantize import away, double
from edgeq.trainable.known import Known
from edgeq.trainable.operators import AVERAGING, Meaning, bounds, compute

Grid = tuple[Any, Any]  # values, and the scale of their grid; None where they lie on none


def exact(meaning: Meaning, inputs: Sequence[Grid]) -> Known | None:
    """What the integer kernel of an operator without weights rounds, None where that is not known."""
    if meaning.kind not in SUMS or any(scale is None for x, scale in inputs if getattr(x, "dtype", None) == tf.float32):
        return None
    sums, unit, divisor = SUMS[meaning.kind](meaning, *inputs)
    pooled, (low, high) = meaning.kind in AVERAGING, bounds(meaning)
    scale = inputs[0][1] if pooled else None
    return Known(scale, tf.stop_gradient(sums), tf.stop_gradient(unit), divisor, low, high, pooled)


def integers(x: Any, scale: Any) -> Any:
    """How many steps of its grid each value is away from 0, float64."""
    return tf.round(double(x) / double(scale))


Sums = tuple[Any, Any, int]  # what is rounded, what 1 of it is worth, and what it is divided by


def _same(m: Meaning, x: Grid) -> Sums:
    return integers(*x), double(x[1]), 1


def _leaky(m: Meaning, x: Grid) -> Sums:
    steps, alpha = integers(*x), float(m.attributes["alpha"])
    return tf.where(steps < 0, steps * (-1.0 if alpha < 0 else 1.0), steps), _split(steps, x[1], abs(alpha)), 1


def _split(steps: Any, scale: Any, below: float) -> Any:
    """Units of values from 0 up, and of those below."""
    return tf.where(steps < 0, double(scale) * max(below, 1e-30), double(scale))


def _prelu(m: Meaning, x: Grid, alpha: Grid) -> Sums:
    steps = integers(*x)
    negative = double(x[1]) * double(alpha[1])
    return tf.where(steps < 0, steps * integers(*alpha), steps), tf.where(steps < 0, negative, double(x[1])), 1


def _product(m: Meaning, a: Grid, b: Grid) -> Sums:
    return integers(*a) * integers(*b), double(a[1]) * double(b[1]), 1


def _total(sign: float) -> Callable[[Meaning, Grid, Grid], Sums]:
    """a + sign * b, both brought to 2 ** -20 of twice the larger scale, each rounded (TFLite reference/add.h)."""

    def compute(m: Meaning, a: Grid, b: Grid) -> Sums:
        unit = tf.maximum(double(a[1]), double(b[1])) * 2.0**-19
        left, right = (away(integers(x, scale) * (double(scale) / unit)) for x, scale in (a, b))
        return left + sign * right, unit, 1

    return compute


def _pooled(m: Meaning, x: Grid) -> Sums:
    return compute(m, [integers(*x)]), double(x[1]), 1


def _mean(m: Meaning, x: Grid, axes: Grid) -> Sums:
    """The division is part of the kernel's factor (TFLite reference/reduce.h)."""
    count = prod(m.input_shapes[0]) // prod(m.out)
    return tf.round(compute(m, [integers(*x), axes[0]]) * count), double(x[1]), count


SUMS: Mapping[str, Callable[..., Sums]] = {
    "ADD": _total(1.0),
    "SUB": _total(-1.0),
    "MUL": _product,
    "MEAN": _mean,
    "SUM": lambda m, x, axes: (compute(m, [integers(*x), axes[0]]), double(x[1]), 1),
    "AVERAGE_POOL_2D": _pooled,
    "LEAKY_RELU": _leaky,
    "PRELU": _prelu,
    "RELU": _same,
    "RELU6": _same,
    "RELU_N1_TO_1": _same,
    "RELU_0_TO_1": _same,
}
