"""Bounds of the known differences: how far an interpreter's output of a layer may be from edgeq's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from edgeq.fixedpoint import round_reals
from edgeq.opkit.lstm import HIDDEN, OF_H
from edgeq.opkit.node import Node, Values
from edgeq.ops import operator
from edgeq.simulate.litert import dense_rounded_once

UNSTABLE = 8  # sum of a unit's recurrent weights

Within: TypeAlias = Callable[[Node, Sequence[Values | None], Values, Values], bool]
"""(layer, its inputs, edgeq's output, the interpreter's output), each [samples, ...] -> whether the
difference is explained.
"""


def anything(node: Node, values: Sequence[Values | None], want: Values, got: Values) -> bool:
    """Accepts any output of the interpreter."""
    return True


def within_steps(most: int) -> Within:
    """Accepts integer outputs of which every element is at most `most` from edgeq's."""
    return lambda node, values, want, got: bool(
        np.all(np.abs(want.astype(np.int64) - got.astype(np.int64)) <= most)
    )


def gates_in_fixed_point(
    node: Node, values: Sequence[Values | None], want: Values, got: Values
) -> bool:
    """Accepts hidden states that are at most 8 steps from edgeq's, or 2^-10 in real numbers where their
    scale is finer than a gate's 16 bits ask for.
    """
    return within_steps(max(8, int(2.0**-10 / node.input(HIDDEN).scale)))(node, values, want, got)


def steps_of_a_loop(node: Node, values: Sequence[Values | None], want: Values, got: Values) -> bool:
    """Accepts outputs of a loop over time steps that are at most 8 from edgeq's, 16 for int16: a
    rounding difference of 1 in the state at each step adds up to no more.
    """
    return within_steps(16 if want.dtype == np.int16 else 8)(node, values, want, got)


def rounded_once(node: Node, values: Sequence[Values | None], want: Values, got: Values) -> bool:
    """Accepts exactly the output of LiteRT's dense layers, which requantize with one rounding."""
    x = values[0]
    return x is not None and np.array_equal(dense_rounded_once(node, x), got)


def border_alone(node: Node, values: Sequence[Values | None], want: Values, got: Values) -> bool:
    """Accepts outputs that differ only in elements that are the zero point in edgeq, as padding is.
    Every NaN is as good as another.
    """
    zero = 0 if node.output.quantization is None else node.output.zero_point
    differs = (want != got) & ~((want != want) & (got != got))
    return bool(np.all(want[differs] == zero))


def zero_divisors_alone(
    node: Node, values: Sequence[Values | None], want: Values, got: Values
) -> bool:
    """Accepts quotients that differ only where the divisor, input 1, is 0: equal to its zero point."""
    b = values[1]
    assert b is not None
    rank = want.ndim - b.ndim
    zero = b.reshape(len(b), *(1,) * rank, *b.shape[1:]) == node.input(1).zero_point
    return bool(np.all(zero | (want == got)))


def beyond_the_type_alone(
    node: Node, values: Sequence[Values | None], want: Values, got: Values
) -> bool:
    """Accepts outputs that differ only where the float input is NaN or, truncated towards zero, does
    not fit the output's integer type.
    """
    x = values[0]
    assert x is not None
    return bool(np.all(_fits(np.trunc(x), want.dtype) <= (want == got)))


def quotients_beyond_int32_alone(
    node: Node, values: Sequence[Values | None], want: Values, got: Values
) -> bool:
    """Accepts quantized values that differ only where the real input is NaN, or where the rounded
    quotient by the scale does not fit int32, with or without the zero point added.
    """
    x, y = values[0], node.output
    assert x is not None
    with np.errstate(over="ignore", invalid="ignore"):
        steps = round_reals(x / np.float32(y.scale)).astype(np.float64)
    defined = _fits(steps, np.int32) & _fits(steps + y.zero_point, np.int32)
    return bool(np.all(defined <= (want == got)))


def quotients_of_linear_ends_alone(
    node: Node, values: Sequence[Values | None], want: Values, got: Values
) -> bool:
    """Accepts values of a function that is its argument where that is large and positive, if they differ
    only where it divided by the output's scale does not fit int32.
    """
    x = values[0]
    assert x is not None
    real = node.input(0).scale * (x.astype(np.float64) - node.input(0).zero_point)
    beyond = real / node.output.scale + node.output.zero_point > (1 - 1e-6) * 2.0**31
    return bool(np.all(beyond | (want == got)))


def _fits(whole: Values, dtype: npt.DTypeLike) -> Values:
    """Whether each whole number, given as a float, is a value of an integer dtype; NaN is none."""
    limits, exact = np.iinfo(np.dtype(dtype)), whole.astype(np.float64)
    return np.asarray((exact >= limits.min) & (exact <= limits.max))


def indices_outside_alone(
    node: Node, values: Sequence[Values | None], want: Values, got: Values
) -> bool:
    """Accepts outputs that differ only in samples with an index that is out of bounds of the tensor
    that it indexes.
    """
    inside = indices_inside(node, values, len(want))
    return np.array_equal(want[inside], got[inside])


def indices_inside(node: Node, values: Sequence[Values | None], samples: int) -> Values:
    """Of each sample whether all indices of a layer are within the tensors that they index, bool
    [samples]. values: the layer's inputs.
    """
    limits = operator(node.kind).index_limits
    inside = np.ones(samples, bool)
    for position, limit in (limits(node) if limits is not None else {}).items():
        index = values[position]
        assert index is not None
        fits = (index >= 0) & (index < np.asarray(limit))
        inside &= fits.reshape(len(index), -1).all(axis=1)
    return inside


