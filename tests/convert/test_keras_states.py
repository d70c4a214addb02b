"""Keras layers that keep a state, alone and beside each other, and layers of one's own with weights
that they assign.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from convert.streams import FEATURES, sequence

from edgeq.convert.to_float import load_float
from edgeq.data import Samples
from edgeq.errors import UnsupportedError
from edgeq.graph import read_tflite
from edgeq.runtime import float_interpreter, run_samples

pytestmark = pytest.mark.slow
TAPS = 3


def delay(keras: Any) -> Any:
    """A layer that gives the last TAPS inputs, which it keeps."""

    class Delay(keras.layers.Layer):  # type: ignore[misc]
        def build(self, _: Any) -> None:
            shape = (1, TAPS, FEATURES)
            self.line = self.add_weight(shape=shape, initializer="ones", trainable=False)

        def call(self, x: Any) -> Any:
            line = keras.ops.concatenate([self.line[:, 1:], x], 1)
            self.line.assign(line)
            return line

    return Delay()


def ring(keras: Any) -> Any:
    """A layer that gives the TAPS latest inputs in the order of their places, of which an int32 weight is
    the next.
    """

    class Ring(keras.layers.Layer):  # type: ignore[misc]
        def build(self, _: Any) -> None:
            shape = (1, TAPS, FEATURES)
            self.line = self.add_weight(shape=shape, initializer="zeros", trainable=False)
            self.place = self.add_weight(
                shape=(1,), dtype="int32", initializer="zeros", trainable=False
            )

        def call(self, x: Any) -> Any:
            ops = keras.ops
            here = ops.equal(ops.arange(TAPS, dtype="int32"), self.place)[None, :, None]
            line = ops.where(here, x, self.line)
            self.line.assign(line)
            self.place.assign((self.place + 1) % TAPS)
            return line

    return Ring()


def gate(keras: Any) -> Any:
    """A layer that gives 0 in place of what was not above 0.2 twice in a row, and at the first 4 steps."""

    class Gate(keras.layers.Layer):  # type: ignore[misc]
        def build(self, shape: Any) -> None:
            kept = {"initializer": "zeros", "trainable": False}
            self.before = self.add_weight(shape=shape, dtype="bool", **kept)
            self.steps = self.add_weight(shape=(), dtype="int32", **kept)

        def call(self, x: Any) -> Any:
            ops, above = keras.ops, x > 0.2
            both = ops.logical_and(above, self.before)
            self.before.assign(above)
            self.steps.assign(ops.minimum(self.steps + 1, 5))
            warm = ops.cast(self.steps >= 5, x.dtype)
            return ops.where(both, x, 0.0) * warm

    return Gate()


def counter(keras: Any, dtype: str, mask: int = 0) -> Any:
    """A layer that multiplies by the number of steps plus 250, of 8 bits: up to 255, then from 0; of others plus 2."""

    class Counter(keras.layers.Layer):  # type: ignore[misc]
        def build(self, _: Any) -> None:
            start = keras.initializers.Constant(250 if dtype == "uint8" else 2)
            self.steps = self.add_weight(
                shape=(1,), dtype=dtype, initializer=start, trainable=False
            )

        def call(self, x: Any) -> Any:
            self.steps.assign(self.steps + keras.ops.cast(1, dtype))
            steps = keras.ops.bitwise_and(self.steps, mask) if mask else self.steps
            return x * keras.ops.cast(steps, x.dtype)

    return Counter()


LAYERS: dict[str, tuple[int, Callable[[Any], list[Any]]]] = {
    "of one's own": (1, lambda k: [delay(k)]),
    "ring buffer": (2, lambda k: [ring(k), k.layers.Flatten()]),
    "flags and steps": (2, lambda k: [gate(k)]),
    "a counter of 8 bits": (1, lambda k: [counter(k, "uint8")]),
    "beside an LSTM": (1, lambda k: [delay(k), k.layers.LSTM(5)]),
    "beside a stateful LSTM": (3, lambda k: [delay(k), k.layers.LSTM(5, stateful=True)]),
    "beside a GRU": (2, lambda k: [delay(k), k.layers.GRU(5, stateful=True)]),
    "GRU and LSTM": (
        3,
        lambda k: [
            k.layers.GRU(5, stateful=True, return_sequences=True),
            k.layers.LSTM(6, stateful=True),
        ],
    ),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layers_keep_their_states(name: str, keras: Any) -> None:
    keras.utils.set_random_seed(3)
    states, layers = LAYERS[name]
    given = keras.Input((1, FEATURES), batch_size=1)
    model = keras.Sequential([given, *layers(keras), keras.layers.Dense(3)])
    loaded, samples = load_float(model), Samples((sequence(20),))
    assert loaded.source is not None
    assert len(read_tflite(loaded.content).main.states) == states
    first, again = (loaded.source(samples)[0] for _ in range(2))
    np.testing.assert_array_equal(again, first)
    exact = np.concatenate([np.asarray(model(step[None])) for step in samples.x])
    np.testing.assert_allclose(first.reshape(exact.shape), exact, atol=1e-6)
    (got,) = run_samples(float_interpreter(loaded.content), samples.inputs)
    np.testing.assert_allclose(got.reshape(exact.shape), exact, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (("int16",), "is int16 — TFLite keeps none of that type .* one of float32, int32"),
        (
            ("int32", 3),
            "TFLite has no form of BitwiseAnd .*compute bits in your program",
        ),
    ],
    ids=["a type", "an operator"],
)
def test_what_tflite_lacks_is_refused_by_name(layer: Any, message: str, keras: Any) -> None:
    given = keras.Input((1, FEATURES), batch_size=1)
    model = keras.Sequential([given, counter(keras, *layer), keras.layers.Dense(3)])
    with pytest.raises(UnsupportedError, match=message):
        load_float(model)
