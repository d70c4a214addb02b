"""How far an interpreter's output of a layer may be from edgeq's for a known difference to explain it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from edgeq.opkit.node import Node, Values
from edgeq.ops import operator
from edgeq.simulate.litert import dense_rounded_once

Within: TypeAlias = Callable[[Node, Sequence[Values | None], Values, Values], bool]
"""(layer, its inputs, edgeq's output, the interpreter's output), each [samples, ...] -> whether the
difference is explained.
"""


def anything(node: Node, values: Sequence[Values | None], want: Values, got: Values) -> bool:
    """Accepts any output of the interpreter."""
    return True


def equal_values(node: Node, values: Sequence[Values | None], want: Values, got: Values) -> bool:
    """Accepts outputs that are equal as numbers though not as bytes, such as 0 and -0."""
    return bool(np.all(want == got))


def within_steps(most: int) -> Within:
    """Accepts outputs in which no integer differs by more than `most`."""
    return lambda node, values, want, got: bool(
        np.all(np.abs(want.astype(np.int64) - got.astype(np.int64)) <= most)
    )


def steps_of_a_loop(node: Node, values: Sequence[Values | None], want: Values, got: Values) -> bool:
    """Accepts integers that rounding by one at every step of a recurrence explains: within 8, of
    int16 within 16.
    """
    return within_steps(16 if want.dtype == np.int16 else 8)(node, values, want, got)


def rounded_once(node: Node, values: Sequence[Values | None], want: Values, got: Values) -> bool:
    """Accepts exactly what LiteRT's dense layers compute."""
    x = values[0]
    return x is not None and np.array_equal(dense_rounded_once(node, x), got)


def border_alone(node: Node, values: Sequence[Values | None], want: Values, got: Values) -> bool:
    """Accepts outputs that differ only where edgeq has the zero point, as in a border."""
    zero = 0 if node.output.quantization is None else node.output.zero_point
    return bool(np.all(want[want != got] == zero))


def zero_divisors_alone(
    node: Node, values: Sequence[Values | None], want: Values, got: Values
) -> bool:
    """Accepts outputs that differ only where input 1 is at its zero point."""
    b = values[1]
    assert b is not None
    rank = want.ndim - b.ndim
    zero = b.reshape(len(b), *(1,) * rank, *b.shape[1:]) == node.input(1).zero_point
    return bool(np.all(zero | (want == got)))


def beyond_the_type_alone(
    node: Node, values: Sequence[Values | None], want: Values, got: Values
) -> bool:
    """Accepts outputs that differ only where a float input is NaN, or cut off lies outside of the
    output's integer type.
    """
    x, limits = values[0], np.iinfo(want.dtype)
    assert x is not None
    whole = np.trunc(x.astype(np.float64))
    return bool(np.all(((whole >= limits.min) & (whole <= limits.max)) <= (want == got)))


def indices_outside_alone(
    node: Node, values: Sequence[Values | None], want: Values, got: Values
) -> bool:
    """Accepts samples of which an index lies outside of what it indexes."""
    limits = operator(node.kind).index_limits
    inside = np.ones(len(want), bool)
    for position, limit in (limits(node) if limits is not None else {}).items():
        index = values[position]
        assert index is not None
        fits = (index >= 0) & (index < np.asarray(limit))
        inside &= fits.reshape(len(index), -1).all(axis=1)
    return np.array_equal(want[inside], got[inside])


def not_finite_alone(
    node: Node, values: Sequence[Values | None], want: Values, got: Values
) -> bool:
    """Accepts samples of which input 0 holds NaN or infinity."""
    x = values[0]
    assert x is not None
    finite = np.isfinite(x).reshape(len(x), -1).all(axis=1)
    return np.array_equal(want[finite], got[finite])


def quotients_beyond_32_bits_alone(
    node: Node, values: Sequence[Values | None], want: Values, got: Values
) -> bool:
    """Accepts outputs that differ only where input 0 over the output's scale, plus its zero point,
    is NaN or lies outside of int32.
    """
    x = values[0]
    assert x is not None
    with np.errstate(over="ignore", invalid="ignore"):
        quotient = (x / np.float32(node.output.scale)).astype(np.float64)
    inside = np.abs(quotient) < 2**31 - 2**16
    return bool(np.all(inside <= (want == got)))


def rounded_twice_in_32_bits(
    node: Node, values: Sequence[Values | None], want: Values, got: Values
) -> bool:
    """Accepts dense outputs that differ by one, or by any where the sum leaves 32 bits."""
    x, weights = values[0], values[1]
    assert x is not None
    assert weights is not None
    rows = x.reshape(len(x), -1, weights.shape[2]).astype(np.int64)
    wide = np.abs(rows @ weights[0].T.astype(np.int64)).reshape(want.shape) >= 2**31
    return bool(np.all(wide | (np.abs(want.astype(np.int64) - got.astype(np.int64)) <= 1)))


def bins_outside_alone(
    node: Node, values: Sequence[Values | None], want: Values, got: Values
) -> bool:
    """Accepts spectra that differ only in bins that are not computed."""
    inside = slice(node.attributes.start_index, node.attributes.end_index)
    return bool(np.array_equal(want[..., inside], got[..., inside]))


def close_floats(node: Node, values: Sequence[Values | None], want: Values, got: Values) -> bool:
    """Accepts outputs that another order of sums explains."""
    return bool(np.allclose(want, got, rtol=1e-3, atol=1e-5, equal_nan=True))


def last_place(node: Node, values: Sequence[Values | None], want: Values, got: Values) -> bool:
    """Accepts float32 that is equal or the next above or below, of one sign."""
    return within_steps(1)(node, values, want.view(np.int32), got.view(np.int32))


ONE_STEP = within_steps(1)
