"""The order of weights of kernels over several pixels, and what their outputs may overlap, by the
plain definition.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ops.packed import int4, with_weights
from ops.test_conv_2d import convolution

from edgeq.graph import Model, pack_int4
from edgeq.opkit.im2col import (
    dual_multiply_fits,
    interleaved,
    neuron_blocks,
    neuron_order,
    overlap_distance,
    pixel_overlap,
    tap_groups,
)
from edgeq.opkit.kernel_call import KernelCall
from edgeq.ops import bind
from edgeq.ops.conv_2d import windows
from edgeq.plan import lower
from edgeq.simulate.execute import execute
from edgeq.verify import verify


def test_filters_are_read_in_groups_of_four_taps() -> None:
    groups = tap_groups(np.arange(1, 11, dtype=np.int8).reshape(2, 5))
    assert groups.tolist() == [[[1, 2, 3, 4], [5, 0, 0, 0]], [[6, 7, 8, 9], [10, 0, 0, 0]]]
    assert groups.dtype == np.int8


def test_bytes_of_two_filters_lie_in_turns_those_of_one_without_a_twin_beside_zeros() -> None:
    groups = tap_groups(np.arange(1, 16, dtype=np.int8).reshape(3, 5))
    pairs = interleaved(groups)
    assert pairs.dtype == np.int8
    assert pairs.reshape(2, 2, 8).tolist() == [
        [[1, 6, 3, 8, 2, 7, 4, 9], [5, 10, 0, 0, 0, 0, 0, 0]],
        [[11, 0, 13, 0, 12, 0, 14, 0], [15, 0, 0, 0, 0, 0, 0, 0]],
    ]


@pytest.mark.parametrize(
    ("taps", "fit"),
    [
        ([-128, -127, -128, -127], True),
        ([0, -128, -128, 0], True),  # of two pairs
        ([-128, -128, 0, 0], False),
        ([0, 0, -128, -128], False),
        ([0, 0, 0, 0, -128, -128], False),
        ([0, 0, 0, 0, -128], True),  # a zero behind the last tap
    ],
)
def test_two_products_of_a_pair_leave_int16_only_by_two_weights_of_minus_128(
    taps: list[int], fit: bool
) -> None:
    weights = np.array([[1] * len(taps), taps], np.int8)
    assert dual_multiply_fits(tap_groups(weights)) == fit
    pairs = tap_groups(weights).reshape(-1, 2).astype(int)
    products = [a * x + b * y for a, b in pairs for x in (-128, 127) for y in (-128, 127)]
    assert (max(products) < 2**15 and min(products) >= -(2**15)) == fit


def test_neurons_come_in_fours_that_end_with_the_last() -> None:
    assert neuron_order(4).tolist() == [0, 1, 2, 3]
    assert neuron_order(6).tolist() == [0, 1, 2, 3, 2, 3, 4, 5]
    assert neuron_order(9).tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 5, 6, 7, 8]


def test_four_inputs_of_four_neurons_lie_side_by_side() -> None:
    matrix = np.arange(5 * 8, dtype=np.int8).reshape(5, 8)
    groups = neuron_blocks(matrix)
    assert groups.shape == (2, 2, 4, 4)
    assert groups[0, 1].tolist() == [
        [4, 5, 6, 7],
        [12, 13, 14, 15],
        [20, 21, 22, 23],
        [28, 29, 30, 31],
    ]
    assert groups[1, 0, 0].tolist() == [8, 9, 10, 11]
    assert groups.flags.c_contiguous


def least_distance(model: Model, pixels: int) -> int:
    """How far the output must start below the input: windows of so many pixels are read, then these
    are written.
    """
    node = bind(model.main)[0]
    (rows, columns), x, y = windows(node), node.input(0).shape, node.output.shape
    reads, writes = [], []
    for n in range(x[0]):
        image = [(i, j) for i in range(y[1]) for j in range(y[2])]
        for first in range(0, len(image), pixels):
            step = image[first : first + pixels]
            top = [max(i * rows.stride - rows.before, 0) for i, _ in step]
            left = [max(j * columns.stride - columns.before, 0) for _, j in step]
            reads.append(
                min(((n * x[1] + t) * x[2] + a) * x[3] for t, a in zip(top, left, strict=True))
            )
            writes.append((n * len(image) + first + len(step)) * y[3])
    later = [min(reads[k + 1 :]) for k in range(len(reads) - 1)]
    return max(
        (end - start for end, start in zip(writes, later, strict=False)), default=-(2**31) + 1
    )


@settings(max_examples=50, deadline=None)
@given(
    st.integers(1, 2),
    st.integers(3, 7),
    st.integers(3, 7),
    st.integers(1, 3),
    st.integers(1, 5),
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(1, 2),
    st.sampled_from(["SAME", "VALID"]),
    st.sampled_from([4, 8]),
)
def test_the_output_may_start_as_near_as_the_order_of_reads_and_writes_allows(
    batch: int,
    height: int,
    width: int,
    channels: int,
    filters: int,
    size: int,
    stride: int,
    dilation: int,
    padding: str,
    pixels: int,
) -> None:
    dilation = 1 if (size - 1) * 2 >= min(height, width) else dilation
    model = convolution(
        (batch, height, width, channels),
        (filters, size, size, channels),
        padding=padding,
        stride_h=stride,
        stride_w=stride,
        dilation_h_factor=dilation,
    )
    node = bind(model.main)[0]
    assert pixel_overlap(node, *windows(node), pixels) == least_distance(model, pixels)


def test_distances_by_hand() -> None:
    """Two images of 5 pixels, 2 bytes each, four at a time, whose reads begin at 10 bytes a pixel."""
    reads = np.arange(10) * 10
    assert overlap_distance(reads, 2, 5, 4) == 4 * 2 - 40
    assert overlap_distance(reads, 20, 5, 4) == 9 * 20 - 90
    assert overlap_distance(reads[:4], 2, 4, 4) == -(2**31) + 1  # nothing is left to read


def times_16(model: Model) -> int:
    (step,) = lower(model.main).steps
    assert isinstance(step.call, KernelCall)
    value = step.call.parameters["times_16"]
    assert isinstance(value, int)
    return value


def filled(weights: list[int]) -> Model:
    """A pointwise layer of eight channels whose four filters have these weights of int4, bias 0,
    zero point -128.
    """
    model = int4(
        convolution((1, 4, 4, 8), (4, 1, 1, 8), zero_points=(-128, 0), scales=(0.05, 4.0), bias=1)
    )
    packed = pack_int4(np.tile(np.array(weights, np.int8), (4, 1, 1, 1)))
    return with_weights(
        model, lambda w: w.__class__(w.name, w.shape, w.dtype, w.quantization, packed)
    )


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ([-8] * 8, 0),
        ([-7] * 8, 1),
        ([-8, 7] * 4, 1),
        ([7, -8, -8, 7, 7, 7, 7, 7], 1),  # side by side, but of two pairs
        ([7, 7, 7, 7, 7, 7, -8, -8], 0),
    ],
)
def test_weights_of_minus_8_side_by_side_are_not_decoded_to_16_times_themselves(
    weights: list[int], expected: int
) -> None:
    assert times_16(filled(weights)) == expected


@pytest.mark.slow
def test_the_least_weights_by_the_least_inputs_are_exact_where_products_share_a_register() -> None:
    """Two products of -128 by -128 are 2^15: on cores without SIMD they would flow into the pixel
    beside.
    """
    model = filled([-8] * 8)
    inputs = [np.full((1, 1, 4, 4, 8), -128, np.int8)]
    inputs[0][..., ::2, :] = 127
    assert len(np.unique(execute(model.main, inputs)[model.main.outputs[0]])) > 1
    targets = ("cortex-m0", "cortex-m3", "cortex-m4", "rv32imc")
    for result in verify(model, inputs=inputs, targets=targets, strict=True).targets:
        assert (result.status, result.first_difference) == ("ok", None), result.name
