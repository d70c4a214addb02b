"""Models of other precisions than float32 convert, and compute nearly what Keras computes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgeq.convert.keras_model import keras_callee
from edgeq.convert.source import float_tflite_of, source_of
from edgeq.data import Samples
from edgeq.graph import read_tflite
from edgeq.runtime import float_interpreter, run_samples

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("policy", "near"), [("mixed_float16", 0.01), ("mixed_bfloat16", 0.05), ("float64", 1e-5)]
)
def test_a_policy_becomes_float32(policy: str, near: float, keras: Any) -> None:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        keras.utils.set_random_seed(1)
        x = keras.Input((8, 8, 2))
        y = keras.layers.Conv2D(4, 3, activation="relu")(x)
        y = keras.layers.Dense(3)(keras.layers.Flatten()(keras.layers.LayerNormalization()(y)))
        model = keras.Model(x, y)
    finally:
        keras.config.set_dtype_policy(before)
    source = source_of(keras_callee(model))
    samples = Samples((np.random.default_rng(0).uniform(0, 1, (4, 8, 8, 2)).astype(np.float32),))
    content = float_tflite_of(source)
    want = np.asarray(model(samples.x, training=False), np.float64)
    (got,) = run_samples(float_interpreter(content), samples.inputs)
    assert {t.dtype for t in read_tflite(content).main.tensors} <= {"float32", "int32"}
    assert np.abs(got.reshape(want.shape) - want).max() < near * np.abs(want).max()
    np.testing.assert_allclose(got.reshape(want.shape), source(samples)[0], rtol=1e-4, atol=1e-4)
