"""Layer reconstruction reproduces float outputs better than rounding to nearest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from ops.harness import agrees
from quantize.models import RELU, FloatModel, calibrated, outputs, residual, samples

from edgeq.data import Samples, dequantize, quantized_inputs
from edgeq.graph import Model, write_tflite
from edgeq.quantize.adaround import adaround, learn
from edgeq.quantize.assemble import assemble
from edgeq.quantize.bias_correction import correct_bias
from edgeq.quantize.layerwise import LayerInputs
from edgeq.quantize.quadratic_error import (
    QuadraticForm,
    quadratic_forms,
    reconstruction_problem,
    spaced_positions,
)
from edgeq.quantize.quantization_state import QuantizationState, layers
from edgeq.quantize.reconstruct import (
    DAMPING,
    damped,
    reconstruct,
    ridge_damping,
    round_layer,
    scales_to_try,
    solve,
)
from edgeq.quantize.second_order import quadratic_errors
from edgeq.simulate.compare import compare_with
from edgeq.simulate.execute import execute
from edgeq.simulate.interpreter import interpreter_of
from edgeq.simulate.oracles import tflite_runtime


def distance(state: QuantizationState, model: Model, data: Samples) -> float:
    """Mean absolute difference of the simulated integer model's outputs from the float model's."""
    graph = assemble(state).main
    (t,) = graph.outputs
    found = dequantize(execute(graph, quantized_inputs(graph, data.inputs))[t], graph.tensors[t])
    return float(
        np.abs(
            found.reshape(len(found), -1) - outputs(model, data)[0].reshape(len(found), -1)
        ).mean()
    )


def chain() -> Model:
    """A convolution, a strided one, a depthwise one and a dense layer."""
    m = FloatModel()
    x = m.conv(m.input(1, 9, 9, 3), 8, **RELU)
    x = m.op(
        "CONV_2D",
        (x, m.normal(12, 3, 3, 8, scale=0.2), m.normal(12)),
        (1, 5, 5, 12),
        "Conv2DOptions",
        padding="SAME",
        stride_h=2,
        stride_w=2,
        dilation_h_factor=1,
        dilation_w_factor=1,
        **RELU,
    )
    return m.model(m.dense(m.depthwise(x, **RELU), 6))


@pytest.mark.parametrize(
    ("make", "bits", "most"),
    [
        (residual, 4, 0.4),
        (chain, 4, 0.75),
        (residual, 8, 1.05),
        (chain, 8, 1.0),
    ],
)
def test_unseen_samples_come_nearer_to_the_float_model(
    make: Callable[[], Model], bits: int, most: float
) -> None:
    """At 8 bits the rounding of activations is most of the remaining error."""
    model = make()
    data, unseen = samples(model, 64), samples(model, 64, seed=1)
    plain = calibrated(model, data, bits)
    found = distance(reconstruct(plain, data), model, unseen)
    assert found < most * distance(plain, model, unseen)


@pytest.mark.slow
def test_each_step_helps_on_its_own() -> None:
    model = chain()
    data, unseen = samples(model, 64), samples(model, 64, seed=1)
    plain = calibrated(model, data, 4)
    nearest, corrected, learned = (
        distance(s, model, unseen)
        for s in (plain, correct_bias(plain, data), adaround(plain, data))
    )
    assert corrected < 0.9 * nearest
    assert learned < 0.95 * corrected


@pytest.mark.parametrize("seed", range(3))
def test_adaround_comes_near_the_best_of_all_ways_to_round_up_or_down(seed: int) -> None:
    """Correlated inputs, so that errors of the weights of a row can cancel."""
    random = np.random.default_rng(seed)
    rows, x = (
        random.normal(size=(1, 200, 8)),
        random.normal(size=(500, 8)) + 2 * random.normal(size=(500, 1)),
    )
    hessian = np.cov(x.T, bias=True)[None]
    form = QuadraticForm(hessian, rows @ hessian, x.mean(axis=0)[None], rows @ x.mean(axis=0))
    scale = np.abs(rows).max(axis=2, keepdims=True) / 7
    kept, found = learn(form, rows, scale, 7, DAMPING)
    np.testing.assert_array_equal(kept, scale[:, :, 0])
    ways = np.floor(rows / scale)[0] + np.array(list(product((0, 1), repeat=8)))[:, None]
    best = quadratic_errors(ways, rows, hessian, kept.repeat(len(ways), axis=0)).min(axis=0)
    learned, nearest = (
        quadratic_errors(q, rows, hessian, kept)[0] for q in (found, np.round(rows / scale))
    )
    assert learned.sum() < 0.65 * nearest.sum()
    assert learned.sum() < 1.4 * best.sum()
    assert (learned <= nearest + 1e-12).all(), (
        "a row keeps the nearest integers where others are worse"
    )


def test_adaround_rounds_up_or_down_alone() -> None:
    model = chain()
    data = samples(model)
    plain = calibrated(model, data, 4)
    learned = adaround(plain, data)
    for layer in layers(plain.graph):
        w = learned.weights[layer.index]
        assert w.values is not None
        shape = [-1 if a == layer.axis else 1 for a in range(w.values.ndim)]
        real = plain.graph.tensors[layer.weights].array / w.scale.reshape(shape)
        low, high = np.clip(np.floor(real), -7, 7), np.clip(np.floor(real) + 1, -7, 7)
        assert ((w.values == low) | (w.values == high)).all()
        np.testing.assert_array_equal(w.scale, plain.weights[layer.index].scale)


def test_the_interpreter_reads_what_was_assembled_alike() -> None:
    model = residual()
    data = samples(model, 16)
    integer = assemble(reconstruct(calibrated(model, data, 8), data))
    inputs = quantized_inputs(integer.main, data.inputs)
    assert agrees(
        compare_with(tflite_runtime, integer, inputs, by=interpreter_of("tflite-runtime"))
    )


def test_the_result_is_the_same_each_time_and_within_its_bits() -> None:
    model = chain()
    data = samples(model, 20)
    one, two = (reconstruct(calibrated(model, data, 4), data) for _ in range(2))
    assert write_tflite(assemble(one)) == write_tflite(assemble(two))
    assert all(np.abs(w.values).max() <= 7 for w in one.weights.values() if w.values is not None)


def test_solving_is_never_worse_than_the_nearest_by_its_own_measure() -> None:
    model = chain()
    data = samples(model, 16)
    state = calibrated(model, data, 4)
    layer = next(layers(state.graph))
    x = data.x.reshape(-1, *state.graph.tensors[layer.x].shape)
    problem = reconstruction_problem(state, layer, LayerInputs(x, x))
    settings = state.weights[layer.index]
    assert problem.share is not None, "a rectifier cuts off some outputs"
    for part, form in quadratic_forms(problem):
        rows = problem.rows.reshape(-1, problem.rows.shape[2])[part][:, None]
        tried = scales_to_try(rows[:, 0], settings)[:, None]
        scale, found = solve(form, rows, tried, settings.limit, DAMPING)
        hessian, target = damped(form, rows)
        reached = quadratic_errors(found, target, hessian, scale)
        for k in range(tried.shape[2]):
            plain = np.clip(np.round(rows / tried[:, :, k, None]), -7, 7)
            assert (
                reached <= quadratic_errors(plain, target, hessian, tried[:, :, k]) + 1e-9
            ).all()


def test_the_quadratic_form_is_the_mean_squared_output_error() -> None:
    m = FloatModel()
    model = m.model(m.dense(m.input(1, 6), 4))
    data = samples(model, 50)
    state = calibrated(model, data, 4)
    layer = next(layers(state.graph))
    noisy = data.x + np.float32(0.1) * np.random.default_rng(5).normal(size=data.x.shape).astype(
        np.float32
    )
    problem = reconstruction_problem(state, layer, LayerInputs(data.x[:, None], noisy[:, None]))
    ((_, form),) = list(quadratic_forms(problem))
    q = np.round(problem.rows[0] * 5) / 5
    error = data.x.astype(np.float64) @ problem.rows[0].T - noisy.astype(np.float64) @ q.T
    np.testing.assert_allclose(form.mean_error(q[None])[0], error.mean(axis=0), atol=1e-6)
    real = np.var(data.x.astype(np.float64) @ problem.rows[0].T, axis=0)
    square = (
        np.einsum("rn,nm,rm->r", q, form.hessian[0], q) - 2 * (q * form.cross[0]).sum(axis=1) + real
    )
    np.testing.assert_allclose(square, error.var(axis=0), atol=1e-6)


def test_degenerate_layers_keep_finite_weights() -> None:
    """Inputs that are always 0, a channel of zeros, and a per-tensor scale."""
    m = FloatModel()
    x = m.input(1, 4)
    weights = m.constant(np.array([[0, 0, 0, 0], [1, -2, 3, 0.5]], np.float32))
    model = m.model(
        m.op("FULLY_CONNECTED", (x, weights, m.normal(2)), (1, 2), "FullyConnectedOptions")
    )
    zeros = Samples((np.zeros((8, 4), np.float32),))
    for per_channel in (True, False):
        done = reconstruct(calibrated(model, zeros, 4, per_channel), zeros)
        (found,) = done.weights.values()
        assert found.scale.shape == ((2,) if per_channel else (1,))
        assert found.values is not None
        np.testing.assert_array_equal(found.values[0], 0)
        assert np.isfinite(found.scale).all()


def test_codebooks_stay() -> None:
    model = residual()
    data = samples(model, 8)
    state = calibrated(model, data, 4)
    first = next(layers(state.graph)).index
    kept = replace(state.weights[first], codebook=object())  # type: ignore[arg-type]
    untouched = state.with_weights({first: kept})
    none = np.zeros((1, 1), np.float32)
    assert (
        round_layer(
            untouched, next(layers(state.graph)), LayerInputs(none, none), scales_to_try, solve
        )
        is untouched
    )


@pytest.mark.parametrize(("total", "wanted"), [(5, 9), (1000, 10), (1024 * 32, 8192)])
def test_sampled_positions_cover_all_rows_and_columns(total: int, wanted: int) -> None:
    chosen = spaced_positions(total, wanted)
    assert (np.diff(chosen) > 0).all()
    assert chosen.min() >= 0
    assert chosen.max() < total
    if total >= 1024:
        counts = np.bincount(chosen % 32, minlength=32)
        assert counts.min() > 0.8 * counts.mean()


def test_weights_stay_near_the_real_ones_where_only_chance_could_move_them() -> None:
    """Noisy inputs, fine scales and few positions need more damping."""
    assert damping(noise=0.0, bits=8, count=60) < damping(noise=1.0, bits=8, count=60) / 20
    assert damping(noise=1.0, bits=8, count=60) > 50 * damping(noise=1.0, bits=4, count=60) > 50
    assert damping(noise=1.0, bits=4, count=3000) < damping(noise=1.0, bits=4, count=60) / 20


def damping(noise: float, bits: int, count: int) -> float:
    """The ridge damping of a dense layer of 30 inputs with noise of the given size between float
    and integer inputs.
    """
    m = FloatModel()
    model = m.model(m.dense(m.input(1, 30), 6))
    data = samples(model, count)
    state = calibrated(model, data, bits)
    layer = next(layers(state.graph))
    other = data.x + np.float32(noise) * np.random.default_rng(5).normal(size=data.x.shape).astype(
        np.float32
    )
    problem = reconstruction_problem(state, layer, LayerInputs(data.x[:, None], other[:, None]))
    settings = state.weights[layer.index]
    return ridge_damping(problem, scales_to_try(problem.rows[0], settings), settings.limit)
