"""Two int8 weights that lie next to each other as one int16, 256 times the second plus the first.

A product with an input x adds 256 * second * x + first * x, so the sums over many inputs

    joined = sum of (256 * second + first) * x,   plain = sum of first * x

give the sum of second * x as (joined - plain) / 256: only one of the two weights is expanded from
its byte. In a register of 32 bits that holds as long as the second's sum stays below 2^23.
"""

from __future__ import annotations

import numpy as np

from edgeq.opkit.epilogue import largest_sums
from edgeq.opkit.node import Values, constant
from edgeq.opkit.variants import Layer

LIMIT, OFFSET_LIMIT = 1 << 23, 1 << 22


def joinable(layer: Layer, order: Values | None = None) -> bool:
    """Whether every second neighbour of a layer's int8 filters may be the upper part of a joined
    weight: for all inputs the sum with its bias is below `LIMIT`, no pair of weights leaves int16,
    and an epilogue that multiplies once has offsets below `OFFSET_LIMIT`, as it takes 256 times the
    sum. order: of the filters, as the file has them by default.
    """
    filters = layer.filters(constant(layer.node, 1)).astype(np.int64)
    constants = np.asarray(layer.epilogue["epilogue.constants"], np.int64)
    if order is not None:
        filters, constants = filters[order], constants[order]
    first, second = filters[: len(filters) // 2 * 2 : 2], filters[1::2]
    once = bool(layer.epilogue["epilogue.single_multiply"])
    bias = constants[1::2, 0] // (1 if once else 2)
    return bool(
        fit_int16(first, second)
        and np.all(largest_sums(second) + np.abs(bias) < LIMIT)
        and (not once or np.all(np.abs(constants[1::2, 2]) < OFFSET_LIMIT))
    )


def fit_int16(first: Values, second: Values) -> bool:
    """Whether all pairs of int8 weights are one int16."""
    return bool(np.all(256 * second.astype(np.int64) + first >= -(2**15)))


def joined(pairs: Values) -> Values:
    """int8 [..., first and second] -> the bytes of the joined weights, the lower one first."""
    lowered = pairs.copy()
    lowered[..., 1] -= pairs[..., 0] < 0
    return lowered
