"""Inputs stay float32 if and only if one scale would lose features."""

from __future__ import annotations

import json

import numpy as np
import pytest
from ops.harness import agrees
from quantize.models import FloatModel, outputs

from edgeq.data import Samples
from edgeq.explain import explain
from edgeq.graph import Model, read_tflite, write_tflite
from edgeq.graph.model import INPUT_AFFINE
from edgeq.mixed.budget import Budget
from edgeq.mixed.mixed import quantize_mixed
from edgeq.opkit.input_affine import find_input_affines
from edgeq.quantize.options import Options
from edgeq.quantize.quantize import quantize
from edgeq.simulate.execute import real_outputs
from edgeq.simulate.simulate import simulate

MEAN, DEVIATION = np.array([1013.0, 0.02, 22.0, 640.0]), np.array([8.0, 0.004, 5.0, 260.0])
PLAIN = {"calibrator": "min-max", "rounding": "nearest"}


def data(
    mean: object = MEAN, deviation: object = DEVIATION, shape: tuple[int, ...] = (), seed: int = 0
) -> Samples:
    random = np.random.default_rng(seed)
    return Samples(
        (np.asarray(mean + deviation * random.normal(size=(300, *shape, 4)), np.float32),)
    )


def dense(normalized: bool = True, mean: object = MEAN, deviation: object = DEVIATION) -> Model:
    """Four features, normalized by operators or by the first weights, then two dense layers."""
    m = FloatModel()
    x = m.input(1, 4)
    if normalized:
        x = m.binary(
            "MUL", m.binary("SUB", x, m.constant(mean)), m.constant(1 / np.asarray(deviation))
        )  # type: ignore[arg-type]
        return m.model(m.dense(m.dense(x, 12, fused_activation_function="RELU"), 3))
    weights = m.random.normal(0, 0.5, (12, 4)) / deviation
    first = (x, m.constant(weights), m.constant(-weights @ mean))
    hidden = m.op(
        "FULLY_CONNECTED", first, (1, 12), "FullyConnectedOptions", fused_activation_function="RELU"
    )
    return m.model(m.dense(hidden, 3))


def windows() -> Model:
    """[1, 16, 4], normalized per channel, then a convolution over time."""
    m = FloatModel()
    x = m.binary(
        "MUL", m.binary("SUB", m.input(1, 16, 4), m.constant(MEAN)), m.constant(1 / DEVIATION)
    )
    x = m.op("RESHAPE", (x,), (1, 1, 16, 4), "ReshapeOptions", new_shape=(1, 1, 16, 4))
    options = {
        "padding": "VALID",
        "stride_h": 1,
        "stride_w": 1,
        "dilation_h_factor": 1,
        "dilation_w_factor": 1,
    }
    y = m.op(
        "CONV_2D", (x, m.normal(6, 1, 3, 4), m.normal(6)), (1, 1, 14, 6), "Conv2DOptions", **options
    )  # type: ignore[arg-type]
    return m.model(m.dense(m.op("RESHAPE", (y,), (1, 84), "ReshapeOptions", new_shape=(1, 84)), 3))


def decibels(model: Model, content: bytes, samples: Samples) -> float:
    """SQNR in dB of the first output on samples."""
    exact = outputs(model, samples)[0]
    got = real_outputs(read_tflite(content).main, samples)[0].reshape(exact.shape)
    return float(10 * np.log10(exact.var(axis=0).sum() / np.square(got - exact).mean(axis=0).sum()))


def made(model: Model, samples: Samples, **options: object) -> bytes:
    return quantize(write_tflite(model), samples, Options(**{**PLAIN, **options})).content  # type: ignore[arg-type]


@pytest.mark.parametrize("scheme", ["int8", "int16x8", "int4", "codebook"])
@pytest.mark.parametrize("normalized", [True, False])
def test_unequal_features_are_kept(scheme: str, normalized: bool) -> None:
    model = dense(normalized)
    content = made(model, data(), scheme=scheme)
    graph = read_tflite(content).main
    (found,) = find_input_affines(graph)
    assert (found.features.count, graph.tensors[graph.inputs[0]].dtype) == (4, "float32")
    assert decibels(model, content, data(seed=1)) > 15
    if scheme == "int8":
        lost = made(model, data(), scheme=scheme, real_inputs=False)
        assert find_input_affines(read_tflite(lost).main) == ()
        assert decibels(model, lost, data(seed=1)) < decibels(model, content, data(seed=1)) - 20


