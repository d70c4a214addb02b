"""float32 operators with the roundings of TFLite's reference kernels: every product and every sum
is rounded once.

Sums run one term after the other from 0 on, as the reference's loops do; NumPy only computes many
of them side by side. Terms that the reference leaves out (padding) may be added as 0 times a
weight: a sum that began at 0 is never -0, so they change nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from edgeq.fixedpoint import REAL_RANGES
from edgeq.opkit.node import Node, Values, unsupported

LARGEST = float(np.finfo(np.float32).max)
FEW_SUMS = 64  # side by side, below which the calls of NumPy would take most of the time: one call adds many terms
TERMS_TOGETHER = 1 << 14


def fused_bounds(node: Node) -> tuple[float, float]:
    """Bounds of the node's fused activation, infinities clamped (`CalculateActivationRange` of
    kernel_util.h).

    Raises UnsupportedError where TFLite's float kernels have no bounds.
    """
    activation = node.attributes.fused_activation_function
    if activation not in REAL_RANGES:
        raise unsupported(node, f"float32 with the fused activation {activation}")
    low, high = REAL_RANGES[activation]
    return max(low, -LARGEST), min(high, LARGEST)


def clamp(y: Values, low: float, high: float) -> Values:
    """y itself, each element within the bounds; NaN and -0 stay (ActivationFunctionWithMinMax)."""
    np.copyto(y, np.float32(low), where=y < low)
    np.copyto(y, np.float32(high), where=y > high)
    return y


def products(rows: Values, weights: Values) -> Values:
    """rows [n, taps] times weights [taps, columns], both float32, each sum in the order of its taps
    -> [n, columns].
    """
    total = np.zeros((len(rows), weights.shape[1]), np.float32)
    by_tap = np.ascontiguousarray(rows.T)
    with np.errstate(over="ignore", invalid="ignore"):
        if total.size < FEW_SUMS:
            for part in _parts(len(weights)):
                total = _add_in_order(total, by_tap[part, :, None] * weights[part, None])
            return total
        product = np.empty_like(total)
        for x, w in zip(by_tap, weights, strict=True):
            np.multiply(x[:, None], w, out=product)
            np.add(total, product, out=total)
    return total


def accumulate(terms: Values) -> Values:
    """terms [count, ...] float32 added in their order -> [...]; 0 where there are none."""
    total = np.zeros(terms.shape[1:], np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        if total.size < FEW_SUMS:
            for part in _parts(len(terms)):
                total = _add_in_order(total, terms[part])
            return total
        for term in terms:
            np.add(total, term, out=total)
    return total


def _parts(count: int) -> Iterator[slice]:
    return (slice(first, first + TERMS_TOGETHER) for first in range(0, count, TERMS_TOGETHER))


def _add_in_order(total: Values, terms: Values) -> Values:
    """total [...] + terms[0] [...] + terms[1] and so on, each sum rounded, by one call for all."""
    return np.asarray(np.add.accumulate(np.concatenate([total[None], terms]), axis=0)[-1])


def with_one_nan(values: Values) -> Values:
    """Values of any dtype, in which every NaN has the same bytes: C leaves its sign and payload open, so
    that processors and libraries differ in them.
    """
    if values.dtype.kind != "f":
        return values
    return np.where(np.isnan(values), np.array(np.nan, values.dtype), values)
