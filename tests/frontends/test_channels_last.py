"""Graphs compute the same with every TRANSPOSE moved, and have fewer of them."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from frontends.float_graphs import (
    FIRST,
    LAST,
    Floats,
    by_channel,
    channels_first,
    mean,
    started,
    unary,
)

from edgeq.frontends.input_layout import arrange_inputs
from edgeq.graph import Model, check_model, write_tflite
from edgeq.runtime import reference_interpreter, run_samples


def kinds(model: Model) -> Counter[str]:
    return Counter(op.kind for op in model.main.ops)


def assert_same(model: Model, found: Model, axes: tuple[int, ...] = ()) -> None:
    """Equal outputs, but for the order in which MEAN and FULLY_CONNECTED sum."""
    check_model(found)
    x = np.random.default_rng(1).normal(size=(3, *model.main.tensors[0].shape[1:])).astype("f")
    turned = x.transpose(axes) if axes else x
    want = run_samples(reference_interpreter(write_tflite(model)), [x])
    got = run_samples(reference_interpreter(write_tflite(found)), [turned])
    for a, b in zip(want, got, strict=True):
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5 * (1 + np.abs(a).max()))


@pytest.mark.parametrize("rows", [1, 5])
@pytest.mark.parametrize("seed", range(12))
def test_random_graphs_compute_the_same(rows: int, seed: int) -> None:
    model = channels_first(seed, rows)
    found, layouts = arrange_inputs(model)
    assert_same(model, found, layouts[0].from_model)
    assert kinds(found)["TRANSPOSE"] <= kinds(model)["TRANSPOSE"]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12, 150))
def test_many_random_graphs_compute_the_same(seed: int) -> None:
    for rows in (1, 5):
        model = channels_first(seed, rows)
        found, layouts = arrange_inputs(model)
        assert_same(model, found, layouts[0].from_model)


def classifier(g: Floats) -> Model:
    """An image with channels first, a kernel with channels last, and a mean over the image."""
    g.turn(LAST)
    g.pool()
    g.turn(FIRST)
    by_channel(g)
    unary(g)
    mean(g, keep=False)
    return g.model()


def test_an_image_with_channels_first_is_taken_with_channels_last() -> None:
    model = classifier(started(0, 1, 3, 5, 6))
    found, (layout,) = arrange_inputs(model)
    assert layout.shape == found.main.tensors[found.main.inputs[0]].shape == (1, 5, 6, 3)
    assert layout.model == (1, 3, 5, 6)
    assert (layout.from_model, layout.to_model) == (LAST, FIRST)
    assert not kinds(found)["TRANSPOSE"]
    assert_same(model, found, LAST)


def test_an_image_of_one_channel_is_taken_with_channels_last() -> None:
    g = started(0, 1, 1, 5, 6)
    g.reshape(1, 5, 6, 1)
    g.pool()
    model = g.model()
    found, (layout,) = arrange_inputs(model)
    assert layout.shape == (1, 5, 6, 1)
    assert list(kinds(found)) == ["MAX_POOL_2D"]
    assert_same(model, found, layout.from_model)


def test_a_signal_with_channels_first_is_taken_step_by_step() -> None:
    g = started(0, 1, 3, 7)
    g.reshape(1, 3, 1, 7)
    model = classifier(g)
    found, (layout,) = arrange_inputs(model)
    assert (layout.shape, layout.model) == ((1, 7, 3), (1, 3, 7))
    assert not kinds(found)["TRANSPOSE"]
    assert_same(model, found, layout.from_model)


def test_an_input_that_no_kernel_turns_stays() -> None:
    g = started(0, 1, 4, 6)
    unary(g)
    mean(g, keep=False)
    found, (layout,) = arrange_inputs(g.model())
    assert not layout.changed
    assert layout.from_model == layout.to_model == (0, 1, 2)
    assert found.main.ops == g.model().main.ops


def test_a_row_for_a_dense_layer_turns_its_weights() -> None:
    g = started(0, 1, 4, 5, 3)
    g.pool()
    g.turn(FIRST)
    g.reshape(1, 60)
    g.at = g.add("FULLY_CONNECTED", (1, 2), g.constant(2, 60), -1, options="FullyConnectedOptions")
    model = g.model()
    found, _ = arrange_inputs(model)
    assert kinds(found) == {"MAX_POOL_2D": 1, "RESHAPE": 1, "FULLY_CONNECTED": 1}
    assert_same(model, found)


def test_outputs_stay_as_the_model_has_them() -> None:
    g = started(0, 1, 4, 5, 3)
    g.pool()
    before = g.at
    g.turn(FIRST)
    first = g.at
    g.turn(LAST)
    model = g.model(first, before, g.at)
    found, _ = arrange_inputs(model)
    shapes = [found.main.tensors[t].shape for t in found.main.outputs]
    assert shapes == [(1, 3, 4, 5), (1, 4, 5, 3), (1, 4, 5, 3)]
    assert_same(model, found)


def test_operands_keep_their_places() -> None:
    g = started(0, 1, 4, 5, 3)
    g.pool()
    g.turn(FIRST)
    seen, g.at = g.at, g.constant(1, 3, 1, 1)
    g.at = g.add("SUB", (1, 3, 4, 5), seen, options="SubOptions")
    g.turn(LAST)
    g.pool()
    found, _ = arrange_inputs(g.model())
    assert list(kinds(found)) == ["MAX_POOL_2D", "SUB"]
    assert_same(g.model(), found)


def test_views_of_other_orders_are_not_joined_as_one() -> None:
    g = started(0, 1, 4, 4, 3)
    g.pool()
    before = g.at
    g.turn(FIRST)
    first, g.at = g.at, before
    g.turn((0, 3, 2, 1))
    g.at = g.add("CONCATENATION", (1, 6, 4, 4), first, options="ConcatenationOptions", axis=1)
    found, _ = arrange_inputs(g.model())
    assert kinds(found)["TRANSPOSE"] == 2
    assert_same(g.model(), found)
