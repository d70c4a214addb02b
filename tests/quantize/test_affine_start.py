"""What is affine at a model's input as one difference and one product: the same function, and as precise."""

from __future__ import annotations

import numpy as np
import pytest
from quantize.models import FloatModel, outputs

from edgeq.data import Samples
from edgeq.graph import Model
from edgeq.opkit.contract import Values
from edgeq.quantize.affine_start import absorbed, folded, reading_layers
from edgeq.quantize.prepare import prepare

MEAN, DEVIATION = np.array([1013.0, 0.02, -40.0]), np.array([8.0, 0.004, 3.0])
RANDOM = np.random.default_rng(3)


def raw(*shape: int) -> Values:
    """Samples of features 10**5 apart in size."""
    return (MEAN + DEVIATION * RANDOM.normal(size=(40, *shape))).astype(np.float32)


def chain(*steps: tuple[str, Values | float], shape: tuple[int, ...] = (1, 3)) -> Model:
    """x, then operators with a constant on the right, or on the left for `-SUB`, then a dense layer."""
    m = FloatModel()
    x = m.input(*shape)
    for kind, values in steps:
        c = m.constant(np.asarray(values))
        x = m.binary(kind.strip("-"), *((c, x) if kind.startswith("-") else (x, c)))
    flat = m.op("RESHAPE", (x,), (1, int(np.prod(shape))), "ReshapeOptions", new_shape=(1, int(np.prod(shape))))
    return m.model(m.dense(flat, 4))


CHAINS = {
    "normalization": (("SUB", MEAN), ("MUL", 1 / DEVIATION)),
    "batch norm": (("MUL", 1 / DEVIATION), ("ADD", -MEAN / DEVIATION)),
    "a scalar each": (("MUL", 0.5), ("SUB", 3.0)),
    "difference alone": (("SUB", MEAN),),
    "the other way round": (("-SUB", MEAN), ("MUL", 1 / DEVIATION)),
    "quotient": (("SUB", MEAN), ("DIV", DEVIATION)),
    "rescaled, normalized, scaled": (("MUL", 0.1), ("ADD", 2.0), ("SUB", 0.1 * MEAN),
                                     ("MUL", 10 / DEVIATION), ("ADD", 1.0)),
}  # fmt: skip


@pytest.mark.parametrize("name", CHAINS)
def test_a_chain_becomes_two_operators_of_the_same_function(name: str) -> None:
    model = chain(*CHAINS[name])
    start = folded(model, 0)
    assert start is not None
    kinds = [op.kind for op in start.model.main.ops]
    assert kinds in (["SUB", "MUL", "RESHAPE", "FULLY_CONNECTED"], ["SUB", "RESHAPE", "FULLY_CONNECTED"])
    shift, factor, x = np.zeros(3), np.ones(3), raw(3)
    for kind, values in CHAINS[name]:  # y = factor * x + shift, in float64
        c = np.asarray(values, np.float64)
        made = {"MUL": (c, 0), "DIV": (1 / c, 0), "ADD": (1, c), "SUB": (1, -c), "-SUB": (-1, c)}[kind]
        factor, shift = factor * made[0], shift * made[0] + made[1]
    exact = factor * x.astype(np.float64) + shift
    got = (x - start.shift) * start.factor
    assert np.abs(got - exact).max() <= 2e-4 * max(1.0, np.abs(exact).max())


def test_the_constants_of_a_normalization_stay_as_they_are() -> None:
    start = folded(chain(*CHAINS["normalization"]), 0)
    assert start is not None
    np.testing.assert_array_equal(start.shift.ravel(), MEAN.astype(np.float32))
    np.testing.assert_array_equal(start.factor.ravel(), (1 / DEVIATION).astype(np.float32))


def test_the_difference_is_taken_first_as_it_is_more_precise() -> None:
    """x / d - m / d of a mean 250,000 deviations away loses what (x - m) / d keeps."""
    mean, deviation = 1e6, 4.0
    x = np.float32(mean + deviation * np.linspace(-3, 3, 50))
    start = folded(chain(("MUL", [1 / deviation]), ("ADD", [-mean / deviation]), shape=(1, 1)), 0)
    assert start is not None
    exact = (x.astype(np.float64) - mean) / deviation
    two = np.float32(x * np.float32(1 / deviation)) + np.float32(-mean / deviation)
    assert np.abs((x - start.shift.item()) * start.factor.item() - exact).max() <= np.abs(two - exact).max()


