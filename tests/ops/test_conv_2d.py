"""CONV_2D against tflite-runtime, TFLM and the compiled C."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from ops.cases import assert_cases_agree
from ops.harness import (
    READS_UNSTATED_NARROW_BIASES,
    assert_all_agree,
    compiled_output,
    constant,
    quantized,
    reference_output,
    single_op,
)
from ops.sliding import sliding

from edgeq.errors import ModelError, UnsupportedError
from edgeq.graph import Model
from edgeq.opkit.windows import window
from edgeq.ops import bind
from edgeq.ops.conv_2d import kernel


def convolution(
    x: tuple[int, ...],
    filters: tuple[int, ...],
    seed: int = 0,
    per_channel: bool = True,
    zero_points: tuple[int, int] = (3, -5),
    scales: tuple[float, float] = (0.05, 0.08),
    bias: int | None = 3000,
    dtype: str = "int8",
    bias_dtype: str = "",
    **attributes: object,
) -> Model:
    """A model of one CONV_2D.

    scales: of input and output.
    bias: its largest magnitude, or None for no bias.
    zero_points: int16 has none.
    """
    rng = np.random.default_rng(seed)
    options = {
        "padding": "SAME",
        "stride_h": 1,
        "stride_w": 1,
        "dilation_h_factor": 1,
        "dilation_w_factor": 1,
        "fused_activation_function": "NONE",
    } | attributes
    weight_scales = rng.uniform(0.001, 0.01, filters[0]) if per_channel else 0.004
    weights = constant("w", rng.integers(-127, 128, filters, np.int8), weight_scales)
    zero_points = (0, 0) if dtype == "int16" else zero_points
    inputs = [quantized("x", x, scales[0], zero_points[0], dtype), weights]
    if bias is not None:
        integers = np.dtype(bias_dtype or ("int64" if dtype == "int16" else "int32"))
        values = rng.integers(-bias, bias, filters[0], integers, endpoint=True)
        inputs.append(constant("b", values, np.atleast_1d(weight_scales) * scales[0]))
    rows, columns = (
        window(
            str(options["padding"]),
            x[a],
            filters[a],
            int(str(options[f"stride_{c}"])),
            int(str(options[f"dilation_{c}_factor"])),
        )
        for a, c in ((1, "h"), (2, "w"))
    )
    y = quantized(
        "y", (x[0], rows.output, columns.output, filters[0]), scales[1], zero_points[1], dtype
    )
    return single_op("CONV_2D", inputs, y, "Conv2DOptions", 4 if dtype == "int16" else 3, **options)


CASES = {
    "3x3 same": convolution((1, 6, 5, 3), (4, 3, 3, 3)),
    "3x3 valid": convolution((1, 6, 5, 3), (4, 3, 3, 3), padding="VALID"),
    "1x1": convolution((1, 4, 4, 8), (5, 1, 1, 8)),
    "1x1 stride 2": convolution((1, 5, 5, 8), (5, 1, 1, 8), stride_h=2, stride_w=2),
    "stride 2, even size": convolution((1, 8, 8, 3), (4, 3, 3, 3), stride_h=2, stride_w=2),
    "unequal strides": convolution((1, 9, 8, 2), (3, 4, 2, 2), stride_h=3),
    "stride above the filter": convolution((1, 9, 8, 2), (3, 2, 2, 2), stride_h=4, stride_w=3),
    "dilation": convolution((1, 9, 9, 2), (3, 3, 3, 2), dilation_h_factor=2, dilation_w_factor=3),
    "filter above the image": convolution((1, 2, 3, 2), (3, 5, 7, 2)),
    "relu": convolution((1, 4, 4, 3), (4, 3, 3, 3), fused_activation_function="RELU"),
    "relu6": convolution((1, 4, 4, 3), (4, 3, 3, 3), fused_activation_function="RELU6"),
    "relu n1 to 1": convolution(
        (1, 4, 4, 3), (4, 3, 3, 3), fused_activation_function="RELU_N1_TO_1"
    ),
    "per tensor": convolution((1, 4, 4, 3), (4, 3, 3, 3), per_channel=False),
    "bias near the limit of int32": convolution((1, 4, 4, 3), (4, 3, 3, 3), bias=2**31 - 2**20),
    "batch of 2": convolution((2, 4, 4, 3), (4, 3, 3, 3)),
    "one pixel": convolution((1, 1, 1, 1), (1, 3, 3, 1)),
    "zero points -128 and 127": convolution((1, 4, 4, 3), (4, 3, 3, 3), zero_points=(-128, 127)),
    "zero points 127 and -128": convolution((1, 4, 4, 3), (4, 3, 3, 3), zero_points=(127, -128)),
    "saturation": convolution((1, 4, 4, 3), (4, 3, 3, 3), scales=(0.05, 0.0004)),
    "factors above 1": convolution((1, 4, 4, 3), (4, 3, 3, 3), scales=(200.0, 0.01)),
    "factors that make sums wrap": convolution((1, 4, 4, 3), (4, 3, 3, 3), scales=(1e6, 0.001)),
    "tiny factors": convolution((1, 4, 4, 3), (4, 3, 3, 3), scales=(1e-6, 0.3)),
    "int16": convolution((1, 6, 5, 3), (4, 3, 3, 3), dtype="int16", bias=3_000_000),
    "int16, per tensor, relu6": convolution(
        (2, 5, 5, 3),
        (4, 3, 2, 3),
        dtype="int16",
        scales=(0.001, 0.0003),
        per_channel=False,
        stride_w=2,
        fused_activation_function="RELU6",
    ),
    "int16, bias of 40 bits": convolution(
        (1, 4, 4, 3), (4, 3, 3, 3), dtype="int16", bias=2**39, scales=(0.01, 9.0)
    ),
    "int16, saturation": convolution(
        (1, 4, 4, 3), (4, 3, 3, 3), dtype="int16", scales=(0.05, 0.00001)
    ),
    "int16, 2 groups": convolution(
        (1, 5, 6, 6), (4, 3, 3, 3), dtype="int16", dilation_w_factor=2, padding="VALID"
    ),
    "2 groups": convolution((1, 5, 4, 6), (4, 3, 3, 3)),
    "a group for each channel": convolution((2, 5, 4, 3), (6, 3, 3, 1), stride_h=2),
}


NARROW = {
    "int16, 32-bit bias": convolution(
        (1, 6, 5, 3), (4, 3, 3, 3), dtype="int16", bias=30_000_000, bias_dtype="int32"
    ),
    "int16, 32-bit bias, 2 groups": convolution(
        (2, 5, 6, 6),
        (4, 3, 3, 3),
        dtype="int16",
        bias_dtype="int32",
        stride_h=2,
        per_channel=False,
        fused_activation_function="RELU",
    ),
}
STATED = {
    "int16, 32-bit bias, stated": convolution(
        (1, 6, 5, 3),
        (4, 3, 3, 3),
        dtype="int16",
        bias=30_000_000,
        bias_dtype="int32",
        quantized_bias_type="INT32",
    )
}
SEEDS = NARROW | STATED
"""Layers with 32-bit sums of int16."""


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.slow
def test_every_computer_gives_the_same_bytes(compiler: str) -> None:
    assert_cases_agree(CASES | STATED, compiler=compiler)
    assert_cases_agree(NARROW, compiler=compiler, tflite=READS_UNSTATED_NARROW_BIASES)


def test_a_bias_may_be_left_out() -> None:
    # tflite-runtime 2.14 refuses such a convolution, TFLM takes it.
    assert_all_agree(convolution((1, 4, 4, 3), (4, 3, 3, 3), bias=None), tflite=False)


@st.composite
def random_convolution(draw: st.DrawFn) -> Model:
    small, channels, zero, scale = (
        st.integers(1, 5),
        st.integers(1, 3),
        st.integers(-128, 127),
        st.floats(1e-3, 1),
    )
    groups, depth, dilation = draw(channels), draw(channels), draw(st.integers(1, 2))
    filters = (groups * draw(channels), draw(small), draw(small), depth)
    sizes = [(k - 1) * dilation + draw(small) for k in filters[1:3]]
    return convolution(
        (draw(st.integers(1, 2)), *sizes, groups * depth),
        filters,
        draw(st.integers(0, 99)),
        draw(st.booleans()),
        (draw(zero), draw(zero)),
        (draw(scale), draw(scale)),
        **sliding(draw, 5, dilation),
    )


@settings(max_examples=2, deadline=None, derandomize=True, phases=[Phase.generate])
@given(st.lists(random_convolution(), min_size=8, max_size=12))
def test_random_convolutions_give_the_same_bytes(models: list[Model]) -> None:
    assert_cases_agree({str(k): model for k, model in enumerate(models)})


@pytest.mark.slow
def test_sums_beyond_float32_are_exact() -> None:
    """1,200 taps of 127 and -128 exceed 2**24, beyond which float32 has no odd integers."""
    model = convolution((1, 20, 20, 3), (2, 20, 20, 3), padding="VALID", scales=(0.05, 2.0))
    weights = constant("w", np.full((2, 20, 20, 3), 127, np.int8), (0.001, 0.002))
    graph = model.main
    tensors = (graph.tensors[0], weights, *graph.tensors[2:])
    assert_all_agree(Model((replace(graph, tensors=tensors),)), samples=4)


def with_weights(model: Model, weights: list[int]) -> Model:
    """The model with the given weights in each filter."""
    graph, old = model.main, model.main.tensors[1]
    filters = np.tile(np.array(weights, np.int8), (old.shape[0], 1)).reshape(old.shape)
    new = constant("w", filters, old.quantization.scale if old.quantization else None)
    return Model((replace(graph, tensors=(graph.tensors[0], new, *graph.tensors[2:])),))


@pytest.mark.slow
def test_two_products_of_the_largest_weights_fit_16_bits() -> None:
    """-128 * -128 + -128 * -128 = 2**15 overflows int16; with weights of -127 to 127 no pair does."""
    plain = convolution((1, 3, 5, 4), (3, 1, 1, 4), scales=(0.05, 3.0))
    beside, apart = [with_weights(plain, w) for w in ([-128, -128, 1, 2], [-128, -127, 127, -128])]
    functions = [kernel(bind(model.main)[0]).function for model in (beside, apart)]
    assert functions == ["edgeq_conv_2d_s8", "edgeq_conv_2d_im2col_s8"]
    least = np.full((1, 1, 3, 5, 4), -128, np.int8)
    for model in (beside, apart):
        outputs = [compiled_output(model, [x]) for x in (least, ~least)]
        expected = [reference_output(model, [x]) for x in (least, ~least)]
        np.testing.assert_array_equal(outputs, expected)


@pytest.mark.parametrize(
    ("x", "filters", "attributes", "message"),
    [
        ((1, 4, 4, 3), (4, 3, 3, 2), {}, "do not divide 3 input channels"),
        ((1, 4, 4, 4), (3, 3, 3, 2), {}, "3 filters of 2 channels"),
        (
            (1, 2, 2, 1),
            (1, 3, 3, 1),
            {"padding": "VALID"},
            "a window of 3 x 3 does not fit into 2 x 2",
        ),
    ],
)
def test_shapes_that_fit_nothing_are_refused_by_name(
    x: tuple[int, ...], filters: tuple[int, ...], attributes: dict[str, object], message: str
) -> None:
    with pytest.raises(UnsupportedError, match=message):
        bind(convolution(x, filters, **attributes).main)


def test_int16_beyond_its_arithmetic_is_refused() -> None:
    graph = convolution((1, 4, 4, 3), (4, 3, 3, 3), dtype="int16").main
    moved = replace(
        graph, tensors=(quantized("x", (1, 4, 4, 3), 0.05, 3, "int16"), *graph.tensors[1:])
    )
    with pytest.raises(UnsupportedError, match="zero points other than 0"):
        bind(moved)
    loud = convolution((1, 4, 4, 3), (4, 3, 3, 3), dtype="int16", scales=(900.0, 0.001)).main
    with pytest.raises(UnsupportedError, match="multiply sums by 128 or more"):
        bind(loud)


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"fused_activation_function": "TANH"}, "no integer form of the fused activation TANH"),
        ({"scales": (1e9, 1e-5)}, r"its scales multiply sums by .*, the limit is 2\*\*30"),
    ],
)
def test_arithmetic_that_integers_do_not_have_is_refused_by_name(
    attributes: dict[str, Any], message: str
) -> None:
    graph = convolution((1, 4, 4, 3), (4, 3, 3, 3), **attributes).main
    with pytest.raises(UnsupportedError, match=message):
        bind(graph)


def test_tensors_without_scale_are_refused() -> None:
    graph = convolution((1, 4, 4, 3), (4, 3, 3, 3)).main
    bare = replace(
        graph, tensors=(replace(graph.tensors[0], quantization=None), *graph.tensors[1:])
    )
    with pytest.raises(UnsupportedError, match='"x" has no scale'):
        bind(bare)


def test_a_stride_of_zero_is_refused() -> None:
    graph = convolution((1, 4, 4, 3), (4, 3, 3, 3)).main
    attributes = tuple((k, 0 if k == "stride_h" else v) for k, v in graph.ops[0].attributes)
    with pytest.raises(UnsupportedError, match="slide nowhere"):
        bind(replace(graph, ops=(replace(graph.ops[0], attributes=attributes),)))


def test_a_bias_of_another_length_is_refused() -> None:
    graph = convolution((1, 4, 4, 3), (4, 3, 3, 3)).main
    short = constant("b", np.zeros(3, np.int32), 0.001)
    broken = replace(graph, tensors=(*graph.tensors[:2], short, graph.tensors[3]))
    with pytest.raises(ModelError, match="3 biases — it has 4 output channels"):
        bind(broken)


def test_32_bit_sums_of_int16() -> None:
    assert_cases_agree(STATED, compiled=False)
    assert_cases_agree(NARROW, compiled=False, tflite=READS_UNSTATED_NARROW_BIASES)


def test_32_bit_sums_of_int16_that_may_overflow_are_refused() -> None:
    x, filters = (1, 50, 50, 1), (2, 50, 50, 1)
    bind(convolution(x, filters, dtype="int16").main)
    with pytest.raises(UnsupportedError, match="32-bit sums of int16 may overflow"):
        bind(convolution(x, filters, dtype="int16", bias_dtype="int32").main)
