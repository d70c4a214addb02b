"""Affine operators at a model's input folded to one difference and one product: equal function and
precision.
"""

from __future__ import annotations

import numpy as np
import pytest
from quantize.leading_affine import DEVIATION, MEAN, chain, raw
from quantize.models import FloatModel, outputs

from edgeq.data import Samples
from edgeq.quantize.batch_norm_folding import fold_batch_norm
from edgeq.quantize.input_affine_absorption import absorb_input_affine
from edgeq.quantize.input_affine_folding import fold_input_affine

CHAINS = {
    "normalization": (("SUB", MEAN), ("MUL", 1 / DEVIATION)),
    "batch norm": (("MUL", 1 / DEVIATION), ("ADD", -MEAN / DEVIATION)),
    "a scalar each": (("MUL", 0.5), ("SUB", 3.0)),
    "difference alone": (("SUB", MEAN),),
    "the other way round": (("-SUB", MEAN), ("MUL", 1 / DEVIATION)),
    "quotient": (("SUB", MEAN), ("DIV", DEVIATION)),
    "rescaled, normalized, scaled": (
        ("MUL", 0.1),
        ("ADD", 2.0),
        ("SUB", 0.1 * MEAN),
        ("MUL", 10 / DEVIATION),
        ("ADD", 1.0),
    ),
}


@pytest.mark.parametrize("name", CHAINS)
def test_a_chain_becomes_two_operators_of_the_same_function(name: str) -> None:
    model = chain(*CHAINS[name])
    start = fold_input_affine(model, 0)
    assert start is not None
    kinds = [op.kind for op in start.model.main.ops]
    assert kinds in (
        ["SUB", "MUL", "RESHAPE", "FULLY_CONNECTED"],
        ["SUB", "RESHAPE", "FULLY_CONNECTED"],
    )
    shift, factor, x = np.zeros(3), np.ones(3), raw(3)
    for kind, values in CHAINS[name]:  # y = factor * x + shift, in float64
        c = np.asarray(values, np.float64)
        made = {"MUL": (c, 0), "DIV": (1 / c, 0), "ADD": (1, c), "SUB": (1, -c), "-SUB": (-1, c)}[
            kind
        ]
        factor, shift = factor * made[0], shift * made[0] + made[1]
    exact = factor * x.astype(np.float64) + shift
    got = (x - start.shift) * start.factor
    assert np.abs(got - exact).max() <= 2e-4 * max(1.0, np.abs(exact).max())


def test_the_constants_of_a_normalization_stay_as_they_are() -> None:
    start = fold_input_affine(chain(*CHAINS["normalization"]), 0)
    assert start is not None
    np.testing.assert_array_equal(start.shift.ravel(), MEAN.astype(np.float32))
    np.testing.assert_array_equal(start.factor.ravel(), (1 / DEVIATION).astype(np.float32))


def test_the_difference_is_taken_first_as_it_is_more_precise() -> None:
    """With a mean of 250,000 deviations, x / d - m / d loses the precision of (x - m) / d."""
    mean, deviation = 1e6, 4.0
    x = np.float32(mean + deviation * np.linspace(-3, 3, 50))
    start = fold_input_affine(
        chain(("MUL", [1 / deviation]), ("ADD", [-mean / deviation]), shape=(1, 1)), 0
    )
    assert start is not None
    exact = (x.astype(np.float64) - mean) / deviation
    two = np.float32(x * np.float32(1 / deviation)) + np.float32(-mean / deviation)
    assert (
        np.abs((x - start.shift.item()) * start.factor.item() - exact).max()
        <= np.abs(two - exact).max()
    )


def test_outputs_are_those_of_the_model() -> None:
    for shape in ((1, 3), (1, 5, 3)):
        model = chain(*CHAINS["rescaled, normalized, scaled"], shape=shape)
        start = fold_input_affine(model, 0)
        assert start is not None
        x = Samples((raw(*shape[1:]),))
        np.testing.assert_allclose(
            outputs(start.model, x)[0], outputs(model, x)[0], rtol=1e-3, atol=1e-3
        )
        assert start.shift.size == start.factor.size == 3


def test_views_go_before_the_operators() -> None:
    m = FloatModel()
    x = m.input(1, 15)
    x = m.binary("SUB", x, m.constant(np.tile(MEAN, 5)))
    x = m.op("RESHAPE", (x,), (1, 5, 3), "ReshapeOptions", new_shape=(1, 5, 3))
    x = m.binary("MUL", x, m.constant(1 / DEVIATION))
    model = m.model(m.dense(m.op("RESHAPE", (x,), (1, 15), "ReshapeOptions", new_shape=(1, 15)), 2))
    start = fold_input_affine(model, 0)
    assert start is not None
    assert [op.kind for op in start.model.main.ops] == [
        "RESHAPE",
        "SUB",
        "MUL",
        "RESHAPE",
        "FULLY_CONNECTED",
    ]
    assert start.shift.shape == start.factor.shape == (1, 1, 3)
    data = Samples((raw(5, 3).reshape(40, 15),))
    np.testing.assert_allclose(
        outputs(start.model, data)[0], outputs(model, data)[0], rtol=1e-4, atol=1e-4
    )


NOT_AFFINE = {
    "nothing": (),
    "all is lost on the way": (("MUL", [0.0, 1.0, 1.0]), ("ADD", 1.0)),
    "a quotient of x": (("-DIV", MEAN),),
}


@pytest.mark.parametrize("name", NOT_AFFINE)
def test_what_cannot_be_said_so_is_left(name: str) -> None:
    assert fold_input_affine(chain(*NOT_AFFINE[name]), 0) is None


def test_an_input_with_two_readers_is_left() -> None:
    m = FloatModel()
    x = m.input(1, 3)
    y = m.binary("SUB", x, m.constant(MEAN))
    model = m.model(m.dense(m.binary("ADD", x, y), 2))
    assert fold_input_affine(model, 0) is None
    assert (
        absorb_input_affine(
            fold_batch_norm(model), 0, MEAN.astype(np.float32), np.ones(3, np.float32)
        )
        is None
    )
