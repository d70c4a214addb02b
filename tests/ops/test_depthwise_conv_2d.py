"""DEPTHWISE_CONV_2D against tflite-runtime, TFLM and the compiled C."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from ops.cases import assert_cases_agree, merge
from ops.harness import constant, quantized, single_op
from ops.sliding import sliding

from edgeq.codegen.native import render_native
from edgeq.errors import UnsupportedError
from edgeq.graph import Model
from edgeq.opkit.windows import window
from edgeq.ops import bind
from edgeq.ops.depthwise_conv_2d import kernel, variant
from edgeq.simulate.execute import execute, random_inputs
from edgeq.verify.host import run_host


def depthwise(
    x: tuple[int, ...],
    kernel: tuple[int, int],
    multiplier: int = 1,
    seed: int = 0,
    per_channel: bool = True,
    zero_points: tuple[int, int] = (3, -5),
    scales: tuple[float, float] = (0.05, 0.02),
    bias: bool = True,
    dtype: str = "int8",
    **attributes: object,
) -> Model:
    """A model of one DEPTHWISE_CONV_2D.

    kernel: height and width of the filters.
    scales: of input and output.
    zero_points: int16 has none.
    """
    rng = np.random.default_rng(seed)
    options = {
        "padding": "SAME",
        "stride_h": 1,
        "stride_w": 1,
        "dilation_h_factor": 1,
        "dilation_w_factor": 1,
        "depth_multiplier": multiplier,
        "fused_activation_function": "NONE",
    } | attributes
    channels = x[3] * multiplier
    weight_scales = rng.uniform(0.001, 0.01, channels) if per_channel else 0.004
    zero_points = (0, 0) if dtype == "int16" else zero_points
    inputs = [
        quantized("x", x, scales[0], zero_points[0], dtype),
        constant(
            "w", rng.integers(-127, 128, (1, *kernel, channels), np.int8), weight_scales, axis=3
        ),
    ]
    if bias:
        values = rng.integers(-3000, 3000, channels, np.int64 if dtype == "int16" else np.int32)
        inputs.append(constant("b", values, np.atleast_1d(weight_scales) * scales[0]))
    rows, columns = (
        window(
            str(options["padding"]),
            x[a],
            kernel[a - 1],
            int(str(options[f"stride_{c}"])),
            int(str(options[f"dilation_{c}_factor"])),
        )
        for a, c in ((1, "h"), (2, "w"))
    )
    y = quantized(
        "y", (x[0], rows.output, columns.output, channels), scales[1], zero_points[1], dtype
    )
    return single_op(
        "DEPTHWISE_CONV_2D",
        inputs,
        y,
        "DepthwiseConv2DOptions",
        4 if dtype == "int16" else 3,
        **options,
    )


CASES = {
    "3x3 same": depthwise((1, 6, 5, 3), (3, 3)),
    "3x3 valid": depthwise((1, 6, 5, 3), (3, 3), padding="VALID"),
    "3x3 of a clamped layer": depthwise(
        (1, 7, 4, 3), (3, 3), fused_activation_function="RELU_N1_TO_1", scales=(0.05, 0.1)
    ),
    "3x3 after RELU": depthwise(
        (1, 6, 9, 3), (3, 3), zero_points=(3, -128), fused_activation_function="RELU"
    ),
    "3x3 in columns": depthwise(
        (2, 9, 5, 3), (3, 3), zero_points=(9, -128), fused_activation_function="RELU"
    ),
    "3x3 in bands": depthwise(
        (1, 30, 31, 2), (3, 3), zero_points=(9, -128), fused_activation_function="RELU"
    ),
    "3x3 by 2 in bands": depthwise(
        (2, 30, 33, 2),
        (3, 3),
        zero_points=(9, -128),
        stride_h=2,
        stride_w=2,
        fused_activation_function="RELU",
    ),
    "3x3 to one pixel": depthwise(
        (1, 3, 3, 4),
        (3, 3),
        zero_points=(9, -128),
        padding="VALID",
        fused_activation_function="RELU",
    ),
    "one channel to 8": depthwise(
        (1, 9, 8, 1),
        (4, 3),
        8,
        zero_points=(9, -128),
        stride_h=2,
        stride_w=2,
        fused_activation_function="RELU",
    ),
    "1x1": depthwise((1, 4, 4, 8), (1, 1)),
    "stride 2, even size": depthwise((1, 8, 8, 3), (3, 3), stride_h=2, stride_w=2),
    "stride 3 by 2": depthwise((1, 9, 8, 2), (4, 2), stride_h=3, stride_w=2),
    "stride above the filter": depthwise((1, 9, 8, 2), (2, 1), stride_h=3, stride_w=3),
    "dilation": depthwise((1, 9, 9, 2), (3, 3), dilation_h_factor=2, dilation_w_factor=3),
    "depth multiplier 3": depthwise((1, 5, 4, 2), (3, 3), 3),
    "depth multiplier 4 on one channel": depthwise((2, 6, 6, 1), (3, 3), 4, stride_h=2, stride_w=2),
    "filter above the image": depthwise((1, 2, 3, 2), (5, 7)),
    "int16": depthwise((1, 6, 5, 3), (3, 3), dtype="int16"),
    "int16, depth multiplier 2": depthwise(
        (2, 7, 5, 2), (3, 2), 2, dtype="int16", stride_h=2, padding="VALID"
    ),
    "int16, relu6": depthwise(
        (1, 4, 4, 3),
        (3, 3),
        dtype="int16",
        scales=(0.001, 0.0003),
        dilation_w_factor=2,
        per_channel=False,
        fused_activation_function="RELU6",
    ),
    "relu6": depthwise((1, 4, 4, 3), (3, 3), fused_activation_function="RELU6"),
    "relu n1 to 1": depthwise((1, 4, 4, 3), (3, 3), fused_activation_function="RELU_N1_TO_1"),
    "per tensor": depthwise((1, 4, 4, 3), (3, 3), per_channel=False),
    "no bias": depthwise((1, 4, 4, 3), (3, 3), bias=False),
    "batch of 2": depthwise((2, 4, 4, 3), (3, 3)),
    "one pixel": depthwise((1, 1, 1, 1), (3, 3)),
    "zero points -128 and 127": depthwise((1, 4, 4, 3), (3, 3), zero_points=(-128, 127)),
    "zero points 127 and -128": depthwise((1, 4, 4, 3), (3, 3), zero_points=(127, -128)),
    "saturation": depthwise((1, 4, 4, 3), (3, 3), scales=(0.05, 0.0002)),
    "tiny factors": depthwise((1, 4, 4, 3), (3, 3), scales=(1e-6, 0.3)),
}


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.slow
def test_every_computer_gives_the_same_bytes(compiler: str) -> None:
    assert_cases_agree(CASES, compiler=compiler)


def test_many_samples_give_what_each_gives_alone() -> None:
    """Samples are computed in cache-sized blocks; 300 samples make several blocks and a remainder."""
    graph = depthwise((1, 12, 12, 16), (3, 3)).main
    inputs = random_inputs(graph, 300)
    together = execute(graph, inputs)[graph.outputs[0]]
    for k in (0, 37, 299):
        np.testing.assert_array_equal(
            execute(graph, [inputs[0][k : k + 1]])[graph.outputs[0]][0], together[k]
        )


@st.composite
def random_depthwise(draw: st.DrawFn) -> Model:
    small, zero, scale = st.integers(1, 4), st.integers(-128, 127), st.floats(1e-3, 1)
    kernel, dilation = (draw(small), draw(small)), draw(st.integers(1, 2))
    sizes = [(k - 1) * dilation + draw(small) for k in kernel]
    return depthwise(
        (draw(st.integers(1, 2)), *sizes, draw(small)),
        kernel,
        draw(small),
        draw(st.integers(0, 99)),
        draw(st.booleans()),
        (draw(zero), draw(zero)),
        (draw(scale), draw(scale)),
        **sliding(draw, 4, dilation),
    )


@pytest.mark.slow
@settings(max_examples=2, deadline=None, derandomize=True, phases=[Phase.generate])
@given(st.lists(random_depthwise(), min_size=8, max_size=12))
def test_random_convolutions_give_the_same_bytes(models: list[Model]) -> None:
    assert_cases_agree({str(k): model for k, model in enumerate(models)})


def test_channels_longer_than_their_buffer_in_c() -> None:
    """Channels processed in bands, of which the first and the last are padded, by rows and by
    columns.
    """
    model = merge(
        {
            "rows": depthwise((1, 24, 23, 2), (5, 3)),
            "rows by 2": depthwise((1, 47, 22, 2), (5, 3), stride_h=2),
            "columns": depthwise((1, 12, 60, 2), (12, 7)),
        }
    )
    for node in bind(model.main):
        call = kernel(node)
        assert variant(node).algorithm == "per channel"
        assert call.parameters["band"] != call.parameters["output_lines"]
    inputs = random_inputs(model.main, 2)
    computed = execute(model.main, inputs)
    compiled = run_host(render_native(model, "planes"), inputs, optimization="-O0")
    for t in model.main.outputs:
        np.testing.assert_array_equal(computed[t], compiled[t], model.main.tensors[t].name)


def test_filters_that_are_no_multiple_of_the_channels_are_refused() -> None:
    graph = depthwise((1, 4, 4, 2), (3, 3)).main
    odd = constant("w", np.ones((1, 3, 3, 3), np.int8), 0.1, axis=3)
    with pytest.raises(
        UnsupportedError, match="not a whole number for each of the 2 input channels"
    ):
        bind(replace(graph, tensors=(graph.tensors[0], odd, *graph.tensors[2:])))
