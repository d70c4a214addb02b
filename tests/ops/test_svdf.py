"""SVDF against tflite-runtime, TFLM and the compiled C, step by step."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from ops.harness import agrees, assert_all_agree, bits, compiled_output, constant, quantized

from edgeq.errors import UnsupportedError
from edgeq.graph import Graph, Model, Op, Tensor
from edgeq.ops import bind
from edgeq.simulate.compare import compare_with
from edgeq.simulate.execute import execute, random_inputs
from edgeq.simulate.interpreter import interpreter_of
from edgeq.simulate.oracles import ORACLES


def svdf(
    sizes: tuple[int, int, int, int, int] = (1, 5, 3, 2, 4),
    state: str = "int16",
    state_zero_point: int = 0,
    scales: tuple[float, float, float] = (0.002, 3e-5, 0.2),
    seed: int = 0,
) -> Model:
    """sizes: batches, inputs, units, rank, memory. scales: of variable, time weights, output."""
    batches, inputs, units, rank, memory = sizes
    generator = np.random.default_rng(seed)
    feature = generator.integers(-127, 128, (units * rank, inputs)).astype(np.int8)
    limit, bias_bits = np.iinfo(state).max, 13 if state == "int8" else 22
    time = generator.integers(-limit, limit + 1, (units * rank, memory)).astype(state)
    bias = generator.integers(-(1 << bias_bits), 1 << bias_bits, units).astype(np.int32)
    held = quantized("state", (batches, memory * units * rank), scales[0], state_zero_point, state)
    tensors = (
        quantized("x", (batches, inputs), 0.05, -3),
        constant("feature", feature, 0.01),
        constant("time", time, scales[1]),
        constant("bias", bias, scales[0] * scales[1]),
        replace(held, variable=True),
        quantized("y", (batches, units), scales[2], -128),
    )
    return _model(tensors, rank, version=3)


def real(sizes: tuple[int, int, int, int, int], activation: str, bias: bool = True) -> Model:
    batches, inputs, units, rank, memory = sizes
    generator = np.random.default_rng(1)

    def weights(name: str, *shape: int) -> Tensor:
        return constant(name, generator.uniform(-1, 1, shape).astype(np.float32))

    tensors = (
        Tensor("x", (batches, inputs), "float32"),
        weights("feature", units * rank, inputs),
        weights("time", units * rank, memory),
        weights("bias", units),
        Tensor("state", (batches, memory * units * rank), "float32", variable=True),
        Tensor("y", (batches, units), "float32"),
    )
    return _model(tensors, rank, activation=activation, inputs=(0, 1, 2, 3 if bias else -1, 4))


def _model(
    tensors: tuple[Tensor, ...],
    rank: int,
    version: int = 1,
    activation: str = "RELU",
    inputs: tuple[int, ...] = (0, 1, 2, 3, 4),
) -> Model:
    attributes = (
        ("asymmetric_quantize_inputs", False),
        ("fused_activation_function", activation),
        ("rank", rank),
    )
    op = Op("SVDF", inputs, (5, 4), attributes, version, options_type="SVDFOptions")
    return Model((Graph(tensors, (op,), (0,), (5,)),))


SEEDS = {
    "int16 state": svdf(),
    "int8 state": svdf(state="int8", state_zero_point=-3, scales=(0.02, 0.01, 0.2)),
    "float32": real((2, 5, 3, 2, 4), "NONE"),
}
"""Models that differential testing starts from (tools/difftest.py)."""


def test_results_of_steps_before_count_by_their_own_weights() -> None:
    """A filter that reads one input and weighs the latest three steps."""
    tensors = (
        Tensor("x", (1, 1), "float32"),
        constant("feature", np.float32([[2]])),
        constant("time", np.float32([[100, 10, 1]])),
        constant("bias", np.float32([0.5])),
        Tensor("state", (1, 3), "float32", variable=True),
        Tensor("y", (1, 1), "float32"),
    )
    x = np.float32([1, 2, 3, 4]).reshape(4, 1, 1)
    values = execute(_model(tensors, 1).main, [x], keep=[5, 4])
    assert values[5].reshape(-1).tolist() == [2.5, 24.5, 246.5, 468.5]
    assert values[4][-1].tolist() == [[4, 6, 8]]


@pytest.mark.slow
@pytest.mark.parametrize(
    "model",
    [
        svdf(),
        svdf((2, 7, 4, 1, 3), seed=2),
        svdf((1, 1, 1, 3, 1), seed=3),
        svdf(scales=(0.0001, 3e-5, 0.03), seed=4),
        svdf(scales=(0.1, 3e-5, 2.0), seed=5),
    ],
    ids=["rank 2", "batches", "memory of 1", "saturated", "small results"],
)
def test_int16_state(model: Model) -> None:
    assert len(np.unique(assert_all_agree(model, samples=12))) > 3
    _assert_oracles_agree(model)


@pytest.mark.slow
@pytest.mark.parametrize("zero_point", [0, 17, -128])
def test_int8_state(zero_point: int) -> None:
    """TFLite takes the variable for int16, so it must not be given such a layer."""
    model = svdf(state="int8", state_zero_point=zero_point, scales=(0.05, 0.01, 0.4))
    assert_all_agree(model, samples=12, tflite=False)
    _assert_oracles_agree(model, "tflm")


@pytest.mark.slow
@pytest.mark.parametrize("activation", ["NONE", "RELU", "RELU6", "RELU_N1_TO_1"])
def test_float32(activation: str) -> None:
    """tflite-runtime adds the terms of its sums in the order of vector lanes."""
    model = real((2, 5, 3, 2, 4), activation)
    assert_all_agree(model, samples=12, tflite=False)
    _assert_oracles_agree(model, "tflm")


@pytest.mark.slow
def test_float32_without_bias() -> None:
    """TFLM crashes where it prepares such a layer."""
    assert_all_agree(
        real((2, 5, 3, 2, 4), "NONE", bias=False), samples=12, tflite=False, tflm=False
    )


@pytest.mark.slow
@pytest.mark.parametrize("activation", ["NONE", "RELU", "RELU_N1_TO_1"])
def test_float32_sums_may_be_infinite(activation: str) -> None:
    model = real((2, 5, 3, 2, 4), activation)
    x = np.zeros((4, 2, 5), np.float32)
    x[0, :, 0], x[1, :, 1], x[2], x[3] = np.inf, -np.inf, 3e38, np.inf
    inputs = [x]
    said = compare_with(ORACLES["tflm"], model, inputs, by=interpreter_of("tflm"))
    assert said.bytes_different == 0, said
    expected = execute(model.main, inputs)[model.main.outputs[0]]
    np.testing.assert_array_equal(bits(expected), bits(compiled_output(model, inputs)))
    assert np.isinf(expected).any() == (activation != "RELU_N1_TO_1")


def _assert_oracles_agree(model: Model, *names: str) -> None:
    inputs = random_inputs(model.main, 12)
    for name in names or ORACLES:
        said = compare_with(ORACLES[name], model, inputs, by=interpreter_of(name))
        assert agrees(said), said


def test_tflite_does_not_get_what_it_would_write_beyond() -> None:
    model = svdf(state="int8", scales=(0.05, 0.01, 0.4))
    inputs, by = random_inputs(model.main, 1), interpreter_of("tflite-runtime")
    said = compare_with(ORACLES["tflite-runtime"], model, inputs, by=by)
    assert said.status == "unavailable"
    assert "takes variables of int8 for int16" in str(said.reason)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({4: {"variable": False}}, "its input 4 is no variable"),
        ({4: {"dtype": "int8"}}, "its types are"),
        ({3: {"shape": (6,), "buffer": bytes(24)}}, r"its bias has shape \[6\]"),
        ({3: {"quantization": quantized("", (1,), 0.1).quantization}}, "its bias has scale 0.1"),
        ({1: {"shape": (5, 6)}}, "5 filters cannot be shared out by rank 2"),
        ({2: {"buffer": None}}, "nothing|is computed"),
    ],
)
def test_refuses_what_tflm_refuses(change: dict[int, dict[str, object]], why: str) -> None:
    graph = svdf().main
    tensors = tuple(
        replace(tensor, **change.get(t, {}))  # type: ignore[arg-type]
        for t, tensor in enumerate(graph.tensors)
    )
    with pytest.raises(UnsupportedError, match=why):
        bind(replace(graph, tensors=tensors))


def test_refuses_an_activation_that_tflm_lacks() -> None:
    with pytest.raises(UnsupportedError, match="fused activation RELU_0_TO_1"):
        bind(real((1, 2, 1, 1, 2), "RELU_0_TO_1").main)
