"""Layers that become integers one by one, while the others stay real."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgeq.convert.backend import imported
from edgeq.convert.to_float import load_float
from edgeq.data import Samples
from edgeq.graph import Model
from edgeq.qat.settle import loosen, order, settle
from edgeq.qat.start import Choices, prepared, start

pytestmark = pytest.mark.slow  # TensorFlow converts the model
SAMPLES = Samples((np.random.default_rng(0).normal(0, 1, (64, 8, 8, 3)).astype(np.float32),))


def loosened() -> tuple[Any, Model]:
    """A model for 3-bit weights, now real, and the float model: convolutions of 108 weights, and a dense layer of 6."""
    keras = imported("keras")
    keras.utils.set_random_seed(1)
    layers = keras.layers
    model = keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(4, 3, activation="relu"), layers.Conv2D(3, 3),
                              layers.GlobalAveragePooling2D(), layers.Dense(2)])  # fmt: skip
    float_model = prepared(load_float(model).content, Choices())
    built = start(None, float_model, SAMPLES, Choices(weight_bits=3, learned_steps=True))
    loosen(built, float_model)
    return built, float_model


def grid_error(operator: Any) -> float:
    """How far the weights in use are from whole multiples of their scales."""
    steps = np.asarray(operator.quantized_weights()) / np.asarray(operator._by_channel(operator.scale()))
    return float(np.abs(steps - np.round(steps)).max())


def test_loose_weights_are_those_of_the_float_model() -> None:
    built, float_model = loosened()
    for operator in built.weighted.values():
        wanted = float_model.main.tensors[operator.settings["weights"]].array
        np.testing.assert_allclose(operator.quantized_weights(), wanted, atol=1e-6)
        assert grid_error(operator) > 0.1


def test_small_layers_settle_first() -> None:
    built, _ = loosened()
    sizes = [built.weighted[index].real_weights.shape.num_elements() for index in order(built)]
    assert sizes == [6, 108, 108]


def test_a_settled_layer_is_on_its_grid_and_gets_no_gradient() -> None:
    tf = imported("tensorflow")
    built, _ = loosened()
    first, *others = order(built)
    settle(built, first, SAMPLES)
    assert grid_error(built.weighted[first]) < 1e-4
    assert all(grid_error(built.weighted[index]) > 0.1 for index in others)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(built.model(SAMPLES.x, training=True) ** 2)
    kernels = [built.weighted[k].constants[str(built.weighted[k].settings["weights"])] for k in (first, *others)]
    gradients = tape.gradient(loss, kernels)
    assert not np.any(gradients[0])
    assert all(np.any(gradient) for gradient in gradients[1:])


def test_settling_reproduces_the_output_better_than_the_nearest_integers() -> None:
    """Each layer by itself, the others real: the error of the whole model's output on samples that it never saw."""
    unseen = np.random.default_rng(7).normal(0, 1, (256, 8, 8, 3)).astype(np.float32)
    settled = rounded = 0.0
    for index in order(loosened()[0]):
        errors = []
        for nearest in (False, True):
            built, _ = loosened()
            wanted = np.asarray(built.model(unseen, training=True))
            operator = built.weighted[index]
            if nearest:
                operator.loose.assign(False)
            else:
                settle(built, index, SAMPLES)
            errors.append(np.abs(np.asarray(built.model(unseen, training=True)) - wanted).mean())
        assert errors[0] < errors[1]
        settled, rounded = settled + errors[0], rounded + errors[1]
    assert settled < 0.7 * rounded


def test_when_all_have_settled_keras_computes_the_integer_model() -> None:
    from edgeq.qat.qat import integer_result

    built, _ = loosened()
    for index in order(built):
        settle(built, index, SAMPLES)
    integers = integer_result(built.model, SAMPLES).outputs
    np.testing.assert_allclose(built.model.predict(SAMPLES.x, verbose=0), integers, atol=1e-6)
