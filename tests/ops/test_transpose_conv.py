"""TRANSPOSE_CONV against tflite-runtime, TFLM and the compiled C."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from ops.cases import assert_cases_agree
from ops.harness import constant, quantized, single_op

from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Quantization, Tensor
from edgeq.opkit.node import constant as constant_of
from edgeq.ops import bind
from edgeq.ops.transpose_conv import im2col_matrix
from edgeq.simulate.execute import execute, random_inputs

BIAS = {"int8": np.int32, "int16": np.int64, "float32": np.float32}


def transposed(
    x: tuple[int, ...],
    filters: tuple[int, ...],
    stride: tuple[int, int] = (2, 2),
    padding: str = "SAME",
    size: tuple[int, int] | None = None,
    seed: int = 0,
    per_channel: bool = True,
    zero_points: tuple[int, int] = (3, -5),
    scales: tuple[float, float] = (0.05, 0.08),
    bias: int | None = 3000,
    dtype: str = "int8",
    bias_type: Any = None,
    activation: str = "NONE",
) -> Model:
    """A model of one TRANSPOSE_CONV. size: of the output, by default what Keras gives; bias: its
    largest magnitude, or None for no bias.
    """
    rng = np.random.default_rng(seed)
    whole = padding == "SAME"
    rows, columns = size or (
        x[axis] * s if whole else (x[axis] - 1) * s + max(s, filters[axis])
        for axis, s in ((1, stride[0]), (2, stride[1]))
    )
    shape = (x[0], rows, columns, filters[0])
    inputs = [
        constant("shape", np.array(shape, np.int32)),
        *_data(rng, x, filters, per_channel, zero_points, scales[0], dtype),
    ]
    if bias is not None:
        values = rng.integers(-bias, bias, filters[0], np.int64, endpoint=True)
        inputs.append(constant("b", values.astype(bias_type or BIAS[dtype])))
    y = (
        Tensor("y", shape, dtype)
        if dtype == "float32"
        else quantized("y", shape, scales[1], 0 if dtype == "int16" else zero_points[1], dtype)
    )
    options = {"padding": padding, "stride_h": stride[0], "stride_w": stride[1]}
    version = 4 if activation != "NONE" else 3 if bias is not None else 2
    return single_op(
        "TRANSPOSE_CONV",
        inputs,
        y,
        "TransposeConvOptions",
        version,
        fused_activation_function=activation,
        **options,
    )


def _data(
    rng: np.random.Generator,
    x: tuple[int, ...],
    filters: tuple[int, ...],
    per_channel: bool,
    zero_points: tuple[int, int],
    scale: float,
    dtype: str,
) -> list[Tensor]:
    """Weights and input."""
    if dtype == "float32":
        return [
            constant("w", rng.normal(0, 1, filters).astype(np.float32)),
            Tensor("x", x, dtype),
        ]
    steps = rng.uniform(0.001, 0.01, filters[0]) if per_channel else 0.004
    zero_point = 0 if dtype == "int16" else zero_points[0]
    return [
        constant("w", rng.integers(-127, 128, filters, np.int8), steps),
        quantized("x", x, scale, zero_point, dtype),
    ]


IMAGE, FILTERS = (1, 4, 3, 3), (4, 3, 3, 3)
CASES = {
    "3x3 stride 2": transposed(IMAGE, FILTERS),
    "3x3 stride 2 valid": transposed(IMAGE, FILTERS, padding="VALID"),
    "stride 1": transposed(IMAGE, FILTERS, (1, 1)),
    "stride 1 valid": transposed(IMAGE, FILTERS, (1, 1), "VALID"),
    "filter of the stride": transposed(IMAGE, (4, 2, 2, 3)),
    "stride above the filter": transposed(IMAGE, (4, 2, 1, 3), (3, 4)),
    "stride above the filter, valid": transposed(IMAGE, (4, 2, 1, 3), (3, 4), "VALID"),
    "a filter of 4 x 5, unequal strides": transposed(IMAGE, (2, 4, 5, 3), (2, 3)),
    "a row": transposed((1, 1, 6, 2), (3, 1, 5, 2), (1, 2)),
    "a pixel to a map": transposed((1, 1, 1, 8), (3, 4, 4, 8), (1, 1), "VALID"),
    "an output cut short": transposed(IMAGE, FILTERS, size=(7, 5)),
    "a batch of 2": transposed((2, 3, 4, 2), (3, 3, 2, 2)),
    "per tensor": transposed(IMAGE, FILTERS, per_channel=False),
    "zero points -128 and 127": transposed(IMAGE, FILTERS, zero_points=(-128, 127)),
    "zero points 127 and -128": transposed(IMAGE, FILTERS, zero_points=(127, -128)),
    "saturation": transposed(IMAGE, FILTERS, scales=(0.05, 0.0004)),
    "factors above 1": transposed(IMAGE, FILTERS, scales=(200.0, 0.01)),
    "factors that make sums wrap": transposed(IMAGE, FILTERS, scales=(1e6, 0.001)),
    "tiny factors": transposed(IMAGE, FILTERS, scales=(1e-6, 0.3)),
    "bias near the limit of int32": transposed(IMAGE, FILTERS, bias=2**31 - 2**20),
    "int16": transposed(IMAGE, FILTERS, dtype="int16", bias=3_000_000),
    "int16, valid, per tensor": transposed(
        IMAGE, FILTERS, padding="VALID", dtype="int16", per_channel=False
    ),
    "int16, bias of 40 bits": transposed(
        IMAGE, FILTERS, dtype="int16", bias=2**39, scales=(0.01, 9.0)
    ),
    "float32": transposed(IMAGE, FILTERS, dtype="float32", bias=4),
    "float32, valid, unequal strides": transposed(
        (2, 4, 3, 5), (2, 4, 3, 5), (3, 1), "VALID", dtype="float32", bias=4
    ),
    "no bias": transposed(IMAGE, FILTERS, bias=None),
    "float32, no bias": transposed(IMAGE, FILTERS, dtype="float32", bias=None),
}
OF_TFLM = {
    "an output below the filter": transposed(IMAGE, (2, 6, 7, 3), (3, 3), "VALID", (1, 2)),
    "an output beyond every input": transposed(IMAGE, FILTERS, padding="VALID", size=(14, 9)),
    "relu": transposed(IMAGE, FILTERS, activation="RELU"),
    "relu6": transposed(IMAGE, FILTERS, activation="RELU6"),
    "int16, relu": transposed(IMAGE, FILTERS, dtype="int16", activation="RELU"),
    "float32, relu n1 to 1": transposed(IMAGE, FILTERS, dtype="float32", activation="RELU_N1_TO_1"),
    "int16, no bias": transposed(IMAGE, FILTERS, dtype="int16", bias=None),
    "int16, bias of 16 bits": transposed(IMAGE, FILTERS, dtype="int16", bias_type=np.int16),
}
"""What TFLite's runtimes refuse or compute otherwise: activations and such a bias in 2.14, which sums
int16 without bias in 32 bits; later ones refuse outputs that no convolution makes the input of.
"""


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.slow
def test_every_computer_gives_the_same_bytes(compiler: str) -> None:
    assert_cases_agree(CASES, compiler=compiler)
    assert_cases_agree(OF_TFLM, compiler=compiler, tflite=False)


def test_a_stride_of_2_gives_the_same_bytes() -> None:
    assert_cases_agree({"3x3 stride 2": CASES["3x3 stride 2"]}, samples=2)


@st.composite
def random_transposed(draw: st.DrawFn) -> Model:
    small, zero = st.integers(1, 5), st.integers(-128, 127)
    scale = st.floats(1e-3, 1)
    depth, dtype = draw(small), draw(st.sampled_from(["int8", "int16", "float32"]))
    image, window = (draw(small), draw(small)), (draw(small), draw(small))
    strides = (draw(st.integers(1, 4)), draw(st.integers(1, 4)))
    padding = draw(st.sampled_from(["SAME", "VALID"]))
    slack = [draw(st.integers(0, stride - 1)) for stride in strides]
    rows, columns = (  # all that a convolution of this stride makes the image of
        n * stride - less if padding == "SAME" else (n - 1) * stride + taps + less
        for n, taps, stride, less in zip(image, window, strides, slack, strict=True)
    )
    return transposed(
        (draw(st.integers(1, 2)), *image, depth),
        (draw(small), *window, depth),
        strides,
        padding,
        (rows, columns),
        draw(st.integers(0, 99)),
        draw(st.booleans()),
        (draw(zero), draw(zero)),
        (draw(scale), draw(scale)),
        dtype=dtype,
    )


@pytest.mark.slow
@settings(max_examples=6, deadline=None, derandomize=True, phases=[Phase.generate])
@given(st.lists(random_transposed(), min_size=15, max_size=25))
def test_random_ones_give_the_same_bytes(models: list[Model]) -> None:
    assert_cases_agree({str(k): model for k, model in enumerate(models)})


def changed(model: Model, t: int, **fields: Any) -> Model:
    """The model with fields of one of its tensors replaced."""
    tensors = list(model.main.tensors)
    tensors[t] = replace(tensors[t], **fields)
    return Model((replace(model.main, tensors=tuple(tensors)),))


def test_a_computed_shape_is_that_of_the_output() -> None:
    """As TFLM, which never reads it."""
    computed = changed(CASES["3x3 stride 2"], 0, buffer=None)
    graph = replace(computed.main, inputs=(0, *computed.main.inputs))
    assert [node.output.shape for node in bind(graph)] == [(1, 8, 6, 4)]


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (transposed(IMAGE, (4, 3, 3, 2)), "filters have 2 channels, its input 3"),
        (
            transposed((1, 1, 1, 3), (4, 9, 1, 3), (3, 1), "VALID", size=(1, 1)),
            "its output of 1 x 1 is too small for filters of 9 x 1",
        ),
        (transposed(IMAGE, FILTERS, (0, 1), size=(2, 2)), "strides 0 and 1 .* slide nowhere"),
        (transposed(IMAGE, FILTERS, dtype="int16", bias_type=np.int32), "int32 -> int16, known"),
        (changed(CASES["int16"], 2, quantization=Quantization((0.1,), (1,))), "zero points"),
        (
            changed(CASES["3x3 stride 2"], 0, buffer=np.int32([2, 8, 6, 4]).tobytes()),
            r"its input 0 says \[2, 8, 6, 4\], its images and filters give \[1, 8, 6, 4\]",
        ),
    ],
)
def test_refuses_by_name(model: Model, message: str) -> None:
    with pytest.raises(UnsupportedError, match=message):
        bind(model.main)


def test_what_weights_are_multiplied_by_makes_the_sums() -> None:
    """The im2col matrix, with which quantizers choose weights, times the filters."""
    model = CASES["float32, valid, unequal strides"]
    node, (x,) = bind(model.main)[0], random_inputs(model.main, 3)
    filters, bias = (constant_of(node, k).astype(np.float64) for k in (1, 3))
    (matrix,) = im2col_matrix(node, x)
    y = execute(model.main, [x])[model.main.outputs[0]]
    sums = (matrix @ filters.reshape(len(filters), -1).T + bias).reshape(y.shape)
    np.testing.assert_allclose(sums, y, rtol=1e-4, atol=1e-3)
