"""Inputs of models, and what loading samples for them refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgeq.data import InputSpec, LoadOptions, load_samples
from edgeq.errors import EdgeqError

VECTOR = (InputSpec("features", (1, 4)),)
PICTURE = (InputSpec("image", (1, 2, 3, 1)),)
COLOUR = (InputSpec("image", (1, 2, 2, 3)),)
PAIR = (InputSpec("left", (1, 2)), InputSpec("right", (1, 3)))
X = np.arange(8, dtype=np.float32).reshape(2, 4)


def saved(path: Path, **arrays: object) -> str:
    np.savez(path, **arrays)
    return str(path)


def refusal(
    source: str, specs: tuple[InputSpec, ...] = VECTOR, options: LoadOptions | None = None
) -> str:
    with pytest.raises(EdgeqError) as error:
        load_samples(source, specs, options)
    message = str(error.value)
    assert "\n" not in message
    assert message.count(" — ") == 2
    return message
