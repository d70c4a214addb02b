"""Sliding windows against tflite-runtime: a convolution with one-hot filters shows every element of
every window.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from edgeq.graph import Graph, Model, Op, Tensor, write_tflite
from edgeq.opkit.windows import TILE_ELEMENTS, Window, im2col, pad_windows, tap_sums, tiles, window
from edgeq.runtime import reference_interpreter

Axis = tuple[int, int, int, int]  # elements, filter size, stride, dilation


def windows_of_tflite(padding: str, rows: Axis, columns: Axis, x: np.ndarray) -> np.ndarray:
    """x float32 [h, w] -> [output rows, output columns, filter height, filter width], by CONV_2D;
    padding gives 0.

    The interpreter finds the output's shape by itself.
    """
    (_, kh, sh, dh), (_, kw, sw, dw) = rows, columns
    filters = np.eye(kh * kw, dtype=np.float32).reshape(kh * kw, kh, kw, 1)
    attributes = {
        "dilation_h_factor": dh,
        "dilation_w_factor": dw,
        "fused_activation_function": "NONE",
        "padding": padding,
        "stride_h": sh,
        "stride_w": sw,
    }
    tensors = (
        Tensor("x", (1, *x.shape, 1), "float32"),
        Tensor("w", filters.shape, "float32", buffer=filters.tobytes()),
        Tensor("b", (kh * kw,), "float32", buffer=bytes(4 * kh * kw)),
        Tensor("y", (1, 1, 1, kh * kw), "float32"),
    )
    op = Op("CONV_2D", (0, 1, 2), (3,), tuple(attributes.items()), options_type="Conv2DOptions")
    interpreter = reference_interpreter(write_tflite(Model((Graph(tensors, (op,), (0,), (3,)),))))
    interpreter.set_tensor(0, x[None, :, :, None])
    interpreter.invoke()
    y = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    return np.asarray(y).reshape(*y.shape[1:3], kh, kw)


def windows_of_edgeq(rows: Window, columns: Window, x: np.ndarray) -> np.ndarray:
    padded = pad_windows(x[None, :, :, None], rows, columns, 0)[0, :, :, 0]
    i = np.arange(rows.output)[:, None] * rows.stride + np.arange(rows.size) * rows.dilation
    j = (
        np.arange(columns.output)[:, None] * columns.stride
        + np.arange(columns.size) * columns.dilation
    )
    return padded[i[:, None, :, None], j[None, :, None, :]]


def assert_same_windows(padding: str, rows: Axis, columns: Axis) -> None:
    x = np.arange(1, rows[0] * columns[0] + 1, dtype=np.float32).reshape(rows[0], columns[0])
    ours = windows_of_edgeq(window(padding, *rows), window(padding, *columns), x)
    np.testing.assert_array_equal(ours, windows_of_tflite(padding, rows, columns, x))


CASES: dict[str, tuple[Axis, Axis]] = {
    "3x3": ((6, 3, 1, 1), (5, 3, 1, 1)),
    "even filters lean to the end": ((6, 4, 1, 1), (5, 2, 1, 1)),
    "stride 2 of an even size pads at the end only": ((8, 3, 2, 1), (8, 3, 2, 1)),
    "stride 2 of an odd size": ((7, 3, 2, 1), (9, 3, 2, 1)),
    "a stride beyond the filter": ((10, 2, 3, 1), (11, 1, 4, 1)),
    "dilation": ((9, 3, 1, 2), (9, 2, 1, 3)),
    "dilation and stride": ((11, 3, 2, 2), (12, 2, 3, 3)),
    "the filter is the input": ((5, 5, 1, 1), (4, 4, 2, 1)),
    "one element": ((1, 1, 1, 1), (1, 1, 2, 1)),
    "a long filter": ((10, 10, 2, 1), (4, 4, 2, 1)),
}


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("name", CASES)
def test_every_window_holds_what_tflite_reads(name: str, padding: str) -> None:
    assert_same_windows(padding, *CASES[name])


AXES = st.tuples(st.integers(1, 12), st.integers(1, 5), st.integers(1, 4), st.integers(1, 3))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["SAME", "VALID"]), AXES, AXES)
def test_any_window_holds_what_tflite_reads(padding: str, rows: Axis, columns: Axis) -> None:
    assume(
        padding == "SAME"
        or all((size - 1) * dilation < n for n, size, _, dilation in (rows, columns))
    )
    assert_same_windows(padding, rows, columns)


@pytest.mark.parametrize("windows_in_a_tile", [1, 3, 4, 9, 1000])
@settings(max_examples=20, deadline=None)
@given(AXES, AXES, st.integers(1, 2))
def test_tiles_give_what_all_windows_give_together(
    windows_in_a_tile: int, rows: Axis, columns: Axis, images: int
) -> None:
    down, across = window("SAME", *rows), window("SAME", *columns)
    x = np.arange(images * rows[0] * columns[0] * 2, dtype=np.float32).reshape(
        images, rows[0], columns[0], 2
    )
    padded = pad_windows(x, down, across, -1)
    taps, weights = (
        down.size * across.size,
        np.arange(down.size * across.size * 2, dtype=np.float32).reshape(-1, 2),
    )
    found = np.full((images, down.output, across.output, 2 * taps), np.nan, np.float32)
    sums = np.full((images, down.output, across.output, 2), np.nan, np.float32)
    for tile in tiles(padded, down, across, TILE_ELEMENTS // (images * windows_in_a_tile)):
        part = found[tile.at]
        assert part.shape[1] * part.shape[2] <= windows_in_a_tile
        part[...] = im2col(tile.padded, tile.rows, tile.columns).reshape(part.shape)
        sums[tile.at] = tap_sums(tile.padded, tile.rows, tile.columns, weights)
    np.testing.assert_array_equal(found, im2col(padded, down, across).reshape(found.shape))
    np.testing.assert_array_equal(sums, tap_sums(padded, down, across, weights))


def test_padding_is_split_with_the_larger_half_behind() -> None:
    """By hand: 3 windows of 4 at a stride of 2 span 8 elements of 5, so 3 are padded: 1 before and
    2 after.
    """
    w = window("SAME", 5, 4, 2)
    assert (w.output, w.before, w.after) == (3, 1, 2)


def test_valid_windows_that_leave_a_rest_pad_nothing() -> None:
    w = window("VALID", 10, 3, 4)
    assert (w.output, w.before, w.after) == (2, 0, 0)


def test_windows_that_need_no_border_copy_nothing() -> None:
    x = np.zeros((1, 4, 4, 2), np.int8)
    assert pad_windows(x, window("VALID", 4, 3, 1), window("SAME", 4, 1, 1), 5) is x


def test_the_border_holds_the_given_value() -> None:
    padded = pad_windows(
        np.ones((1, 2, 2, 1), np.int8), window("SAME", 2, 3, 1), window("VALID", 2, 2, 1), -7
    )
    assert padded[0, :, :, 0].tolist() == [[-7, -7], [1, 1], [1, 1], [-7, -7]]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["SAME", "VALID"]), st.integers(1, 12), st.integers(1, 5), st.integers(1, 4))
def test_inside_counts_the_elements_of_each_window_that_exist(
    padding: str, n: int, size: int, stride: int
) -> None:
    assume(padding == "SAME" or size <= n)
    w = window(padding, n, size, stride)
    places = np.arange(w.output)[:, None] * stride - w.before + np.arange(size)
    np.testing.assert_array_equal(w.inside, np.sum((places >= 0) & (places < n), axis=1))
