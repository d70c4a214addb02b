"""Float and hybrid FULLY_CONNECTED against tflite-runtime, TFLM (float only) and the compiled C."""

from dataclasses import replace

import numpy as np
import pytest
from ops.cases import assert_cases_agree
from ops.harness import compiled_output, constant, single_op

from edgeq.errors import ModelError, UnsupportedError
from edgeq.graph import Model, Tensor
from edgeq.opkit.dynamic import check_sums
from edgeq.opkit.node import Values
from edgeq.ops import bind
from edgeq.simulate.execute import execute


def connected(
    x: tuple[int, ...],
    neurons: int,
    depth: int,
    weights: str = "int8",
    per_unit: bool = False,
    asymmetric: bool = True,
    bias: bool = True,
    activation: str = "NONE",
    keep: bool = False,
) -> Model:
    """per_unit: a scale of int8 weights for each neuron, which tflite-runtime 2.14 does not know."""
    rng = np.random.default_rng(neurons)
    if weights == "int8":
        scales = rng.uniform(0.001, 0.01, neurons) if per_unit else 0.004
        w = constant("w", rng.integers(-127, 128, (neurons, depth), np.int8), scales)
    else:
        w = constant("w", rng.normal(0, 0.3, (neurons, depth)).astype(np.float32))
    b = constant("b", rng.normal(0, 0.5, neurons).astype(np.float32)) if bias else None
    shape = (*x[:-1], neurons) if keep else (int(np.prod(x)) // depth, neurons)
    return single_op(
        "FULLY_CONNECTED",
        [Tensor("x", x, "float32"), w, b],
        Tensor("y", shape, "float32"),
        "FullyConnectedOptions",
        12 if per_unit else 9,
        asymmetric_quantize_inputs=asymmetric,
        fused_activation_function=activation,
        keep_num_dims=keep,
        weights_format="DEFAULT",
    )


def test_hybrid_layers_give_tflites_bytes() -> None:
    """TFLM refuses float activations with int8 weights."""
    cases = {
        "plain": connected((1, 12), 7, 12),
        "relu": connected((1, 12), 5, 12, activation="RELU"),
        "relu6": connected((1, 12), 5, 12, activation="RELU6"),
        "relu n1 to 1": connected((1, 12), 5, 12, activation="RELU_N1_TO_1"),
        "no bias": connected((1, 9), 4, 9, bias=False),
        "rows, each with a scale": connected((3, 4), 6, 4),
        "dimensions kept": connected((1, 2, 3, 8), 5, 8, keep=True),
        "9 of 4": connected((2, 7), 9, 7),
        "flattened": connected((1, 2, 2, 5), 3, 20),
        "symmetric": connected((1, 12), 7, 12, asymmetric=False),
        "symmetric rows": connected((3, 12), 7, 12, asymmetric=False),
    }
    assert_cases_agree(cases, tflm=False)


@pytest.mark.slow
def test_float_layers_give_the_bytes_of_both_references() -> None:
    cases = {
        "plain": connected((1, 37), 7, 37, "float32"),
        "relu": connected((1, 12), 5, 12, "float32", activation="RELU"),
        "relu6, no bias": connected((1, 12), 5, 12, "float32", activation="RELU6", bias=False),
        "rows": connected((3, 4), 6, 4, "float32", activation="RELU_N1_TO_1"),
        "dimensions kept": connected((1, 2, 3, 8), 5, 8, "float32", keep=True),
    }
    assert_cases_agree(cases, compiler="clang")


def test_activations_of_any_range_are_quantized_alike() -> None:
    factors = np.array([0, 1, -1, 1e-3, 1e30, 1e38, 1e-30, 1e-37, 1e-39, 1e-42, 255], np.float32)
    x = (
        np.random.default_rng(0).normal(0, 1, (11, 1, 12)).astype(np.float32)
        * factors[:, None, None]
    )
    cases = {a: connected((1, 12), 7, 12, activation=a) for a in ("NONE", "RELU")}
    assert_cases_agree(
        cases | {"symmetric": connected((1, 12), 7, 12, asymmetric=False)}, tflm=False, inputs=[x]
    )


def in_floats(model: Model, x: Values) -> Values:
    """The layer's output computed in float64, with activations that are not quantized."""
    _, w, b = model.main.tensors[:3]
    assert w.quantization is not None
    weights = w.array.astype(np.float64) * np.reshape(w.quantization.scale, (-1, 1))
    return np.asarray(x @ weights.T + b.array)


@pytest.mark.parametrize("asymmetric", [True, False])
def test_scales_for_each_unit(asymmetric: bool) -> None:
    """tflite-runtime 2.14 does not know them: C and simulator agree, and are near the exact result."""
    model = connected((1, 64), 7, 64, per_unit=True, asymmetric=asymmetric)
    x = np.random.default_rng(3).normal(0, 1, (6, 1, 64)).astype(np.float32)
    y = execute(model.main, [x])[model.main.outputs[0]]
    np.testing.assert_array_equal(y.view(np.uint32), compiled_output(model, [x]).view(np.uint32))
    np.testing.assert_allclose(y, in_floats(model, x), atol=0.05)


def test_a_bias_of_another_length_is_refused() -> None:
    graph = connected((1, 12), 7, 12).main
    short = constant("b", np.zeros(3, np.float32))
    with pytest.raises(ModelError, match="has 3 biases"):
        bind(replace(graph, tensors=(*graph.tensors[:2], short, *graph.tensors[3:])))


@pytest.mark.parametrize("asymmetric", [True, False])
def test_rows_that_hold_no_numbers(asymmetric: bool) -> None:
    """NaN and infinities at every place: C and simulator agree where references are undefined."""
    model = connected((1, 8), 5, 8, asymmetric=asymmetric)
    rng = np.random.default_rng(4)
    x = rng.normal(0, 1, (60, 1, 8)).astype(np.float32)
    odd = rng.choice(np.array([0, np.nan, np.inf, -np.inf], np.float32), x.shape)
    x = np.where(rng.random(x.shape) < 0.2, odd, x)
    x[0] = np.nan
    y = execute(model.main, [x])[model.main.outputs[0]]
    np.testing.assert_array_equal(y, compiled_output(model, [x]))


@pytest.mark.parametrize("value", [np.inf, np.nan])
def test_weights_that_are_no_numbers_are_refused(value: float) -> None:
    graph = connected((1, 12), 7, 12, "float32").main
    weights = constant("w", np.full((7, 12), value, np.float32))
    with pytest.raises(UnsupportedError, match="infinities or NaN"):
        bind(replace(graph, tensors=(graph.tensors[0], weights, *graph.tensors[2:])))


def test_weights_whose_sums_may_leave_32_bits_are_refused() -> None:
    """255 * 127 times 66,312 taps is the first to reach 2**31."""
    (node,) = bind(connected((1, 3), 1, 3).main)
    check_sums(node, np.full((66_311, 1), -127, np.int8))
    with pytest.raises(
        UnsupportedError, match="66312 weights of a channel give sums beyond 32 bits"
    ):
        check_sums(node, np.full((66_312, 1), -127, np.int8))
