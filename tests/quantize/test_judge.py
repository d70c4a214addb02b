"""Parts that lose themselves in a scale are found, with figures that NumPy confirms; others are left alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from quantize.models import FloatModel, calibrated, outputs, residual, samples
from quantize.test_apart import joined

from edgeq.data import Samples
from edgeq.graph import Model
from edgeq.quantize.assemble import assemble
from edgeq.quantize.judge import JUDGED, judge
from edgeq.quantize.losses import output_losses, part_losses
from edgeq.quantize.match import beside


def told(model: Model, data: Samples | None = None) -> list[str]:
    """The lines for a float model quantized by its own samples."""
    data = samples(model, 200) if data is None else data
    pair = beside(model, assemble(calibrated(model, data)))
    judged = judge(pair, data)
    return [*part_losses(judged, pair.exact), *output_losses(judged, pair.exact)]


def two_parts(ratio: float, kind: str = "CONCATENATION", then: bool = False) -> Model:
    """Two dense layers, the second's outputs multiplied by a ratio, joined or added; with a layer behind or without."""
    m = FloatModel()
    x = m.input(1, 6)
    a, b = m.dense(x, 4), m.binary("MUL", m.op("TANH", (m.dense(x, 4),), (1, 4)), m.constant(ratio))
    both = joined(m, 1, a, b) if kind == "CONCATENATION" else m.binary(kind, a, b)
    return m.model(m.dense(both, 3) if then else both)


@pytest.mark.parametrize("ratio", [1e-4, 3e-3])
def test_a_small_part_of_an_output_is_named_with_its_remedy(ratio: float) -> None:
    (line,) = told(two_parts(ratio))
    assert "scale" in line
    assert "dB of signal over error" in line
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
    data = Samples((plain.x * np.array([400, 1, 0.02, 0, 30], np.float32) + np.array([1013, 0, 0, 7, 0], np.float32),))
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


def test_probabilities_are_not_told_apart() -> None:
    """A class that hardly ever comes has a column that hardly varies, in a scale that all of them need."""
    m = FloatModel()
    logits = m.binary("ADD", m.dense(m.input(1, 6), 3), m.constant([0.0, 0.0, -12.0]))
    assert not told(m.model(m.softmax(logits)))


def test_an_output_that_is_all_error_is_told() -> None:
    model = residual()
    state = calibrated(model, bits=4)
    first = next(iter(state.weights))
    spoiled = state.with_constants({state.graph.ops[first].inputs[2]: np.full(8, 30.0)})
    pair = beside(model, assemble(spoiled))
    data = samples(model, 64)
    (line,) = output_losses(judge(pair, data), pair.exact)
    assert "explain shows which layers" in line


def test_an_output_that_never_varies_is_told() -> None:
    m = FloatModel()
    model = m.model(m.binary("MUL", m.dense(m.input(1, 6), 3), m.constant(0.0)))
    (line,) = told(model)
    assert "is the same for all calibration samples" in line


def test_figures_are_those_of_rounding_alone() -> None:
    model = two_parts(0.05)
    data = samples(model, JUDGED)
    pair = beside(model, assemble(calibrated(model, data)))
    small = next(p for p in judge(pair, data).parts if p.part.sort == "joined" and p.kept[0].reach < 0.06)
    exact = outputs(model, data)[0].reshape(JUDGED, 8)[:, 4:].astype(np.float64)
    error = np.round(exact / small.step) * small.step - exact
    expected = 10 * np.log10(exact.var(axis=0).mean() / np.square(error).mean())
    assert small.kept[0].decibels == pytest.approx(expected, abs=1e-6)
    assert small.kept[0].distinct == len(np.unique(np.round(exact / small.step)))


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
