"""Axes, loops and multipliers of sums over axes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ops.harness import constant, quantized, single_op

from edgeq.opkit.node import Node
from edgeq.opkit.reduction import loop_parameters, reduced_axes, sum_requantization
from edgeq.ops import bind


def mean(
    x: tuple[int, ...], axes: tuple[int, ...], scales: tuple[float, float] = (0.5, 0.5)
) -> Node:
    gone = {axis % len(x) for axis in axes}
    y = quantized("y", tuple(n for i, n in enumerate(x) if i not in gone), scales[1])
    inputs = [quantized("x", x, scales[0]), constant("axes", np.array(axes, np.int32))]
    return bind(single_op("MEAN", inputs, y, "ReducerOptions", keep_dims=False).main)[0]


def test_axes_count_from_either_end_and_once() -> None:
    assert reduced_axes(mean((2, 3, 4), (-1, 0, 2))) == (0, 2)


def test_neighbours_of_one_sort_make_one_loop() -> None:
    fields = loop_parameters(mean((2, 3, 4, 5), (1, 2)))
    assert (fields["loops.kept"], fields["loops.kept_stride"]) == ((1, 2, 5), (0, 60, 1))
    assert (fields["loops.reduced"], fields["loops.reduced_stride"]) == ((1, 1, 12), (0, 0, 5))


def test_axes_of_one_element_make_no_loop() -> None:
    fields = loop_parameters(mean((1, 3, 1, 5), (1, 2)))
    assert (fields["loops.kept"], fields["loops.reduced"]) == ((1, 1, 5), (1, 1, 3))


@given(st.lists(st.integers(1, 4), min_size=1, max_size=6).map(tuple), st.data())
def test_the_loops_visit_every_element_once(x: tuple[int, ...], data: st.DataObject) -> None:
    """Offsets that the C kernel reads, output by output, beside those that NumPy's axes give."""
    axes = data.draw(st.sets(st.integers(0, len(x) - 1), min_size=1))
    fields = loop_parameters(mean(x, tuple(axes)))
    offsets = {}
    for sort in ("kept", "reduced"):
        sizes, strides = fields[f"loops.{sort}"], fields[f"loops.{sort}_stride"]
        grids = np.meshgrid(
            *(np.arange(n) * s for n, s in zip(sizes, strides, strict=True)), indexing="ij"
        )
        offsets[sort] = sum(grids).ravel()
    order = [a for a in range(len(x)) if a not in axes] + sorted(axes)
    expected = (
        np.arange(int(np.prod(x))).reshape(x).transpose(order).reshape(len(offsets["kept"]), -1)
    )
    np.testing.assert_array_equal(offsets["kept"][:, None] + offsets["reduced"][None, :], expected)


@pytest.mark.parametrize(
    ("scales", "divisor", "multiplier", "shift"),
    [
        ((0.5, 0.5), 1, 2**30, 1),  # a sum: factor 1
        ((0.5, 0.5), 4, 2**30, -1),  # the count is a power of 2
        ((0.5, 0.5), 3, 2**31 // 3, 0),  # truncated, and no longer between 2**30 and 2**31
        ((0.5, 0.25), 7, 2**32 // 7, 0),
        ((2.0**-20, 2.0**11), 4, 2**29, -31),  # the shift stops at -31 and the multiplier shrinks
    ],
)
def test_the_count_is_folded_into_the_multiplier(
    scales: tuple[float, float], divisor: int, multiplier: int, shift: int
) -> None:
    r = sum_requantization(mean((2, 3), (1,), scales), divisor)
    assert (int(r.multiplier[0]), int(r.shift[0])) == (multiplier, shift)
