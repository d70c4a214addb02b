"""Layers that are frozen one by one while the others stay float."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgeq.convert.backend import imported
from edgeq.convert.to_float import load_float
from edgeq.data import Samples
from edgeq.graph import Model
from edgeq.qat.freeze import freeze_layer, freezing_order, use_float_weights
from edgeq.qat.initialize import QatOptions, build_trainable, prepare_float_model

pytestmark = pytest.mark.slow  # TensorFlow converts the model
SAMPLES = Samples((np.random.default_rng(0).normal(0, 1, (64, 8, 8, 3)).astype(np.float32),))


def unfrozen_model() -> tuple[Any, Model]:
    """A 3-bit model before freezing, with float weights, and its float model: convolutions of 108
    weights, and a dense layer of 6.
    """
    keras = imported("keras")
    keras.utils.set_random_seed(1)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Conv2D(4, 3, activation="relu"),
            layers.Conv2D(3, 3),
            layers.GlobalAveragePooling2D(),
            layers.Dense(2),
        ]
    )
    float_model = prepare_float_model(load_float(model).content, QatOptions())
    built = build_trainable(
        None, float_model, SAMPLES, QatOptions(weight_bits=3, learned_steps=True)
    )
    use_float_weights(built, float_model)
    return built, float_model


def grid_error(operator: Any) -> float:
    """The largest difference of the weights in use from integer multiples of their scales."""
    weights, scales = operator.real_weights, operator.weight_scales
    steps = np.asarray(operator.quantized_weights()) / np.asarray(
        scales.by_channel(scales.scale(weights), weights)
    )
    return float(np.abs(steps - np.round(steps)).max())


def test_loose_weights_are_those_of_the_float_model() -> None:
    built, float_model = unfrozen_model()
    for operator in built.weighted.values():
        wanted = float_model.main.tensors[operator.settings["weights"]].array
        np.testing.assert_allclose(operator.quantized_weights(), wanted, atol=1e-6)
        assert grid_error(operator) > 0.1


def test_small_layers_are_frozen_first() -> None:
    built, _ = unfrozen_model()
    sizes = [
        built.weighted[index].real_weights.shape.num_elements() for index in freezing_order(built)
    ]
    assert sizes == [6, 108, 108]


def test_a_frozen_layer_is_quantized_and_gets_no_gradient() -> None:
    tf = imported("tensorflow")
    built, _ = unfrozen_model()
    first, *others = freezing_order(built)
    freeze_layer(built, first, SAMPLES)
    assert grid_error(built.weighted[first]) < 1e-4
    assert all(grid_error(built.weighted[index]) > 0.1 for index in others)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(built.model(SAMPLES.x, training=True) ** 2)
    kernels = [
        built.weighted[k].constants.values[str(built.weighted[k].settings["weights"])]
        for k in (first, *others)
    ]
    gradients = tape.gradient(loss, kernels)
    assert not np.any(gradients[0])
    assert all(np.any(gradient) for gradient in gradients[1:])


def test_freezing_reproduces_the_output_better_than_rounding_to_nearest() -> None:
    """Each layer is frozen alone, and the output error is measured on unseen samples."""
    unseen = np.random.default_rng(7).normal(0, 1, (256, 8, 8, 3)).astype(np.float32)
    settled = rounded = 0.0
    for index in freezing_order(unfrozen_model()[0]):
        errors = []
        for nearest in (False, True):
            built, _ = unfrozen_model()
            wanted = np.asarray(built.model(unseen, training=True))
            operator = built.weighted[index]
            if nearest:
                operator.unquantized.assign(False)
            else:
                freeze_layer(built, index, SAMPLES)
            errors.append(np.abs(np.asarray(built.model(unseen, training=True)) - wanted).mean())
        assert errors[0] < errors[1]
        settled, rounded = settled + errors[0], rounded + errors[1]
    assert settled < 0.7 * rounded


def test_when_all_layers_are_frozen_keras_computes_the_integer_model() -> None:
    from edgeq.qat.qat import trained_model
    from edgeq.simulate.simulate import simulate

    built, _ = unfrozen_model()
    for index in freezing_order(built):
        freeze_layer(built, index, SAMPLES)
    integers = simulate(trained_model(built.model), SAMPLES).outputs
    np.testing.assert_allclose(built.model.predict(SAMPLES.x, verbose=0), integers, atol=1e-6)