def test_channels_of_windows_are_kept() -> None:
    content = made(windows(), data(shape=(16,)))
    (found,) = find_input_affines(read_tflite(content).main)
    assert (found.features.inner, found.features.count) == (1, 4)
    assert decibels(windows(), content, data(shape=(16,), seed=1)) > 20


@pytest.mark.parametrize("normalized", [True, False])
def test_equal_features_have_one_scale_as_before(normalized: bool) -> None:
    mean, deviation = np.array([128.0, 120.0, 110.0, 130.0]), np.array([58.0, 57.0, 61.0, 60.0])
    content = made(dense(normalized, mean, deviation), data(mean, deviation))
    graph = read_tflite(content).main
    assert graph.tensors[graph.inputs[0]].dtype == "int8"
    assert content == made(
        dense(normalized, mean, deviation), data(mean, deviation), real_inputs=False
    )


def test_a_dynamic_model_is_real_anyway() -> None:
    kinds = [op.kind for op in read_tflite(made(dense(), data(), scheme="dynamic")).main.ops]
    assert kinds == ["SUB", "MUL", "FULLY_CONNECTED", "FULLY_CONNECTED"]


def test_each_input_is_decided_separately() -> None:
    m = FloatModel()
    a, b = m.input(1, 4), m.input(1, 4)
    scaled = m.binary("MUL", m.binary("SUB", a, m.constant(MEAN)), m.constant(1 / DEVIATION))
    joined = m.op(
        "CONCATENATION",
        (scaled, b),
        (1, 8),
        "ConcatenationOptions",
        axis=1,
        fused_activation_function="NONE",
    )
    model = m.model(m.dense(joined, 3))
    samples = Samples((data().x, data(0.0, 1.0).x))
    graph = read_tflite(made(model, samples)).main
    assert [affine.position for affine in find_input_affines(graph)] == [0]
    assert [graph.tensors[t].dtype for t in graph.inputs] == ["float32", "int8"]


def test_the_file_says_what_its_input_becomes() -> None:
    model = read_tflite(made(dense(), data()))
    (entry,) = json.loads(dict(model.metadata)[INPUT_AFFINE])
    y = model.main.tensors[find_input_affines(model.main)[0].output]
    assert entry == {
        "input": 0,
        "dtype": "int8",
        "scale": y.scale,
        "zero_point": y.zero_point,
        "features": 4,
    }
    assert INPUT_AFFINE not in dict(read_tflite(made(dense(), data(), real_inputs=False)).metadata)


def test_constant_features_and_few_samples_do_no_harm() -> None:
    still = np.array([8.0, 0.0, 5.0, 0.0])
    for samples in (data(deviation=still), data().take(1), data().take(2)):
        assert np.isfinite(real_outputs(read_tflite(made(dense(), samples)).main, data())[0]).all()
        assert np.isfinite(
            real_outputs(read_tflite(made(dense(False), samples)).main, data())[0]
        ).all()


@pytest.mark.slow
@pytest.mark.parametrize("normalized", [True, False])
def test_explain_finds_the_layers_of_the_model(normalized: bool) -> None:
    model = dense(normalized)
    result = explain(read_tflite(made(model, data())), model, data())
    assert result.tried
    quantized = next(layer for layer in result.layers if layer.op == "QUANTIZE")
    assert quantized.figures.own_db > 30


@pytest.mark.slow
def test_calibrators_choose_for_the_integers_alone() -> None:
    for calibrator in ("auto", "auto-per-tensor"):
        content = made(dense(), data(), calibrator=calibrator, rounding="auto")
        assert decibels(dense(), content, data(seed=1)) > 25
        assert len(find_input_affines(read_tflite(content).main)) == 1


@pytest.mark.slow
def test_mixed_widths_keep_them_too() -> None:
    mixed = quantize_mixed(
        write_tflite(dense()), data(), Options(scheme="mixed", calibrator="min-max"), Budget()
    )
    model = read_tflite(mixed.quantized.content)
    assert len(find_input_affines(model.main)) == 1
    assert mixed.front[mixed.point].costs.accuracy_loss < 20


@pytest.mark.slow
@pytest.mark.parametrize("normalized", [True, False])
def test_every_oracle_agrees(normalized: bool) -> None:
    model = read_tflite(made(dense(normalized), data()))
    result = simulate(model, data(seed=2).take(30), oracles=["tflite-runtime", "tflm"])
    assert set(result.oracles) == {"tflite-runtime", "tflm"}
    assert all(agrees(said) for said in result.oracles.values()), result.oracles
