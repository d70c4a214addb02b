"""Assembled integer models are valid for every runtime, near the float model, and bit-exact with
the oracles in every scheme.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from ops.harness import agrees
from quantize.models import RELU, FloatModel, calibrated, outputs, residual, samples

from edgeq.graph import Model, read_tflite
from edgeq.metrics import mean_abs_error
from edgeq.quantize.assemble import assemble
from edgeq.quantize.codebook import fit_codebooks
from edgeq.quantize.incremental_run import run
from edgeq.quantize.quantization_state import QuantizationState, Range, is_activation, layers
from edgeq.quantize.quantize import content
from edgeq.quantize.scale_groups import scale_groups
from edgeq.simulate import simulate


def in_int16(state: QuantizationState, *tensors: int) -> QuantizationState:
    return replace(state, dtypes=dict.fromkeys(tensors, "int16"))


def activations(model: Model) -> list[int]:
    return [t for t, tensor in enumerate(model.main.tensors) if is_activation(tensor)]


@pytest.mark.parametrize("case", ["int8", "int16x8", "mixed activations"])
def test_every_byte_is_the_oracles_and_near_the_float_model(case: str) -> None:
    model = residual()
    state = calibrated(model)
    if case == "int16x8":
        state = in_int16(state, *activations(state.model))
    if case == "mixed activations":
        state = in_int16(state, state.graph.ops[1].outputs[0], state.graph.ops[2].outputs[0])
    made = read_tflite(content(assemble(state)))
    data = samples(model)
    result = simulate.simulate(made, data, oracles=("tflite-runtime", "tflm"))
    assert result.oracles["tflm"].status == "ok"
    assert all(agrees(c) for c in result.oracles.values() if c.status == "ok")
    error = mean_abs_error(result.outputs, outputs(model, data)[0].reshape(len(data.x), -1))
    assert error < {"int8": 0.0035, "int16x8": 0.0008, "mixed activations": 0.0035}[case]


def test_int4_weights_mean_what_as_many_int8_do() -> None:
    """Few runtimes have int4 kernels; the same integers stored as int8 run everywhere."""
    model = residual()
    state = calibrated(model, bits=4)
    narrow = assemble(state)
    integers = {
        layer.index: narrow.main.tensors[narrow.main.ops[layer.index].inputs[1]]
        for layer in layers(state.graph)
    }
    assert {t.dtype for t in integers.values()} == {"int4"}
    wide = assemble(
        state.with_weights(
            {
                k: replace(state.weights[k], bits=8, values=np.asarray(t.array, np.int8))
                for k, t in integers.items()
            }
        )
    )
    data = samples(model)
    expected = simulate.simulate(wide, data, oracles=("tflite-runtime", "tflm"))
    assert all(agrees(c) for c in expected.oracles.values())
    np.testing.assert_array_equal(
        simulate.simulate(read_tflite(content(narrow)), data).outputs, expected.outputs
    )


def test_tensors_that_must_share_a_scale_do() -> None:
    m = FloatModel()
    x = m.input(1, 4, 4, 2)
    a, b = m.conv(x, 2), m.op("LOGISTIC", (x,), (1, 4, 4, 2))
    joined = m.op("CONCATENATION", (a, b), (1, 4, 4, 4), "ConcatenationOptions", axis=3)
    model = m.model(m.op("RESHAPE", (joined,), (1, 64), "ReshapeOptions", new_shape=(1, 64)))
    made = assemble(calibrated(model)).main
    kinds = [op.kind for op in made.ops]
    assert kinds.count("QUANTIZE") == 1  # of the logistic, whose scale is prescribed
    shared_q = {made.tensors[t].quantization for t in (a, joined, made.outputs[0])}
    assert len(shared_q) == 1
    assert made.tensors[b].scale == 1 / 256
    assert frozenset({a, joined, made.outputs[0]}) in scale_groups(model.main)


def test_biases_have_the_scale_of_input_times_weights() -> None:
    state = calibrated(residual())
    made = assemble(state).main
    for layer in layers(state.graph):
        x, w, bias = (made.tensors[t] for t in made.ops[layer.index].inputs)
        assert w.quantization is not None
        assert bias.quantization is not None
        np.testing.assert_allclose(
            bias.quantization.scale, x.scale * np.array(w.quantization.scale), rtol=1e-6
        )
        assert bias.dtype == "int32"
        assert not any(w.quantization.zero_point)


def test_all_zero_channels_and_unused_ranges_are_defined() -> None:
    m = FloatModel()
    x = m.input(1, 4)
    weights = np.zeros((3, 4), np.float32)
    weights[1] = [1, -1, 0.5, 0]
    y = m.op(
        "FULLY_CONNECTED",
        (x, m.constant(weights), m.constant([5.0, 0, 0])),
        (1, 3),
        "FullyConnectedOptions",
        **RELU,
    )
    model = m.model(y)
    state = calibrated(model)
    result = run(assemble(state), samples(model)).outputs()[0]
    np.testing.assert_allclose(result[:, 0, 0], 5.0, atol=0.03)
    assert not result[:, 0, 2].any()
    dead = state.with_ranges({y: Range(0.0, 0.0)})
    assert np.isfinite(run(assemble(dead), samples(model)).outputs()[0]).all()


@pytest.mark.parametrize("scheme", ["chosen integers", "codebook"])
def test_a_channel_whose_bias_needs_a_wider_scale_leaves_the_others_as_they_were_chosen(
    scheme: str,
) -> None:
    """A large bias increases the weight scale of its own channel only, as for a dead channel in
    VWW; with a codebook the weights stay entries of its table.
    """
    m = FloatModel()
    x, weights = m.input(1, 32), np.random.default_rng(3).normal(0, 1, (4, 32))
    weights[2] *= 1e-12
    y = m.op(
        "FULLY_CONNECTED",
        (x, m.constant(weights), m.constant([0.0, 1, 2, 3])),
        (1, 4),
        "FullyConnectedOptions",
    )
    state = calibrated(m.model(y))
    if scheme == "codebook":
        state = fit_codebooks(state, 2)
    else:
        chosen = np.full((4, 32), 7, np.int8)
        state = state.with_weights({0: replace(state.weights[0], values=chosen)})
    stored = assemble(state).main.tensors[assemble(state).main.ops[0].inputs[1]]
    kept, given = [0, 1, 3], state.weights[0].values
    assert given is not None
    assert stored.quantization is not None
    assert stored.quantization.scale[2] > 100 * state.weights[0].scale[2]
    np.testing.assert_array_equal(np.asarray(stored.array)[kept], given[kept])
    if stored.codebook is None:
        assert not np.asarray(stored.array)[2].any()
    else:
        assert stored.codebook.holds(np.asarray(stored.array, np.int8))
    result = simulate.simulate(read_tflite(content(assemble(state))), samples(m.model(y)))
    np.testing.assert_allclose(result.outputs[:, 2], 2, atol=0.1)


def test_operators_carry_the_version_that_their_types_need() -> None:
    versions = {op.kind: op.version for op in assemble(calibrated(residual())).main.ops}
    assert versions == {
        "CONV_2D": 3,
        "DEPTHWISE_CONV_2D": 3,
        "ADD": 2,
        "AVERAGE_POOL_2D": 2,
        "FULLY_CONNECTED": 4,
        "SOFTMAX": 2,
    }


@pytest.mark.parametrize(
    "values", [[0.5, 1.0, 3.0, 2.0], [-3.0, -0.25, -1.0, -2.0], [-0.5, 0.0, 4.0, 1.0]]
)
def test_real_constants_keep_their_values_wherever_their_range_lies(values: list[float]) -> None:
    m = FloatModel()
    x = m.input(1, 4)
    made = assemble(calibrated(m.model(m.binary("ADD", x, m.constant(values))))).main
    constant = made.tensors[made.ops[0].inputs[1]]
    assert constant.dtype == "int8"
    assert constant.zero_point != 0
    real = constant.scale * (np.asarray(constant.array).astype(np.float64) - constant.zero_point)
    np.testing.assert_allclose(real, values, atol=0.51 * constant.scale)
    assert constant.scale < 1.01 * (max(values + [0.0]) - min(values + [0.0])) / 255


LARGEST = {"int8": 127, "int16": 32767}


@pytest.mark.parametrize("dtype", ["int16", "int8"])
def test_an_activation_of_another_width_keeps_its_range(dtype: str) -> None:
    """The int8 zero point of a RELU is -128; requantized to int16, whose zero point is 0, all 255
    steps must fit the positive half.
    """
    m = FloatModel()
    rectified = m.dense(m.input(1, 6), 4, **RELU)
    y = m.dense(rectified, 3)
    dtypes = {y: "int16"} if dtype == "int16" else {0: "int16", rectified: "int16"}
    made = assemble(replace(calibrated(m.model(y)), dtypes=dtypes)).main
    (op,) = [op for op in made.ops if op.kind == "QUANTIZE" and op.inputs == (rectified,)]
    x, other = (made.tensors[t] for t in (*op.inputs, *op.outputs))
    assert other.dtype == dtype
    top, other_top = (t.scale * (LARGEST[t.dtype] - t.zero_point) for t in (x, other))
    assert other_top == pytest.approx(
        top, rel=1e-4 if dtype == "int16" else 0.01
    )  # int8 has its zero on a step
    if dtype == "int8":
        assert other.scale * (-128 - other.zero_point) == pytest.approx(-top, rel=0.02)
