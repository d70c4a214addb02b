"""Scales and zero points: TFLite's formulas by hand, and the limits of float32."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeq.data.quantized import dequantize, quantize
from edgeq.errors import EdgeqError
from edgeq.graph import Tensor
from edgeq.quantize.affine import affine, fitting_scale, weight_scale
from edgeq.quantize.quantization_state import Range

ENDS = st.floats(-1e6, 1e6, width=32)


@pytest.mark.parametrize(
    ("low", "high", "scale", "zero_point"),
    [
        (0.0, 25.5, 0.1, -128),
        (-1.0, 1.0, 2 / 255, -1),  # 127.5 steps below 0, rounded away from it
        (-12.8, 12.7, 0.1, 0),
        (2.0, 25.5, 0.1, -128),  # 0 must be exact, so the range begins there
        (-25.5, -3.0, 0.1, 127),
        (0.0, 0.0, 1 / 255, -128),  # nothing seen but zeros
    ],
)
def test_int8_follows_the_specification(
    low: float, high: float, scale: float, zero_point: int
) -> None:
    q = affine(Range(low, high), "int8", "x")
    assert (q.scale[0], q.zero_point) == (pytest.approx(scale), (zero_point,))


@pytest.mark.parametrize(
    ("width", "step"), [(2.0**-96, 2.0**-96), (2.0**-96 * 0.99, 1.0), (2.0**-97, 1.0)]
)
def test_ranges_too_narrow_for_products_of_scales_count_as_1(width: float, step: float) -> None:
    assert affine(Range(0.0, width), "int8", "x").scale[0] == pytest.approx(step / 255)


def test_int16_is_symmetric() -> None:
    q = affine(Range(-1.0, 3.0), "int16", "x")
    assert (q.scale[0], q.zero_point) == (pytest.approx(3 / 32767), (0,))


@given(ENDS, ENDS)
def test_values_of_the_range_come_back_within_half_a_step_and_its_ends_within_one(
    a: float, b: float
) -> None:
    """The zero point is rounded, which moves the ends by up to half a step; 0 must be exact."""
    low, high = min(a, b), max(a, b)
    q = affine(Range(low, high), "int8", "x")
    middle = (min(low, 0) + max(high, 0)) / 2
    tensor, x = Tensor("x", (4,), "int8", q), np.array([low, high, 0.0, middle], np.float32)
    back = dequantize(quantize(x, tensor), tensor)
    assert back[2] == 0
    assert np.all(np.abs(back - x) <= q.scale[0] * np.array([1.001, 1.001, 0, 0.501]))


@pytest.mark.parametrize("bad", [Range(0, np.inf), Range(np.nan, 1), Range(-3e38, 3e38)])
def test_ranges_beyond_float32_are_refused(bad: Range) -> None:
    with pytest.raises(EdgeqError, match="no scale can express"):
        affine(bad, "int8", "x")


def test_a_channel_of_zeros_gets_a_scale() -> None:
    assert weight_scale(np.array([[0.0, 0.0], [1e-40, 0.0], [-2.0, 1.0]]), 127).tolist() == [
        1 / 127,
        1 / 127,
        2 / 127,
    ]


def test_a_bias_too_large_for_its_scale_widens_it() -> None:
    scale = fitting_scale(np.array([1e-9, 0.5]), np.array([100.0, 100.0]), 0.01, "int8")
    assert scale[1] == 0.5
    assert 100.0 / (scale[0] * 0.01) == pytest.approx(2**30, rel=1e-6)
