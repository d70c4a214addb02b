"""Two weights in one int16: the sums that come apart again, and when they would not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ops.packed import with_weights
from ops.test_conv_2d import convolution

from edgeq.graph import Model, Tensor
from edgeq.opkit.joined_weights import LIMIT, joined
from edgeq.ops import bind, operator

WEIGHTS = st.integers(-127, 127)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(WEIGHTS, WEIGHTS, st.integers(-128, 127)), min_size=1, max_size=200),
    st.integers(-(2**22), 2**22),
    st.integers(-(2**31), 2**31 - 1),
)
def test_sums_come_apart_in_32_bits(
    taps: list[tuple[int, int, int]], bias: int, start: int
) -> None:
    """As a register has them: modulo 2^32, with any bias of the first filter."""
    first, second, x = (np.array(column, np.int64) for column in zip(*taps, strict=True))
    halves = joined(np.stack([first, second], axis=1).astype(np.int8)).view("<i2")[:, 0]
    np.testing.assert_array_equal(halves, 256 * second + first)
    plain = start + int(first @ x)
    both = start + 256 * bias + int(halves.astype(np.int64) @ x)
    difference = np.array((both - plain) % 2**32, np.uint32).astype(np.int32)
    if abs(bias + int(second @ x)) < LIMIT:
        assert int(difference) >> 8 == bias + int(second @ x)


def fields(model: Model) -> object:
    (node,) = bind(model.main)
    return operator(node.kind).kernel(node).parameters["epilogue.joined"]  # type: ignore[union-attr]


def constant_filters(first: int, second: int, taps: int = 8) -> Model:
    """Two filters, each of one value."""
    plain = convolution((1, 1, 1, taps), (2, 1, 1, taps), bias=100)

    def change(w: Tensor) -> Tensor:
        values = np.repeat(np.array([first, second], np.int8), taps)
        return replace(w, buffer=values.tobytes())

    return with_weights(plain, change)


@pytest.mark.parametrize(
    ("first", "second", "taps", "fit"),
    [
        (-127, -127, 8, True),
        (0, -127, 8, True),
        (-1, -127, 500, True),
        (127, 127, 517, False),  # 128 * 127 * 517 is above 2^23
        (127, 15, 517, True),  # only the second filter's sums count
    ],
)
def test_filters_are_joined_where_sums_and_weights_leave_room(
    first: int, second: int, taps: int, fit: bool
) -> None:
    assert fields(constant_filters(first, second, taps)) == fit


def test_a_weight_of_minus_128_is_joined_with_none_below_zero() -> None:
    """256 * -128 - 1 is no int16."""
    taps = np.array([[-1, 1], [-128, 1]], np.int8)
    below = with_weights(
        convolution((1, 1, 1, 2), (2, 1, 1, 2)),
        lambda w: replace(w, buffer=taps.tobytes()),
    )
    assert fields(below) == 0
    above = with_weights(
        convolution((1, 1, 1, 2), (2, 1, 1, 2)),
        lambda w: replace(w, buffer=np.maximum(taps, [[0], [-128]]).astype(np.int8).tobytes()),
    )
    assert fields(above) == 1
