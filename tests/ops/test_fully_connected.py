"""FULLY_CONNECTED against tflite-runtime, TFLM and the compiled C."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from ops.cases import assert_cases_agree
from ops.harness import (
    READS_UNSTATED_NARROW_BIASES,
    assert_all_agree,
    constant,
    quantized,
    reference_output,
    single_op,
)

from edgeq.errors import UnsupportedError
from edgeq.fixedpoint import multiply_by_quantized_multiplier, quantize_multiplier
from edgeq.graph import Model
from edgeq.ops import bind, fully_connected
from edgeq.simulate.execute import random_inputs


def layer(
    x: tuple[int, ...],
    neurons: int,
    seed: int = 0,
    per_channel: bool = False,
    zero_points: tuple[int, int] = (3, -5),
    scales: tuple[float, float, float] = (0.05, 0.004, 0.08),
    bias: bool = True,
    depth: int | None = None,
    dtype: str = "int8",
    bias_dtype: str = "",
    **attributes: object,
) -> Model:
    """A model of one FULLY_CONNECTED.

    scales: of input, weights (per channel: the largest) and output.
    depth: the input's last size by default.
    """
    rng = np.random.default_rng(seed)
    options = {
        "fused_activation_function": "NONE",
        "keep_num_dims": False,
        "weights_format": "DEFAULT",
    } | attributes
    depth = depth or x[-1]
    weight_scales = rng.uniform(scales[1] / 10, scales[1], neurons) if per_channel else scales[1]
    zero_points = (0, 0) if dtype == "int16" else zero_points
    inputs = [
        quantized("x", x, scales[0], zero_points[0], dtype),
        constant("w", rng.integers(-127, 128, (neurons, depth), np.int8), weight_scales),
        constant(
            "b",
            rng.integers(
                -3000, 3000, neurons, bias_dtype or ("int64" if dtype == "int16" else "int32")
            ),
            np.atleast_1d(weight_scales) * scales[0],
        )
        if bias
        else None,
    ]
    rows = int(np.prod(x)) // depth
    shape = (*x[:-1], neurons) if options["keep_num_dims"] else (rows, neurons)
    y = quantized("y", shape, scales[2], zero_points[1], dtype)
    return single_op("FULLY_CONNECTED", inputs, y, "FullyConnectedOptions", 5, **options)


CASES = {
    "per tensor": layer((1, 40), 7),
    "per channel": layer((1, 40), 7, per_channel=True),
    "one neuron": layer((1, 40), 1, per_channel=True),
    "one input": layer((1, 1), 5),
    "batch of 3": layer((3, 10), 4),
    "no bias": layer((1, 10), 4, bias=False),
    "no bias, per channel": layer((1, 10), 4, bias=False, per_channel=True),
    "rank 3 flattened": layer((2, 3, 10), 4),
    "rank 4 flattened into longer rows": layer((2, 3, 2, 5), 4, depth=30),
    "rank 1": layer((10,), 4),
    "rank 3 kept": layer((2, 3, 10), 4, keep_num_dims=True),
    "relu": layer((1, 40), 7, fused_activation_function="RELU"),
    "relu6": layer((1, 40), 7, fused_activation_function="RELU6", scales=(0.05, 0.004, 0.05)),
    "relu n1 to 1": layer((1, 40), 7, fused_activation_function="RELU_N1_TO_1"),
    "zero points -128 and 127": layer((1, 40), 7, zero_points=(-128, 127)),
    "zero points 127 and -128": layer((1, 40), 7, zero_points=(127, -128)),
    "saturation": layer((1, 40), 7, scales=(0.05, 0.004, 0.0005)),
    "factors above 1": layer((1, 40), 7, scales=(20.0, 3.0, 0.5), bias=False),
    "tiny factors": layer((1, 40), 7, scales=(1e-5, 1e-4, 0.5)),
    "int16": layer((1, 40), 7, dtype="int16"),
    "int16, per channel": layer((3, 40), 7, dtype="int16", per_channel=True),
    "int16, rank 3 kept, relu6": layer(
        (2, 3, 40),
        7,
        dtype="int16",
        keep_num_dims=True,
        scales=(0.001, 0.004, 0.0003),
        fused_activation_function="RELU6",
    ),
    "sums beyond float32": layer((1, 3000), 3, scales=(0.05, 0.004, 0.4)),
}


NARROW = {
    "int16, 32-bit bias": layer((2, 40), 7, dtype="int16", bias_dtype="int32"),
    "int16, 32-bit bias, per channel": layer(
        (1, 33), 5, dtype="int16", bias_dtype="int32", per_channel=True
    ),
}
STATED = {
    "int16, 32-bit bias, stated": layer(
        (2, 40), 7, dtype="int16", bias_dtype="int32", quantized_bias_type="INT32"
    ),
    "int16, 32-bit bias, stated, per channel": layer(
        (1, 33),
        5,
        dtype="int16",
        bias_dtype="int32",
        per_channel=True,
        quantized_bias_type="INT32",
    ),
}
SEEDS = NARROW | STATED
"""Layers with 32-bit sums of int16."""


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_every_computer_gives_the_same_bytes(compiler: str) -> None:
    every, unread = CASES | STATED | NARROW, {} if READS_UNSTATED_NARROW_BIASES else NARROW
    assert_cases_agree(every, compiler=compiler, tflite=False)  # TFLite in the next line
    of_tflite = {name: model for name, model in every.items() if name not in unread}
    assert_cases_agree(of_tflite, tflm=False, compiled=False)


def test_int16_without_bias_is_as_tflm_says() -> None:
    # tflite-runtime 2.14 takes 32-bit sums there, and rounds twice; TFLM only if
    # `quantized_bias_type` asks for it.
    assert_all_agree(layer((1, 40), 7, dtype="int16", bias=False), tflite=False)
    narrow = layer((1, 40), 7, dtype="int16", bias=False, quantized_bias_type="INT32")
    assert_all_agree(narrow, tflite=False)
    with pytest.raises(UnsupportedError, match="32-bit sums of int16 may overflow"):
        bind(layer((1, 2000), 7, dtype="int16", bias_dtype="int32").main)


def test_dimensions_kept_under_per_channel_weights_are_as_tflm_says() -> None:
    # tflite-runtime 2.14 takes the first two sizes of such an output for all of it, and leaves the
    # rest zero.
    assert_all_agree(layer((2, 3, 10), 4, keep_num_dims=True, per_channel=True), tflite=False)


def test_the_product_of_per_tensor_scales_is_a_float64_one() -> None:
    """0.1 * 0.3 / 0.7 as float32 values: a product in float32 would give another multiplier."""
    model = layer((1, 41), 7, scales=(0.1, 0.3, 0.7), bias=False)
    (node,) = bind(model.main)
    x, w, y = (np.float32(s) for s in (0.1, 0.3, 0.7))
    single, double = (
        np.float64(x * w) / np.float64(y),
        np.float64(x) * np.float64(w) / np.float64(y),
    )
    multiplier = fully_connected.kernel(node).parameters["outputs.channels.multiplier"]
    assert multiplier == [round(double * 2**35)] != [round(single * 2**35)]
    assert_all_agree(model, samples=64)


def test_sums_where_that_product_decides_are_as_tflm_says() -> None:
    """Accumulators, given as biases, whose outputs differ between a float32 and a float64 product:
    TFLM (2026-10) uses float64.
    """
    x, w, y = (float(np.float32(s)) for s in (0.1, 0.3, 7000.0))
    ties = ((np.arange(-100, 100) + 0.5) * y / (x * w)).astype(np.int64)
    sums = (ties[:, None] + np.arange(-3, 4)).ravel()
    single, double = (
        multiply_by_quantized_multiplier(sums, *quantize_multiplier(product / y))
        for product in (float(np.float32(x) * np.float32(w)), x * w)
    )
    bias = sums[single != double].astype(np.int32)
    assert len(bias) > 0
    tensors = [
        quantized("x", (1, 4), x),
        constant("w", np.zeros((len(bias), 4), np.int8), w),
        constant("b", bias, x * w),
    ]
    model = single_op(
        "FULLY_CONNECTED",
        tensors,
        quantized("y", (1, len(bias)), y),
        "FullyConnectedOptions",
        4,
        fused_activation_function="NONE",
        weights_format="DEFAULT",
    )
    expected = assert_all_agree(model, samples=1, tflite=False)
    assert np.all(reference_output(model, random_inputs(model.main, 1)) != expected)


def test_weights_with_one_scale_carry_one_multiplier() -> None:
    (node,) = bind(CASES["int16"].main)
    parameters = fully_connected.kernel(node).parameters  # type: ignore[union-attr]
    assert (
        parameters["outputs.channels.multiplier"].shape,
        parameters["outputs.channels.shift"].shape,
        parameters["outputs.scale_step"],
    ) == ((1,), (1,), 0)


@st.composite
def random_layer(draw: st.DrawFn) -> Model:
    zero, scale, per_channel = st.integers(-128, 127), st.floats(1e-3, 1), draw(st.booleans())
    return layer(
        tuple(draw(st.lists(st.integers(1, 6), min_size=2, max_size=4))),
        draw(st.integers(1, 9)),
        draw(st.integers(0, 99)),
        per_channel,
        (draw(zero), draw(zero)),
        (draw(scale), draw(scale), draw(scale)),
        draw(st.booleans()),
        keep_num_dims=not per_channel and draw(st.booleans()),
        fused_activation_function=draw(st.sampled_from(["NONE", "RELU", "RELU6", "RELU_N1_TO_1"])),
    )


@pytest.mark.slow
@settings(max_examples=3, deadline=None, derandomize=True, phases=[Phase.generate])
@given(st.lists(random_layer(), min_size=8, max_size=12))
def test_random_layers_give_the_same_bytes(models: list[Model]) -> None:
    assert_cases_agree({str(k): model for k, model in enumerate(models)})


def test_a_bias_of_another_scale_is_refused_as_tflm_refuses_it() -> None:
    graph = layer((1, 10), 4).main
    loud = constant("b", np.zeros(4, np.int32), 0.5)
    with pytest.raises(UnsupportedError, match=r"its bias has scale 0\.5"):
        bind(replace(graph, tensors=(*graph.tensors[:2], loud, graph.tensors[3])))


@pytest.mark.parametrize(
    ("x", "attributes", "message"),
    [
        (
            (1, 40),
            {"weights_format": "SHUFFLED4x16INT8"},
            "format SHUFFLED4x16INT8, known is DEFAULT",
        ),
        ((2, 3, 2), {"depth": 6, "keep_num_dims": True}, "it keeps dimensions"),
        ((1, 7), {"depth": 5}, r"weights \[4, 5\] do not fit an input \[1, 7\]"),
    ],
)
def test_layers_that_fit_nothing_are_refused(
    x: tuple[int, ...], attributes: dict[str, int], message: str
) -> None:
    with pytest.raises(UnsupportedError, match=message):
        bind(layer(x, 4, **attributes).main)  # type: ignore[arg-type]
