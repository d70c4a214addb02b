"""`simulate` as a function: scores, oracles, and reported differences."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from quantize.models import FloatModel, calibrated, residual

from edgeq.data import Samples
from edgeq.errors import EdgeqError
from edgeq.graph import Model, read_tflite
from edgeq.opkit.node import Values
from edgeq.quantize.assemble import assemble
from edgeq.quantize.quantize import content
from edgeq.simulate.compare import compare_with, differing_bytes
from edgeq.simulate.execute import execute, random_inputs
from edgeq.simulate.oracles import ORACLES, ReadTensor, with_int8_weights
from edgeq.simulate.simulate import simulate

PUBLISHED = ("kws_ref_model", "pretrainedResnet_quant", "vww_96_int8", "ad01_int8")


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_models_equal_both_oracles_on_every_tensor(
    shared_models: Path, name: str
) -> None:
    model = read_tflite(shared_models / f"{name}.tflite")
    result = simulate(model, inputs=random_inputs(model.main, 3), oracles=tuple(ORACLES))
    for comparison in result.oracles.values():
        assert comparison.status == "ok"
        assert comparison.explained, (
            "bytes differ only where this interpreter is known to round otherwise"
        )
        assert comparison.tensors == len({t for op in model.main.ops for t in op.outputs})
    assert result.oracles["tflm"].bytes_different == 0
    assert result.exact


def test_one_wrong_byte_is_found_and_named(shared_models: Path) -> None:
    model = read_tflite(shared_models / "ad01_int8.tflite")
    wrong = model.main.ops[4].outputs[0]

    def broken(model: Model, inputs: Sequence[Values]) -> Iterator[ReadTensor]:
        """An oracle that is off by one in one element of one tensor of the second sample."""
        written = [t for op in model.main.ops for t in op.outputs]
        values = execute(model.main, inputs, written)
        values[wrong] = values[wrong].copy()
        values[wrong][1, 0, 2] ^= 1
        for sample in range(len(inputs[0])):
            yield lambda t, s=sample: values[t][s]

    comparison = compare_with(broken, model, random_inputs(model.main, 3))
    assert comparison.bytes_different == 1
    first = comparison.first_difference
    assert first is not None
    assert (first.sample, first.layer, first.element) == (1, 4, 2)
    assert first.tensor == model.main.tensors[wrong].name


@pytest.mark.slow
def test_xnnpack_is_shown_to_differ(shared_models: Path) -> None:
    model = read_tflite(shared_models / "pretrainedResnet_quant.tflite")
    result = simulate(model, inputs=random_inputs(model.main, 16), oracles=("tflite-runtime",))
    assert result.xnnpack is not None
    assert 0 < result.xnnpack.bytes_different < result.xnnpack.bytes_compared


def test_scores_and_confusion_matrix_follow_the_labels(shared_models: Path) -> None:
    model = read_tflite(shared_models / "kws_ref_model.tflite")
    x = np.random.default_rng(0).normal(0, 20, (20, 49, 10, 1)).astype(np.float32)
    predicted = simulate(model, Samples((x,))).outputs.argmax(axis=1)
    result = simulate(model, Samples((x,), predicted.astype(np.int64)))
    assert result.accuracy == {"metric": "accuracy", "value": 1.0}
    assert result.confusion_matrix is not None
    assert np.trace(result.confusion_matrix) == 20


def test_an_autoencoder_is_scored_by_reconstruction_error_of_groups(shared_models: Path) -> None:
    model = read_tflite(shared_models / "ad01_int8.tflite")
    rng = np.random.default_rng(0)
    x = rng.normal(-30, 3, (40, 640)).astype(np.float32)
    x[20:] += rng.normal(0, 40, (20, 640)).astype(np.float32)
    y, group = np.repeat([0, 1], 20), np.repeat(np.arange(8), 5)
    result = simulate(model, Samples((x,), y, group))
    assert result.accuracy == {"metric": "auc", "value": 1.0}


def test_a_metric_without_labels_is_refused(shared_models: Path) -> None:
    model = read_tflite(shared_models / "ad01_int8.tflite")
    with pytest.raises(EdgeqError, match="no labels"):
        simulate(model, inputs=random_inputs(model.main, 1), metric="auc")


def test_a_metric_that_nobody_asked_for_may_not_suit_the_data(shared_models: Path) -> None:
    model = read_tflite(shared_models / "ad01_int8.tflite")
    samples = Samples((np.zeros((4, 640), np.float32),), np.zeros(4, np.int64))
    assert simulate(model, samples).accuracy is None
    with pytest.raises(EdgeqError, match="same label"):
        simulate(model, samples, metric="auc")


def test_only_unavailable_oracles_are_an_error_beside_the_measurements(
    shared_models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusing(model: Model, inputs: Sequence[Values]) -> Iterator[ReadTensor]:
        raise EdgeqError("oracle", "it cannot load this", "use another")
        yield

    monkeypatch.setitem(ORACLES, "tflm", refusing)  # type: ignore[misc]
    model = read_tflite(shared_models / "ad01_int8.tflite")
    result = simulate(model, inputs=random_inputs(model.main, 1), oracles=("tflm",))
    assert result.samples == 1
    assert "no oracle could run" in str(result.no_oracle_ran)
    assert not result.exact


def test_bytes_are_counted_not_elements() -> None:
    a = np.array([0x0102, 0x0304], np.int16)
    assert differing_bytes(a, np.array([0x0103, 0x0304], np.int16)) == 1
    assert differing_bytes(a, np.array([0x0203, 0x0304], np.int16)) == 2


def test_every_nan_is_as_good_as_another() -> None:
    """x86 makes a negative one of infinity - infinity, ARM a positive one."""
    a = np.array([0x7FC00000, 0x3F800000], np.uint32).view(np.float32)
    b = np.array([0xFFC00001, 0x3F800000], np.uint32).view(np.float32)
    assert differing_bytes(a, b) == 0
    assert differing_bytes(a, np.array([np.nan, np.nan], np.float32)) > 0


def test_an_oracle_that_refuses_int4_weights_gets_them_as_int8() -> None:
    """tflite-runtime 2.14 has no int4 kernels, TFLM none for dense layers with per-channel scales."""
    float_model = residual()
    model = read_tflite(content(assemble(calibrated(float_model, bits=4))))
    assert {t.dtype for t in model.main.tensors if t.constant and len(t.shape) > 1} == {"int4"}
    inputs = random_inputs(model.main, 4)
    for found in simulate(model, inputs=inputs, oracles=tuple(ORACLES)).oracles.values():
        assert (found.status, found.explained, found.tensors) == ("ok", True, len(model.main.ops))
        assert found.note is not None
    whole = assemble(calibrated(float_model))
    assert simulate(whole, inputs=inputs, oracles=("tflm",)).oracles["tflm"].note is None
    assert with_int8_weights(whole) is None


def test_int4_weights_that_tflm_knows_are_given_as_they_are() -> None:
    m = FloatModel()
    model = assemble(calibrated(m.model(m.depthwise(m.conv(m.input(1, 5, 5, 3), 8))), bits=4))
    found = simulate(model, inputs=random_inputs(model.main, 4), oracles=("tflm",)).oracles["tflm"]
    assert (found.status, found.bytes_different, found.note) == ("ok", 0, None)
