"""Patterns of moved bytes: merged axes read what NumPy's strides read, and what is called forward
is.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgeq.opkit.strided import StridedCopy, byte_strides, strided_copy


def bytes_read(copy: StridedCopy) -> list[int]:
    """The byte of the input that each byte of the output is, by plain loops over the axes,
    outermost first.
    """
    outward = list(reversed(copy.axes))
    starts = [
        copy.offset + sum(i * stride for i, (_, stride) in zip(index, outward, strict=True))
        for index in product(*(range(count) for count, _ in outward))
    ]
    return [start + byte for start in starts for byte in range(copy.run)]


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.sampled_from([1, 1, 2, 3, -1, -2])), max_size=5),
    st.randoms(),
    st.sampled_from([1, 2, 4, 8]),
)
def test_merged_axes_read_what_a_sliced_and_turned_array_holds(
    axes: list[tuple[int, int]], random: object, element: int
) -> None:
    """Any slice of any array with its axes in any order; elements are numbered by their first byte."""
    sizes = [count * abs(step) for count, step in axes]
    numbered = np.arange(int(np.prod(sizes))).reshape(sizes) * element
    sliced = numbered[tuple(slice(None, None, step) for _, step in axes)]
    order = random.sample(range(len(axes)), len(axes))  # type: ignore[attr-defined]
    taken = sliced.transpose(order)
    offset = int(taken.ravel()[0]) if taken.size else 0
    strides = [stride // numbered.itemsize * element for stride in taken.strides]
    copy = strided_copy(taken.shape, strides, offset, element)
    read = bytes_read(copy)
    assert read == [first + byte for first in taken.ravel() for byte in range(element)]
    assert copy.forward == bool(np.all(np.diff(read) > 0))
    assert len(copy.axes) <= len(axes)


def test_dense_tensors_are_one_run() -> None:
    assert strided_copy((2, 1, 3), byte_strides((2, 1, 3), 4), 0, 4) == StridedCopy(24, 0, ())
    assert strided_copy((), (), 0, 4) == StridedCopy(4, 0, ())


def test_a_reversed_axis_is_not_merged() -> None:
    assert strided_copy((2, 3), (3, -1), 2, 1) == StridedCopy(1, 2, ((3, -1), (2, 3)))
    assert not strided_copy((2, 3), (3, -1), 2, 1).forward
