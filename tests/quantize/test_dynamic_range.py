"""Dynamic-range models: float inputs and outputs, near the float model, and bit-exact with
tflite-runtime where it supports the layers.
"""

from __future__ import annotations

import numpy as np
import pytest
from ops.harness import agrees
from quantize.models import RELU, FloatModel, calibrated, outputs, residual, samples

from edgeq.data import Samples
from edgeq.graph import Model, read_tflite, write_tflite
from edgeq.quantize.batch_norm_folding import unshare_constants
from edgeq.quantize.calibrator_search import distance
from edgeq.quantize.dynamic_range import assemble_dynamic, per_tensor_if_accurate
from edgeq.quantize.nearest_rounding import round_to_nearest
from edgeq.quantize.options import Options
from edgeq.quantize.quantization_state import QuantizationState
from edgeq.quantize.quantize import content, quantize
from edgeq.simulate import simulate


def test_it_is_near_the_float_model() -> None:
    model = residual()
    made = read_tflite(content(assemble_dynamic(calibrated(model))))
    data = samples(model)
    result = simulate.simulate(made, data)
    np.testing.assert_allclose(result.outputs, outputs(model, data)[0].reshape(32, -1), atol=0.03)
    assert {made.main.tensors[t].dtype for t in (*made.main.inputs, *made.main.outputs)} == {
        "float32"
    }


def test_convolutions_agree_with_tflite_runtime() -> None:
    m = FloatModel()
    model = m.model(m.depthwise(m.conv(m.input(1, 6, 6, 3), 8, **RELU), **RELU))
    made = read_tflite(content(assemble_dynamic(calibrated(model))))
    result = simulate.simulate(made, samples(model), oracles=("tflite-runtime",))
    assert agrees(result.oracles["tflite-runtime"])


def test_dense_layers_with_per_channel_scales_need_a_runtime_that_supports_them() -> None:
    m = FloatModel()
    made = assemble_dynamic(calibrated(m.model(m.dense(m.input(1, 6), 4))))
    assert made.main.ops[0].version == 12


def test_one_scale_a_layer_runs_in_every_runtime() -> None:
    """Per-tensor scales, as with --per-tensor; tflite-runtime 2.14 multiplies by 0 if a CONV_2D has
    several equal scales.
    """
    m = FloatModel()
    model = m.model(m.dense(m.depthwise(m.conv(m.input(1, 6, 6, 3), 8, **RELU), **RELU), 5))
    made = quantize(
        write_tflite(model), samples(model), Options(scheme="dynamic", per_channel=False)
    )
    found = read_tflite(made.content).main
    scales = [found.tensors[op.inputs[1]].quantization for op in found.ops]
    assert [len(q.scale) for q in scales if q is not None] == [1, 8, 1]
    assert [op.version for op in found.ops] == [5, 6, 9]
    assert oracle_differences(made.content, model) == 0


def dense_with_largest_weights(*magnitudes: float) -> Model:
    """A dense layer with the given largest weight per neuron, whose outputs are then scaled to
    equal magnitudes.
    """
    m = FloatModel()
    x = m.input(1, 16)
    weights = m.random.uniform(-1, 1, (len(magnitudes), 16)) * np.array(magnitudes)[:, None]
    weights[:, 0] = magnitudes
    y = m.op(
        "FULLY_CONNECTED", (x, m.constant(weights)), (1, len(magnitudes)), "FullyConnectedOptions"
    )
    return m.model(m.binary("MUL", y, m.constant(1 / np.array(magnitudes))))


@pytest.mark.parametrize(("magnitudes", "version"), [((1.0, 1.0, 1.0), 9), ((1.0, 0.01, 0.1), 12)])
def test_dense_layers_are_per_channel_only_if_that_is_nearer(
    magnitudes: tuple[float, ...], version: int
) -> None:
    model = dense_with_largest_weights(*magnitudes)
    state = round_to_nearest(QuantizationState(unshare_constants(model)))
    data = samples(model)
    chosen = per_tensor_if_accurate(state, data, distance(model, data))
    assert assemble_dynamic(chosen).main.ops[0].version == version
    if version == 9:
        assert oracle_differences(content(assemble_dynamic(chosen)), model) == 0


def oracle_differences(made: bytes, model: Model) -> int:
    """Bytes in which tflite-runtime, which must run the file, differs from the simulator."""
    found = simulate.simulate(
        read_tflite(made), samples(model), oracles=("tflite-runtime",)
    ).oracles["tflite-runtime"]
    assert found.status == "ok"
    return found.bytes_different


@pytest.mark.parametrize("rounding", ["nearest", "adaround", "second-order"])
def test_every_way_of_rounding_is_nearer_than_the_nearest_integers_alone(rounding: str) -> None:
    assert error(residual(), rounding=rounding) < 0.9 * error(
        residual(), rounding="nearest", correct_bias=False
    )


def test_second_order_weights_of_one_scale_are_nearer_and_run_in_every_runtime() -> None:
    model, fitted = residual(), Options(scheme="dynamic", per_channel=False)
    plain = error(model, rounding="nearest", correct_bias=False, per_channel=False)
    assert error(model, per_channel=False) < 0.6 * plain
    assert (
        oracle_differences(quantize(write_tflite(model), samples(model, 64), fitted).content, model)
        == 0
    )


def test_the_bias_takes_the_mean_error_out() -> None:
    """Bias correction of a dense layer, checked by NumPy; only the rounding of the inputs is left."""
    m = FloatModel()
    model = m.model(m.dense(m.input(1, 16), 4))
    data = Samples((np.abs(samples(model, 400).x),))
    exact = outputs(model, data)[0].reshape(400, 4)
    means = []
    for correct in (False, True):
        options = Options(scheme="dynamic", rounding="nearest", correct_bias=correct)
        made = read_tflite(quantize(write_tflite(model), data, options).content)
        means.append(np.abs((simulate.simulate(made, data).outputs - exact).mean(axis=0)).max())
    assert means[1] < 0.2 * means[0]


def error(model: Model, **chosen: str | bool) -> float:
    """Mean absolute difference from the float model on samples that were not used for calibration."""
    unseen = samples(model, 64, seed=9)
    options = Options(scheme="dynamic", **chosen)  # type: ignore[arg-type]
    made = quantize(write_tflite(model), samples(model, 64), options)
    found = simulate.simulate(read_tflite(made.content), unseen).outputs
    return float(np.abs(found - outputs(model, unseen)[0].reshape(found.shape)).mean())
