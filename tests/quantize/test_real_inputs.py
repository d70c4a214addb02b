"""Inputs stay float32 if and only if one scale would lose features."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from ops.harness import agrees, compiled_output
from quantize.models import FloatModel, outputs

from edgeq.data import Samples
from edgeq.explain import explain
from edgeq.graph import Model, Tensor, read_tflite, write_tflite
from edgeq.graph.model import INPUT_AFFINE
from edgeq.mixed.budget import Budget
from edgeq.mixed.mixed import quantize_mixed
from edgeq.opkit.input_affine import find_input_affines
from edgeq.quantize.options import Options
from edgeq.quantize.quantize import quantize
from edgeq.simulate.execute import execute, quantized_inputs, real_outputs
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


def branched(
    parted: bool,
    mean: npt.NDArray[np.float64] = MEAN,
    deviation: npt.NDArray[np.float64] = DEVIATION,
) -> Model:
    """Four features that two readers take. parted: the first two and the others are normalized on
    their own; else all of them at once, beside a threshold on the second and a skip connection.
    """
    m = FloatModel()
    x = m.input(1, 4)
    low, high = _halves(m, x) if parted else (_columns(m, x, 0), _columns(m, x, 2))
    scaled = [
        m.binary("MUL", m.binary("SUB", part, m.constant(mean[k])), m.constant(1 / deviation[k]))
        for part, k in (((low, slice(0, 2)), (high, slice(2, 4))) if parted else ((x, slice(4)),))
    ]
    above = m.op("GREATER", (low, m.constant(mean[:2])), (1, 2))
    m.tensors[above] = replace(m.tensors[above], dtype="bool")
    flags = m.op("SELECT_V2", (above, m.constant([1.0]), m.constant([0.0])), (1, 2))
    whole = m.binary("MUL", m.dense(x, 2), m.constant([0.0, 0.001]))
    joined = (*scaled, flags, whole)
    y = m.op(
        "CONCATENATION",
        joined,
        (1, 8),
        "ConcatenationOptions",
        axis=1,
        fused_activation_function="NONE",
    )
    return m.model(m.dense(y, 3))


def _halves(m: FloatModel, x: int) -> tuple[int, int]:
    """Both halves of x [1, 4], by SPLIT."""
    m.tensors.append(Tensor("axis", (), "int32", buffer=np.array(1, "<i4").tobytes()))
    low = m.op("SPLIT", (len(m.tensors) - 1, x), (1, 2), "SplitOptions", num_splits=2)
    m.tensors.append(replace(m.tensors[low], name="high"))
    m.ops[-1] = replace(m.ops[-1], outputs=(low, low + 1))
    return low, low + 1


def _columns(m: FloatModel, x: int, first: int) -> int:
    """Two columns of x [1, 4]."""
    y = m.op("STRIDED_SLICE", (x,), (1, 2), "StridedSliceOptions")
    for bound in ((0, first), (1, first + 2), (1, 1)):
        m.tensors.append(Tensor("bound", (2,), "int32", buffer=np.array(bound, "<i4").tobytes()))
        m.ops[-1] = replace(m.ops[-1], inputs=(*m.ops[-1].inputs, len(m.tensors) - 1))
    return y


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


@pytest.mark.parametrize("scheme", ["int8", "int16x8"])
@pytest.mark.parametrize("parted", [True, False])
def test_each_reader_of_an_input_has_its_own_scale(parted: bool, scheme: str) -> None:
    model = branched(parted)
    content = made(model, data(), scheme=scheme)
    graph = read_tflite(content).main
    assert graph.tensors[graph.inputs[0]].dtype == "float32"
    assert decibels(model, content, data(seed=1)) > 25
    (above,) = [op for op in graph.ops if op.kind == "GREATER"]
    assert graph.tensors[above.inputs[0]].dtype == "float32"


def test_features_of_one_size_keep_an_input_of_integers_with_several_readers() -> None:
    mean, deviation = np.zeros(4), np.ones(4)
    graph = read_tflite(made(branched(False, mean, deviation), data(mean, deviation))).main
    assert graph.tensors[graph.inputs[0]].dtype == "int8"


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


@pytest.mark.slow
@pytest.mark.parametrize("parted", [True, False])
def test_every_oracle_agrees_on_several_readers(parted: bool) -> None:
    model, samples = read_tflite(made(branched(parted), data())), data(seed=2).take(30)
    result = simulate(model, samples, oracles=["tflite-runtime", "tflm"])
    assert all(agrees(said) for said in result.oracles.values()), result.oracles
    (y,), inputs = model.main.outputs, quantized_inputs(model.main, samples.inputs)
    np.testing.assert_array_equal(execute(model.main, inputs)[y], compiled_output(model, inputs))


@pytest.mark.slow
def test_explain_finds_the_layers_behind_several_readers() -> None:
    model = branched(True)
    result = explain(read_tflite(made(model, data())), model, data())
    assert result.tried
    assert len([layer for layer in result.layers if layer.op == "QUANTIZE"]) == 3
