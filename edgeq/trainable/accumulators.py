"""The accumulators of integer kernels before requantization, computed exactly in float64."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

import tensorflow as tf

from edgeq.trainable.fake_quantize import double, round_half_away
from edgeq.trainable.grid_info import GridInfo
from edgeq.trainable.operator_spec import AVERAGING, OperatorSpec, bounds
from edgeq.trainable.operators import compute

Grid = tuple[Any, Any]  # values, and the scale they are multiples of, or None


def accumulators(spec: OperatorSpec, inputs: Sequence[Grid]) -> GridInfo | None:
    """The accumulator of an operator without weights; None where it is not modelled.

    inputs: (values, scale of their grid) of each; scale None for values on no grid.
    """
    if spec.kind not in SUMS or any(
        scale is None for x, scale in inputs if getattr(x, "dtype", None) == tf.float32
    ):
        return None
    sums, unit, divisor = SUMS[spec.kind](spec, *inputs)
    pooled, (low, high) = spec.kind in AVERAGING, bounds(spec)
    scale = inputs[0][1] if pooled else None
    return GridInfo(
        scale, tf.stop_gradient(sums), tf.stop_gradient(unit), divisor, low, high, pooled
    )


def integers(x: Any, scale: Any) -> Any:
    """Values divided by the scale of their grid, as whole float64 numbers."""
    return tf.round(double(x) / double(scale))


Sums = tuple[Any, Any, int]  # accumulator, its unit, its divisor


def _same(spec: OperatorSpec, x: Grid) -> Sums:
    return integers(*x), double(x[1]), 1


def _leaky(spec: OperatorSpec, x: Grid) -> Sums:
    steps, alpha = integers(*x), float(spec.attributes["alpha"])
    return (
        tf.where(steps < 0, steps * (-1.0 if alpha < 0 else 1.0), steps),
        _split(steps, x[1], abs(alpha)),
        1,
    )


def _split(steps: Any, scale: Any, below: float) -> Any:
    """The unit of nonnegative values and that of negative ones."""
    return tf.where(steps < 0, double(scale) * max(below, 1e-30), double(scale))


def _prelu(spec: OperatorSpec, x: Grid, alpha: Grid) -> Sums:
    steps = integers(*x)
    negative = double(x[1]) * double(alpha[1])
    return (
        tf.where(steps < 0, steps * integers(*alpha), steps),
        tf.where(steps < 0, negative, double(x[1])),
        1,
    )


def _product(spec: OperatorSpec, a: Grid, b: Grid) -> Sums:
    return integers(*a) * integers(*b), double(a[1]) * double(b[1]), 1


def _total(sign: float) -> Callable[[OperatorSpec, Grid, Grid], Sums]:
    """a + sign * b, both rescaled to 2 ** -20 of twice the larger scale and rounded (TFLite
    reference/add.h).
    """

    def compute(spec: OperatorSpec, a: Grid, b: Grid) -> Sums:
        unit = tf.maximum(double(a[1]), double(b[1])) * 2.0**-19
        left, right = (
            round_half_away(integers(x, scale) * (double(scale) / unit)) for x, scale in (a, b)
        )
        return left + sign * right, unit, 1

    return compute


def _pooled(spec: OperatorSpec, x: Grid) -> Sums:
    return compute(spec, [integers(*x)]), double(x[1]), 1


def _mean(spec: OperatorSpec, x: Grid, axes: Grid) -> Sums:
    """The sum; the division by the count is part of the kernel's multiplier (TFLite
    reference/reduce.h).
    """
    count = prod(spec.input_shapes[0]) // prod(spec.out)
    return tf.round(compute(spec, [integers(*x), axes[0]]) * count), double(x[1]), count


SUMS: Mapping[str, Callable[..., Sums]] = {
    "ADD": _total(1.0),
    "SUB": _total(-1.0),
    "MUL": _product,
    "MEAN": _mean,
    "SUM": lambda spec, x, axes: (compute(spec, [integers(*x), axes[0]]), double(x[1]), 1),
    "AVERAGE_POOL_2D": _pooled,
    "LEAKY_RELU": _leaky,
    "PRELU": _prelu,
    "RELU": _same,
    "RELU6": _same,
    "RELU_N1_TO_1": _same,
    "RELU_0_TO_1": _same,
}
