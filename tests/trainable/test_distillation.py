"""The distillation loss compared with the formulas of the papers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from edgeq.convert.to_float import load_float
from edgeq.data import Samples
from edgeq.graph import Model, write_tflite
from edgeq.qat.initialize import QatOptions, build_trainable, prepare_float_model
from edgeq.runtime import reference_interpreter, run_samples

pytestmark = pytest.mark.slow  # TensorFlow converts each model
Reals = npt.NDArray[np.float64]


def started(model: Any, x: npt.NDArray[np.float32]) -> tuple[Any, Model]:
    """A student with 3-bit weights, and its teacher."""
    loaded = load_float(model)
    float_model = prepare_float_model(loaded.content, QatOptions())
    return build_trainable(
        loaded.keras, float_model, Samples((x,)), QatOptions(weight_bits=3)
    ), float_model


def float_tensors(model: Model, x: npt.NDArray[np.float32], tensors: list[int]) -> list[Reals]:
    found = run_samples(reference_interpreter(write_tflite(model)), [x], tensors)
    return [np.asarray(values, np.float64) for values in found]


def squared(wanted: Reals, found: npt.NDArray[Any]) -> Reals:
    """The mean squared difference of each sample, divided by the variance of the target."""
    difference = (found - wanted).reshape(len(wanted), -1)
    return np.asarray((difference**2).mean(axis=1) / wanted.var())


def softmax(x: Reals) -> Reals:
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


@pytest.mark.parametrize("activation", ["softmax", "sigmoid", "tanh"])
def test_the_distance_is_that_of_outputs_and_of_all_tensors_between(
    keras: Any, functional: Callable[..., Any], samples: Callable[..., Any], activation: str
) -> None:
    """Kullback-Leibler divergence (Hinton et al. 2015), binary cross-entropy or squares for
    outputs; Romero et al. 2015 for hidden tensors.
    """
    from edgeq.trainable.distillation import distillation_model

    def body(x: Any) -> Any:
        x = keras.layers.Conv2D(4, 3, activation="relu")(x)
        return keras.layers.Dense(3, activation=activation)(keras.layers.Flatten()(x))

    x = samples()
    built, float_model = started(functional(body), x)
    (output,) = float_model.main.outputs
    found = keras.Model(
        built.model.inputs, {str(t): y for t, y in built.quantized.items()}
    ).predict(x, verbose=0)
    wanted = dict(
        zip(built.quantized, float_tensors(float_model, x, list(built.quantized)), strict=True)
    )
    between = [t for t in built.quantized if t != output]
    logits = np.asarray(found[str(between[-1])], np.float64)
    p, q = wanted[output], found[str(output)]
    at_outputs = {
        "softmax": lambda: (p * (np.log(p) - np.log(softmax(logits)))).sum(axis=1),
        "sigmoid": lambda: (np.logaddexp(0, logits) - p * logits).mean(axis=1),
        "tanh": lambda: squared(p, q),
    }[activation]()
    on_the_way = np.mean([squared(wanted[t], found[str(t)]) for t in between], axis=0)
    distances = distillation_model(built, float_model.main, (x,)).predict(x, verbose=0)
    np.testing.assert_allclose(distances, at_outputs + on_the_way, rtol=1e-4, atol=1e-6)
    assert len(between) == 2
    assert distances.min() > 1e-4


def test_labels_are_mixed_into_what_is_wanted(
    keras: Any, functional: Callable[..., Any], samples: Callable[..., Any]
) -> None:
    from edgeq.trainable.distillation import distillation_model

    x, labels = samples((6,)), np.eye(3, dtype=np.float32)[np.arange(32) % 3]
    built, float_model = started(functional(lambda x: keras.layers.Dense(3)(x), (6,)), x)
    (wanted,) = float_tensors(float_model, x, list(float_model.main.outputs))
    found = built.model.predict(x, verbose=0)
    distances = distillation_model(built, float_model.main, (x,), 0.25).predict(
        [x, labels], verbose=0
    )
    expected = ((found - (0.75 * wanted + 0.25 * labels)) ** 2).mean(axis=1) / wanted.var()
    np.testing.assert_allclose(distances, expected, rtol=1e-4)
