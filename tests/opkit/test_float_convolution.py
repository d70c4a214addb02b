"""Float and hybrid CONV_2D and DEPTHWISE_CONV_2D against tflite-runtime, TFLM (float only) and the
compiled C.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from ops.cases import assert_cases_agree
from ops.harness import constant, single_op
from ops.sliding import sliding

from edgeq.errors import ModelError, UnsupportedError
from edgeq.graph import Model, Tensor
from edgeq.opkit.windows import window
from edgeq.ops import bind
from edgeq.simulate.execute import execute

OPTIONS = {"CONV_2D": "Conv2DOptions", "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions"}


def layer(
    kind: str,
    x: tuple[int, ...],
    filters: tuple[int, ...],
    weights: str = "int8",
    scales: str = "per channel",
    seed: int = 0,
    bias: bool = True,
    version: int = 5,
    **attributes: object,
) -> Model:
    """scales: of int8 weights, `per channel`, `alike` (for each channel the same) or `per tensor`."""
    rng = np.random.default_rng(seed)
    options = {
        "padding": "SAME",
        "stride_h": 1,
        "stride_w": 1,
        "dilation_h_factor": 1,
        "dilation_w_factor": 1,
        "fused_activation_function": "NONE",
    } | attributes
    axis = 0 if kind == "CONV_2D" else 3
    channels = filters[axis]
    if kind == "DEPTHWISE_CONV_2D":
        options["depth_multiplier"] = channels // x[3]
    if weights == "int8":
        some = {
            "per channel": rng.uniform(0.001, 0.01, channels),
            "alike": np.full(channels, 0.004),
            "per tensor": 0.004,
        }
        w = constant("w", rng.integers(-127, 128, filters, np.int8), some[scales], axis=axis)
    else:
        w = constant("w", rng.normal(0, 0.3, filters).astype(np.float32))
    inputs = [Tensor("x", x, "float32"), w]
    if bias:
        inputs.append(constant("b", rng.normal(0, 0.5, channels).astype(np.float32)))
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
    y = Tensor("y", (x[0], rows.output, columns.output, channels), "float32")
    return single_op(kind, inputs, y, OPTIONS[kind], version, **options)


Layer = tuple[
    tuple[int, ...], tuple[int, ...], dict[str, Any]
]  # shapes of input and filters, options
GEOMETRIES: dict[str, Layer] = {
    "3x3": ((1, 6, 5, 3), (4, 3, 3, 3), {}),
    "3x3 valid, relu": (
        (1, 6, 5, 3),
        (4, 3, 3, 3),
        {"padding": "VALID", "fused_activation_function": "RELU"},
    ),
    "1x1, relu6": ((1, 4, 4, 8), (5, 1, 1, 8), {"fused_activation_function": "RELU6"}),
    "1x1 stride 2": ((1, 5, 5, 8), (5, 1, 1, 8), {"stride_h": 2, "stride_w": 2}),
    "unequal strides, relu n1 to 1": (
        (1, 9, 8, 2),
        (3, 4, 2, 2),
        {"stride_h": 3, "fused_activation_function": "RELU_N1_TO_1"},
    ),
    "dilation": ((1, 9, 9, 2), (3, 3, 3, 2), {"dilation_h_factor": 2, "dilation_w_factor": 3}),
    "filter above the image": ((1, 2, 3, 2), (3, 5, 7, 2), {}),
    "batch of 2": ((2, 4, 4, 3), (4, 3, 3, 3), {}),
    "one pixel": ((1, 1, 1, 1), (2, 3, 3, 1), {}),
    "1-D": ((1, 1, 20, 3), (4, 1, 5, 3), {"stride_w": 2}),
}
GROUPS: dict[str, Layer] = {
    "2 groups": ((1, 5, 4, 6), (4, 3, 3, 3), {}),
    "a group for each": ((2, 5, 4, 3), (6, 3, 3, 1), {"stride_h": 2}),
}
DEPTHWISE: dict[str, Layer] = {
    "3x3": ((1, 6, 5, 3), (1, 3, 3, 3), {}),
    "3x3 valid, relu": (
        (1, 6, 5, 3),
        (1, 3, 3, 3),
        {"padding": "VALID", "fused_activation_function": "RELU"},
    ),
    "stride 2, relu6": (
        (1, 9, 8, 4),
        (1, 3, 3, 4),
        {"stride_h": 2, "stride_w": 2, "fused_activation_function": "RELU6"},
    ),
    "multiplier 3": ((1, 5, 5, 2), (1, 3, 2, 6), {}),
    "dilation": ((1, 9, 9, 2), (1, 3, 3, 2), {"dilation_h_factor": 2, "dilation_w_factor": 2}),
    "one channel": ((1, 6, 6, 1), (1, 3, 3, 8), {}),
    "batch of 2": ((2, 4, 4, 3), (1, 3, 3, 3), {}),
    "5x1": (
        (1, 12, 1, 3),
        (1, 5, 1, 3),
        {"stride_h": 2, "fused_activation_function": "RELU_N1_TO_1"},
    ),
}


CONVOLUTIONS = list((GEOMETRIES | GROUPS).items())


@pytest.mark.parametrize(
    ("scales", "compiler", "chosen"),
    [
        ("per channel", "gcc", slice(0, 6)),
        ("per channel", "clang", slice(6, 12)),
        ("per tensor", "clang", slice(0, 5)),
        ("per tensor", "gcc", slice(5, 10)),
    ],
)
def test_hybrid_convolutions_give_tflites_bytes(scales: str, compiler: str, chosen: slice) -> None:
    """TFLM refuses float activations with int8 weights."""
    cases = {
        name: layer("CONV_2D", x, f, scales=scales, **options)
        for name, (x, f, options) in CONVOLUTIONS[chosen]
    }
    assert_cases_agree(cases, tflm=False, compiler=compiler)


def test_hybrid_depthwise_convolutions_give_tflites_bytes() -> None:
    cases = {
        name: layer("DEPTHWISE_CONV_2D", x, f, version=6, **options)
        for name, (x, f, options) in DEPTHWISE.items()
    }
    assert_cases_agree(cases, tflm=False)


@pytest.mark.parametrize(("compiler", "chosen"), [("gcc", slice(0, 6)), ("clang", slice(6, 12))])
def test_float_convolutions_give_the_bytes_of_both_references(compiler: str, chosen: slice) -> None:
    cases = {
        name: layer("CONV_2D", x, f, "float32", version=2, **options)
        for name, (x, f, options) in CONVOLUTIONS[chosen]
    }
    assert_cases_agree(cases, compiler=compiler)


def test_float_depthwise_convolutions_give_the_bytes_of_both_references() -> None:
    cases = {
        name: layer("DEPTHWISE_CONV_2D", x, f, "float32", version=2, **options)
        for name, (x, f, options) in DEPTHWISE.items()
    }
    assert_cases_agree(cases)


def test_scales_that_are_all_alike_are_one_scale() -> None:
    """Of such layers tflite-runtime 2.14 computes 0; edgeq computes what later versions do."""
    x = np.random.default_rng(1).normal(0, 1, (3, 1, 5, 4, 3)).astype(np.float32)
    alike, single = (
        layer("CONV_2D", (1, 5, 4, 3), (4, 3, 3, 3), scales=s) for s in ("alike", "per tensor")
    )
    outputs = [execute(model.main, [x])[model.main.outputs[0]] for model in (alike, single)]
    np.testing.assert_array_equal(outputs[0], outputs[1])


def test_activations_of_any_range_are_quantized_alike() -> None:
    """All zeros, one sign, one value, huge, tiny and denormal ranges, and ties."""
    rng = np.random.default_rng(0)
    plain = rng.normal(0, 1, (16, 1, 4, 3, 2)).astype(np.float32)
    factors = [0, 1, -1, 1e-3, 1e30, 3e37, 1e-30, 1e-37, 1e-39, 1e-42, 255]
    rows = [plain[i] * np.float32(f) for i, f in enumerate(factors)]
    rows += [
        np.abs(plain[11]),
        -np.abs(plain[12]),
        np.full_like(plain[0], 0.7),
        np.full_like(plain[0], -3),
    ]
    rows.append(
        np.tile(np.array([-128, 127, 0.5, -0.5, 1.5, 2.5], np.float32), 4).reshape(1, 4, 3, 2)
    )
    x = np.array(rows)
    cases = {
        "asymmetric": layer("CONV_2D", (1, 4, 3, 2), (3, 3, 3, 2)),
        "symmetric": layer("CONV_2D", (1, 4, 3, 2), (3, 3, 3, 2), scales="per tensor"),
        "depthwise": layer("DEPTHWISE_CONV_2D", (1, 4, 3, 2), (1, 3, 3, 2)),
    }
    assert_cases_agree(cases, tflm=False, inputs=[x])


@st.composite
def random_layer(draw: st.DrawFn) -> Model:
    small, channels = st.integers(1, 5), st.integers(1, 3)
    groups, depth, dilation = draw(channels), draw(channels), draw(st.integers(1, 2))
    filters = (groups * draw(channels), draw(small), draw(small), depth)
    sizes = [(k - 1) * dilation + draw(small) for k in filters[1:3]]
    kind = draw(st.sampled_from(sorted(OPTIONS)))
    if kind == "DEPTHWISE_CONV_2D":
        filters, groups = (1, *filters[1:3], depth * draw(channels)), 1
    return layer(
        kind,
        (draw(st.integers(1, 2)), *sizes, groups * depth),
        filters,
        draw(st.sampled_from(["int8", "float32"])),
        seed=draw(st.integers(0, 99)),
        **sliding(draw, 5, dilation),
    )


@pytest.mark.slow
@settings(max_examples=2, deadline=None, derandomize=True, phases=[Phase.generate])
@given(st.lists(random_layer(), min_size=5, max_size=7))
def test_random_layers_give_the_same_bytes(models: list[Model]) -> None:
    assert_cases_agree({str(k): model for k, model in enumerate(models)}, samples=4, tflm=False)


@pytest.mark.parametrize(
    ("model", "error", "message"),
    [
        (
            layer("DEPTHWISE_CONV_2D", (1, 4, 4, 3), (1, 3, 3, 3), scales="per tensor"),
            UnsupportedError,
            "one scale for",
        ),
        (
            layer("CONV_2D", (1, 4, 4, 4), (2, 3, 3, 2), scales="per tensor"),
            UnsupportedError,
            "groups of int8 filters",
        ),
        (
            layer("CONV_2D", (1, 4, 4, 3), (2, 3, 3, 3), fused_activation_function="TANH"),
            UnsupportedError,
            "TANH",
        ),
    ],
)
def test_what_tflite_has_no_kernel_for_is_refused(
    model: Model, error: type[ModelError], message: str
) -> None:
    with pytest.raises(error, match=message):
        bind(model.main)


@pytest.mark.parametrize("kind", sorted(OPTIONS))
def test_an_output_that_is_a_single_number_is_refused(kind: str) -> None:
    filters = (3, 3, 3, 3) if kind == "CONV_2D" else (1, 3, 3, 3)
    graph = layer(kind, (1, 4, 4, 3), filters).main
    tensors = tuple(replace(t, shape=()) if t.name == "y" else t for t in graph.tensors)
    with pytest.raises(ModelError):
        bind(replace(graph, tensors=tensors))
