"""Training and conversion keep the same inputs float32."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgeq.convert.backend import imported
from edgeq.convert.convert import convert
from edgeq.data import Samples
from edgeq.graph import read_tflite
from edgeq.opkit.input_affine import find_input_affines
from edgeq.qat.quantize_aware import quantize_aware
from edgeq.simulate.execute import first_output

pytestmark = pytest.mark.slow  # TensorFlow converts the model
MEAN, DEVIATION = np.array([1013.0, 0.02, 22.0]), np.array([8.0, 0.004, 5.0])
X = (MEAN + DEVIATION * np.random.default_rng(0).normal(size=(200, 3))).astype(np.float32)


def model(normalized: bool) -> Any:
    """Three features into dense layers, behind Normalization or with batch norm folded into the
    first.
    """
    keras = imported("keras")
    keras.utils.set_random_seed(2)
    layers = keras.layers
    first = (
        layers.Normalization(mean=MEAN, variance=DEVIATION**2)
        if normalized
        else layers.BatchNormalization()
    )
    made = keras.Sequential(
        [
            keras.Input((3,)),
            first,
            layers.Dense(8, activation="relu", name="hidden"),
            layers.Dense(2),
        ]
    )
    if not normalized:
        first.set_weights([np.ones(3), np.zeros(3), MEAN, DEVIATION**2])
    return made


@pytest.mark.parametrize("normalized", [True, False])
@pytest.mark.parametrize("bits", [8, 16])
def test_the_integer_model_computes_what_was_trained(normalized: bool, bits: int) -> None:
    made = quantize_aware(
        model(normalized), activation_bits=bits, calibration=Samples((X,)), layers={"hidden": 6}
    )
    converted = convert(made)
    assert converted.scheme == {8: "int8", 16: "int16x8"}[bits]
    integer = read_tflite(converted.model).main
    (front,) = find_input_affines(integer)
    assert front.features.count == 3
    got = first_output(integer, Samples((X,)))
    steps = {8: 1e-4, 16: 2}[bits]  # Keras does not follow the 16-bit multipliers of int16 layers
    step = integer.tensors[integer.outputs[0]].scale
    np.testing.assert_allclose(got, made.predict(X, verbose=0), atol=steps * step)
    assert np.abs(got - model(normalized).predict(X, verbose=0)).mean() < 0.05


def test_a_frozen_layer_is_found_behind_its_new_input() -> None:
    frozen = model(normalized=False)
    frozen.get_layer("hidden").trainable = False
    made = quantize_aware(frozen, calibration=Samples((X,)))
    assert not made.get_layer("hidden").trainable
