"""Small Keras models and TensorFlow itself, imported once and quietly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgeq.convert.backend import imported
from edgeq.data import InputSpec, Samples, input_specs
from edgeq.graph import read_tflite


@pytest.fixture(scope="session")
def keras() -> Any:
    return imported("keras")


@pytest.fixture
def tiny(keras: Any, tmp_path: Path) -> Callable[..., Path]:
    """Saves a model of 4 features through one layer (or callable), as `name`."""

    def build(
        layer: Callable[[Any], Any], name: str = "tiny.keras", shape: tuple[int, ...] = (4,)
    ) -> Path:
        keras.utils.set_random_seed(1)
        inputs = keras.Input(shape, name="features")
        path = tmp_path / name
        keras.Model(inputs, layer(inputs)).save(path)
        return path

    return build


@pytest.fixture
def random_samples() -> Callable[..., Samples]:
    """Seeded values from -2 to 2 for every input of a .tflite."""

    def make(model: bytes, count: int = 12) -> Samples:
        specs: tuple[InputSpec, ...] = input_specs(read_tflite(model))
        rng = np.random.default_rng(0)
        return Samples(
            tuple(rng.uniform(-2, 2, (count, *s.sample_shape)).astype(s.dtype) for s in specs)
        )

    return make
