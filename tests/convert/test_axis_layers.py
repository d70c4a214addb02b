"""Layers that reduce, multiply and index along axes: what `convert` makes of them is exact."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ops.harness import agrees

from edgeq.convert.convert import convert
from edgeq.convert.options import ConvertOptions
from edgeq.data import Samples
from edgeq.graph import read_tflite
from edgeq.simulate.execute import random_inputs
from edgeq.simulate.simulate import simulate

pytestmark = pytest.mark.slow
Layers = Callable[[Any, Any], Any]  # keras, the input -> the output
STEPS = (6, 4)


def dense(k: Any, x: Any) -> Any:
    return k.layers.Dense(4)(x)


CASES: dict[str, tuple[str, Layers]] = {
    "largest": ("REDUCE_MAX", lambda k, x: k.layers.GlobalMaxPooling1D()(dense(k, x))),
    "least": ("REDUCE_MIN", lambda k, x: k.ops.min(dense(k, x), axis=1)),
    "sum": ("SUM", lambda k, x: k.ops.sum(dense(k, x), axis=1)),
    "dot": ("BATCH_MATMUL", lambda k, x: k.layers.Dot(2)([x, dense(k, x)])),
    "attention": ("BATCH_MATMUL", lambda k, x: k.layers.MultiHeadAttention(2, 4)(x, x)),
    "take": ("GATHER", lambda k, x: k.ops.take(dense(k, x), np.array([2, 0, 5], np.int32), axis=1)),
    "flip": ("REVERSE_V2", lambda k, x: k.ops.flip(dense(k, x), 1)),
}
"""An operator that is in the file, and the layers."""


@pytest.mark.parametrize("name", CASES)
def test_every_byte_is_that_of_tflm(name: str, keras: Any, tmp_path: Path) -> None:
    kind, layers = CASES[name]
    keras.utils.set_random_seed(1)
    inputs, path = keras.Input(STEPS), tmp_path / "out.tflite"
    x = np.random.default_rng(0).uniform(-1, 1, (8, *STEPS)).astype(np.float32)
    chosen = ConvertOptions(calibrator="min-max", rounding="nearest")
    convert(keras.Model(inputs, layers(keras, inputs)), Samples((x,)), path, options=chosen)
    model = read_tflite(path)
    assert kind in [op.kind for op in model.main.ops]
    found = simulate(model, inputs=random_inputs(model.main, 4), oracles=("tflite-runtime", "tflm"))
    assert agrees(found.oracles["tflm"])
    assert found.oracles["tflite-runtime"].explained