def test_outputs_are_those_of_the_model() -> None:
    for shape in ((1, 3), (1, 5, 3)):
        model = chain(*CHAINS["rescaled, normalized, scaled"], shape=shape)
        start = folded(model, 0)
        assert start is not None
        x = Samples((raw(*shape[1:]),))
        np.testing.assert_allclose(outputs(start.model, x)[0], outputs(model, x)[0], rtol=1e-3, atol=1e-3)
        assert start.shift.size == start.factor.size == 3


def test_views_go_before_the_operators() -> None:
    m = FloatModel()
    x = m.input(1, 15)
    x = m.binary("SUB", x, m.constant(np.tile(MEAN, 5)))
    x = m.op("RESHAPE", (x,), (1, 5, 3), "ReshapeOptions", new_shape=(1, 5, 3))
    x = m.binary("MUL", x, m.constant(1 / DEVIATION))
    model = m.model(m.dense(m.op("RESHAPE", (x,), (1, 15), "ReshapeOptions", new_shape=(1, 15)), 2))
    start = folded(model, 0)
    assert start is not None
    assert [op.kind for op in start.model.main.ops] == ["RESHAPE", "SUB", "MUL", "RESHAPE", "FULLY_CONNECTED"]
    assert start.shift.shape == start.factor.shape == (1, 1, 3)
    data = Samples((raw(5, 3).reshape(40, 15),))
    np.testing.assert_allclose(outputs(start.model, data)[0], outputs(model, data)[0], rtol=1e-4, atol=1e-4)


NOT_AFFINE = {
    "nothing": (),
    "all is lost on the way": (("MUL", [0.0, 1.0, 1.0]), ("ADD", 1.0)),
    "a quotient of x": (("-DIV", MEAN),),
}


@pytest.mark.parametrize("name", NOT_AFFINE)
def test_what_cannot_be_said_so_is_left(name: str) -> None:
    assert folded(chain(*NOT_AFFINE[name]), 0) is None


def test_an_input_with_two_readers_is_left() -> None:
    m = FloatModel()
    x = m.input(1, 3)
    y = m.binary("SUB", x, m.constant(MEAN))
    model = m.model(m.dense(m.binary("ADD", x, y), 2))
    assert folded(model, 0) is None
    assert absorbed(prepare(model), 0, MEAN.astype(np.float32), np.ones(3, np.float32)) is None


def test_weights_undo_what_is_put_before_them() -> None:
    model = prepare(chain())
    start = absorbed(model, 0, MEAN.astype(np.float32), (1 / DEVIATION).astype(np.float32))
    assert start is not None
    x = Samples((raw(3),))
    np.testing.assert_allclose(outputs(start.model, x)[0], outputs(model, x)[0], rtol=1e-4, atol=1e-3)
    assert [op.kind for op in start.model.main.ops] == ["SUB", "MUL", "RESHAPE", "FULLY_CONNECTED"]


def convolved(padding: str) -> Model:
    m = FloatModel()
    x = m.input(1, 6, 5, 3)
    weights, bias = m.normal(4, 3, 3, 3), m.normal(4)
    shape = (1, 4, 3, 4) if padding == "VALID" else (1, 6, 5, 4)
    options = {"padding": padding, "stride_h": 1, "stride_w": 1, "dilation_h_factor": 1, "dilation_w_factor": 1}
    return prepare(m.model(m.op("CONV_2D", (x, weights, bias), shape, "Conv2DOptions", **options)))  # type: ignore[arg-type]


def test_filters_undo_it_for_each_channel_but_no_shift_where_they_pad_with_zeros() -> None:
    shift, factor = MEAN.astype(np.float32), (1 / DEVIATION).astype(np.float32)
    x = Samples((raw(6, 5, 3),))
    start = absorbed(convolved("VALID"), 0, shift, factor)
    assert start is not None
    np.testing.assert_allclose(outputs(start.model, x)[0], outputs(convolved("VALID"), x)[0], rtol=1e-3, atol=1e-2)
    assert absorbed(convolved("SAME"), 0, shift, factor) is None
    start = absorbed(convolved("SAME"), 0, np.zeros(3, np.float32), factor)
    assert start is not None
    np.testing.assert_allclose(outputs(start.model, x)[0], outputs(convolved("SAME"), x)[0], rtol=1e-3, atol=1e-2)


@pytest.mark.parametrize("features", [1, 3])
def test_layers_behind_a_view_read_whole_sets_of_features(features: int) -> None:
    graph = chain(shape=(1, 9, features)).main
    assert [graph.ops[layer.index].kind for layer in reading_layers(graph, graph.inputs[0])] == ["FULLY_CONNECTED"]
