"""Winograd's inner products: what biases begin with makes the sums right, in 32 bits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgeq.opkit.joined_weights import LIMIT
from edgeq.opkit.node import Values
from edgeq.opkit.paired_products import pair_products, paired_biases

BYTES = st.integers(-128, 127)
ROWS = st.lists(st.tuples(BYTES, BYTES, BYTES), min_size=2, max_size=64).map(
    lambda taps: np.array(taps[: len(taps) // 2 * 2], np.int8)
)
BIASES = st.integers(-(2**22), 2**22)


def paired_sum(start: int, row: Values, x: Values) -> int:
    """What begins with start and adds products of sums, less those of inputs, modulo 2^32."""
    w = row.astype(np.int64)
    total = int(((w[0::2] + x[1::2]) * (w[1::2] + x[0::2])).sum())
    return (start - int(pair_products(x[None])[0]) + total) % 2**32


def signed(word: int) -> int:
    return (word + 2**31) % 2**32 - 2**31


def sums(biases: Values, rows: Values, x: Values, join: bool) -> tuple[int, int]:
    """Two neurons as the kernel of ARM's DSP extension computes them."""
    starts = paired_biases(biases, rows, join)
    x = x.astype(np.int64)
    first = paired_sum(int(starts[0]), rows[0], x)
    if not join:
        return signed(first), signed(paired_sum(int(starts[1]), rows[1], x))
    wide = rows.astype(np.int64)
    both = int(starts[1]) + int((256 * wide[1] + wide[0]) @ x)
    return signed(first), signed((both - first) % 2**32) >> 8


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(ROWS, BIASES, BIASES, st.booleans())
def test_sums_are_those_of_plain_products(taps: Values, a: int, b: int, join: bool) -> None:
    biases, rows, x = np.array([a, b], np.int32), taps.T[:2], taps.T[2]
    expected = biases + rows.astype(np.int64) @ x.astype(np.int64)
    assert abs(int(expected[1])) < LIMIT
    assert sums(biases, rows, x, join) == tuple(expected.tolist())


@pytest.mark.parametrize("weights", [(-128, 2), (-127, 2), (-1, 1), (1, 1), (127, 2), (127, 127)])
def test_products_of_weights_do_not_reach_the_joined_neighbour(weights: tuple[int, int]) -> None:
    """They are no multiple of 256, and are in the first one's start alone."""
    rows = np.array([weights, (0, 0)], np.int8)
    for x in (np.full(2, value, np.int8) for value in (-128, 0, 127)):
        assert sums(np.array([0, 5], np.int32), rows, x, True)[1] == 5


def test_scales_behind_the_biases_stay() -> None:
    biases = np.array([10, 20, 77, 78], np.int32)
    rows = np.array([[3, 4], [5, 6]], np.int8)
    assert paired_biases(biases, rows, False).tolist() == [10 - 12, 20 - 30, 77, 78]
    assert paired_biases(biases, rows, True).tolist() == [10 - 12, 256 * 20 + 10, 77, 78]
