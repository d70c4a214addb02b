"""Samples for models with any inputs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from edgeq.data import Samples, input_specs
from edgeq.graph import read_tflite


@pytest.fixture
def samples_of() -> Callable[[Path, int], Samples]:
    """Seeded values from 0 to 255 for every input of a model."""

    def make(model: Path, count: int) -> Samples:
        from edgeq.convert.to_float import load_float

        rng = np.random.default_rng(0)
        specs = input_specs(read_tflite(load_float(model).content))
        return Samples(
            tuple(rng.uniform(0, 255, (count, *s.sample_shape)).astype(s.dtype) for s in specs)
        )

    return make
