"""Parts that lose precision in a shared scale are found, with SQNR values that NumPy confirms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from quantize.models import FloatModel, calibrated, outputs, residual, samples
from quantize.test_split_outputs import joined

from edgeq.data import Samples
from edgeq.graph import Model
from edgeq.quantize.assemble import assemble
from edgeq.quantize.model_pair import pair_by_name
from edgeq.quantize.precision_warnings import output_warnings, part_warnings
from edgeq.quantize.sqnr import MAX_SAMPLES, measure_sqnr


def told(model: Model, data: Samples | None = None) -> list[str]:
    """The warnings for a float model quantized with the given samples."""
    data = samples(model, 200) if data is None else data
    pair = pair_by_name(model, assemble(calibrated(model, data)))
    judged = measure_sqnr(pair, data)
    return [*part_warnings(judged, pair.float_model), *output_warnings(judged, pair.float_model)]


def two_parts(ratio: float, kind: str = "CONCATENATION", then: bool = False) -> Model:
    """Two dense layers, the second's outputs multiplied by a ratio, concatenated or added,
    optionally with a layer behind.
    """
    m = FloatModel()
    x = m.input(1, 6)
    a, b = m.dense(x, 4), m.binary("MUL", m.op("TANH", (m.dense(x, 4),), (1, 4)), m.constant(ratio))
    both = joined(m, 1, a, b) if kind == "CONCATENATION" else m.binary(kind, a, b)
    return m.model(m.dense(both, 3) if then else both)


@pytest.mark.parametrize("ratio", [1e-4, 3e-3])
def test_a_small_part_of_an_output_is_named_with_its_remedy(ratio: float) -> None:
    (line,) = told(two_parts(ratio))
    assert "scale" in line
    assert "dB of SQNR" in line
    assert "distinct value" in line
    assert "--outputs apart" in line
    assert "'mul_3'" in line
    assert "fully_connected_0" not in line


@pytest.mark.parametrize("ratio", [0.3, 1.0, 5.0])
def test_parts_of_like_sizes_are_left_alone(ratio: float) -> None:
    assert not told(two_parts(ratio))
    assert not told(two_parts(ratio, then=True))


def test_within_the_network_another_remedy_is_given() -> None:
    (line,) = told(two_parts(1e-3, then=True))
    assert "before they are joined" in line
    assert "apart" not in line


def test_a_lost_addend_is_named() -> None:
    (line,) = told(two_parts(1e-3, "ADD", then=True))
    assert "'mul_3'" in line
    assert not told(two_parts(0.3, "ADD", then=True))


@pytest.mark.parametrize("ratio", [0.0, 1e-9])
def test_what_never_varies_or_is_noise_is_no_loss(ratio: float) -> None:
    assert not told(two_parts(ratio))


def test_raw_features_of_one_input() -> None:
    m = FloatModel()
    model = m.model(m.dense(m.input(1, 5), 3))
    plain = samples(model, 200)
    data = Samples(
        (
            plain.x * np.array([400, 1, 0.02, 0, 30], np.float32)
            + np.array([1013, 0, 0, 7, 0], np.float32),
        )
    )
    line = next(line for line in told(model, data) if line.startswith("input"))
    assert "features 1, 2, up to" in line
    assert "e+03 in one scale of" in line
    assert not [line for line in told(model, plain) if line.startswith("input")]


def test_features_before_an_axis_of_one_are_features_and_columns_of_an_image_are_not() -> None:
    for columns, found in ((6, True), (28, False)):
        m = FloatModel()
        model = m.model(m.dense(m.input(1, 4, columns, 1), 3))
        size = np.geomspace(1, 1e-4, columns, dtype=np.float32)[:, None]
        data = Samples((samples(model, 50).x * size,))
        assert any(line.startswith("input") for line in told(model, data)) == found


def test_features_of_one_output() -> None:
    m = FloatModel()
    model = m.model(m.binary("MUL", m.dense(m.input(1, 6), 3), m.constant([1000.0, 1.0, 0.01])))
    (line,) = told(model)
    assert line.startswith("output")
    assert "features 1, 2" in line


def test_probabilities_are_measured_together() -> None:
    """A rare class has a column that hardly varies, but all probabilities need one scale."""
    m = FloatModel()
    logits = m.binary("ADD", m.dense(m.input(1, 6), 3), m.constant([0.0, 0.0, -12.0]))
    assert not told(m.model(m.softmax(logits)))


def test_an_output_that_is_all_error_is_warned_of() -> None:
    model = residual()
    state = calibrated(model, bits=4)
    first = next(iter(state.weights))
    spoiled = state.with_constants({state.graph.ops[first].inputs[2]: np.full(8, 30.0)})
    pair = pair_by_name(model, assemble(spoiled))
    data = samples(model, 64)
    (line,) = output_warnings(measure_sqnr(pair, data), pair.float_model)
    assert "explain shows which layers" in line


def test_a_constant_output_is_warned_of() -> None:
    m = FloatModel()
    model = m.model(m.binary("MUL", m.dense(m.input(1, 6), 3), m.constant(0.0)))
    (line,) = told(model)
    assert "is the same for all calibration samples" in line


def test_figures_are_those_of_rounding_alone() -> None:
    model = two_parts(0.05)
    data = samples(model, MAX_SAMPLES)
    pair = pair_by_name(model, assemble(calibrated(model, data)))
    small = next(
        p
        for p in measure_sqnr(pair, data).parts
        if p.part.role == "joined" and p.statistics[0].magnitude < 0.06
    )
    exact = outputs(model, data)[0].reshape(MAX_SAMPLES, 8)[:, 4:].astype(np.float64)
    error = np.round(exact / small.step) * small.step - exact
    expected = 10 * np.log10(exact.var(axis=0).mean() / np.square(error).mean())
    assert small.statistics[0].sqnr_db == pytest.approx(expected, abs=1e-6)
    assert small.statistics[0].distinct == len(np.unique(np.round(exact / small.step)))


def test_names_are_shown_escaped_and_short() -> None:
    m = FloatModel()
    x = m.input(1, 6)
    small = m.binary("MUL", m.dense(x, 4), m.constant(1e-4))
    model = m.model(joined(m, 1, m.dense(x, 4), small))
    tensors = list(model.main.tensors)
    tensors[small] = replace(tensors[small], name="\x1b[31m\u202e" + "n" * 10_000)
    (line,) = told(replace(model, graphs=(replace(model.main, tensors=tuple(tensors)),)))
    assert line.isascii()
    assert line.isprintable()
    assert len(line) < 500