def within_steps_but_at_0(most: int) -> Within:
    """Accepts integer outputs of which every element is at most `most` from edgeq's, but for those
    whose input 0 is its zero point.
    """

    def within(node: Node, values: Sequence[Values | None], want: Values, got: Values) -> bool:
        x = values[0]
        assert x is not None
        near = np.abs(want.astype(np.int64) - got.astype(np.int64)) <= most
        return bool(np.all(near | (x == node.input(0).zero_point)))

    return within


def not_finite_alone(
    node: Node, values: Sequence[Values | None], want: Values, got: Values
) -> bool:
    """Accepts outputs that differ only in samples whose input 0 holds NaN or infinity."""
    x = values[0]
    assert x is not None
    finite = np.isfinite(x).reshape(len(x), -1).all(axis=1)
    return np.array_equal(want[finite], got[finite])


def nan_and_negative_zero_alone(
    node: Node, values: Sequence[Values | None], want: Values, got: Values
) -> bool:
    """Accepts 0 where input 0 is NaN or -0, and edgeq's bytes elsewhere."""
    x = values[0]
    assert x is not None
    zeroed = np.isnan(x) | ((x == 0) & np.signbit(x))
    return np.array_equal(np.where(zeroed, np.float32(0), want), got)


def infinite_alone(node: Node, values: Sequence[Values | None], want: Values, got: Values) -> bool:
    """Accepts float outputs that differ only where edgeq's are infinite or NaN."""
    return bool(np.all(~np.isfinite(want) | (want == got)))


def rounded_twice_in_32_bits(
    node: Node, values: Sequence[Values | None], want: Values, got: Values
) -> bool:
    """Accepts dense outputs that differ by at most 1, and by any amount where the accumulator leaves
    int32, before or after the left shift of a factor above 1.
    """
    x, weights, by = values[0], values[1], node.input(1).quantization
    assert x is not None
    assert weights is not None
    assert by is not None
    factors = node.input(0).scale * np.array(by.scale) / node.output.scale
    rows = x.reshape(len(x), -1, weights.shape[2]).astype(np.float64)
    sums = rows @ weights[0].T.astype(np.float64) * 2.0 ** np.maximum(np.frexp(factors)[1], 0)
    wide = np.abs(sums).reshape(want.shape) >= 2**31
    return bool(np.all(wide | (np.abs(want.astype(np.int64) - got.astype(np.int64)) <= 1)))


def transposed_in_32_bits(
    node: Node, values: Sequence[Values | None], want: Values, got: Values
) -> bool:
    """Accepts transposed convolutions that differ by at most 1, and by any amount in channels whose
    sums may leave int32, before or after the left shift of a factor above 1.
    """
    weights, x, by = values[1], values[2], node.input(1).quantization
    assert weights is not None
    assert x is not None
    assert by is not None
    factors = node.input(2).scale * np.array(by.scale) / node.output.scale
    most = np.abs(x.reshape(len(x), -1).astype(np.int64)).max(axis=1)
    reach = np.abs(weights[0].astype(np.float64)).reshape(weights.shape[1], -1).sum(axis=1)
    reach = reach * 2.0 ** np.maximum(np.frexp(factors)[1], 0)
    wide = (most[:, None] * reach >= 2**31)[:, None, None, None, :]
    return bool(np.all(wide | (np.abs(want.astype(np.int64) - got.astype(np.int64)) <= 1)))


def bins_outside_alone(
    node: Node, values: Sequence[Values | None], want: Values, got: Values
) -> bool:
    """Accepts spectra that differ only in the frequency bins outside of `start_index` to
    `end_index`, which the operator does not compute.
    """
    inside = slice(node.attributes.start_index, node.attributes.end_index)
    return bool(np.array_equal(want[..., inside], got[..., inside]))


def close_floats(node: Node, values: Sequence[Values | None], want: Values, got: Values) -> bool:
    """Accepts floats that are as near to edgeq's as sums in another order are: within a relative
    1e-3 plus an absolute 1e-5.
    """
    return bool(np.allclose(want, got, rtol=1e-3, atol=1e-5, equal_nan=True))


def close_floats_of_a_state(
    node: Node, values: Sequence[Values | None], want: Values, got: Values
) -> bool:
    """Accepts floats of an LSTM that are as near to edgeq's as roundings that a state carries from step to
    step, within a hundredth of the largest output; and any where the recurrent weights of a unit are
    so large that roundings grow from step to step without a limit.
    """
    recurrent = (node.optional(position) for position in OF_H)
    weights = [tensor.array for tensor in recurrent if tensor is not None and tensor.constant]
    if max((np.abs(w).sum(axis=1).max() for w in weights), default=0) > UNSTABLE:
        return True
    return bool(
        np.allclose(want, got, rtol=1e-3, atol=1e-2 * float(np.max(abs(want))), equal_nan=True)
    )


def last_place(node: Node, values: Sequence[Values | None], want: Values, got: Values) -> bool:
    """Accepts float32 outputs of which every element is at most one unit in the last place (ULP)
    from edgeq's and has its sign.
    """
    return within_steps(1)(node, values, want.view(np.int32), got.view(np.int32))


ONE_STEP = within_steps(1)
