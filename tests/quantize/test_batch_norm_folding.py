"""Batch norm folding and unsharing of constants keep the float function up to float32 rounding."""

from __future__ import annotations

import numpy as np
import pytest
from quantize.models import RELU, FloatModel, outputs, samples

from edgeq.errors import UnsupportedError
from edgeq.graph import Model
from edgeq.quantize.batch_norm_folding import fold_batch_norm
from edgeq.quantize.quantization_state import layers


def batch_norm_after_dense() -> Model:
    m = FloatModel()
    y = m.dense(m.input(1, 6), 4, bias=False)
    y = m.binary("MUL", y, m.constant([[1.5, -0.5, 2.0, 0.1]]))
    y = m.binary("SUB", y, m.constant([0.3, 0.1, -0.2, 0.0]))
    y = m.binary("ADD", m.constant(0.25), y, **RELU)
    return m.model(m.dense(y, 3))


def test_scale_and_shift_are_taken_into_the_layer() -> None:
    model = batch_norm_after_dense()
    prepared = fold_batch_norm(model)
    assert [op.kind for op in prepared.main.ops] == ["FULLY_CONNECTED", "FULLY_CONNECTED"]
    data = samples(model)
    np.testing.assert_allclose(outputs(prepared, data)[0], outputs(model, data)[0], atol=1e-5)


def test_every_layer_gets_its_own_weights_and_a_bias() -> None:
    m = FloatModel()
    x, shared = m.input(1, 4), m.normal(4, 4)
    first = m.op("FULLY_CONNECTED", (x, shared), (1, 4), "FullyConnectedOptions")
    model = m.model(m.op("FULLY_CONNECTED", (first, shared, -1), (1, 4), "FullyConnectedOptions"))
    prepared = fold_batch_norm(model)
    one, two = layers(prepared.main)
    assert one.weights != two.weights
    assert one.bias != two.bias
    np.testing.assert_array_equal(
        outputs(prepared, samples(model))[0], outputs(model, samples(model))[0]
    )


@pytest.mark.parametrize(
    "case", ["activation between", "value used twice", "not one for each channel"]
)
def test_what_cannot_be_folded_stays(case: str) -> None:
    m = FloatModel()
    between = RELU if case == "activation between" else {}
    y = m.dense(m.input(1, 4), 4, **between)
    total = m.binary(
        "ADD", y, m.constant(np.ones((2, 4)) if case.startswith("not") else np.ones(4))
    )
    model = m.model(total, y) if case == "value used twice" else m.model(total)
    assert [op.kind for op in fold_batch_norm(model).main.ops] == ["FULLY_CONNECTED", "ADD"]


def test_a_computed_bias_is_refused() -> None:
    m = FloatModel()
    x = m.input(1, 4)
    y = m.op("FULLY_CONNECTED", (x, m.normal(4, 4), x), (1, 4), "FullyConnectedOptions")
    with pytest.raises(UnsupportedError, match="bias is computed"):
        fold_batch_norm(m.model(y))
