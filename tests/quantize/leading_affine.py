"""Float models that begin with affine operators, and samples for them, for tests."""

from __future__ import annotations

import numpy as np
from quantize.models import FloatModel

from edgeq.graph import Model
from edgeq.opkit.node import Values

MEAN, DEVIATION = np.array([1013.0, 0.02, -40.0]), np.array([8.0, 0.004, 3.0])
RANDOM = np.random.default_rng(3)


def raw(*shape: int) -> Values:
    """Samples of features that differ by a factor of 10**5."""
    return (MEAN + DEVIATION * RANDOM.normal(size=(40, *shape))).astype(np.float32)


def chain(*steps: tuple[str, Values | float], shape: tuple[int, ...] = (1, 3)) -> Model:
    """Operators with a constant on the right (`-SUB`: on the left), then a dense layer."""
    m = FloatModel()
    x = m.input(*shape)
    for kind, values in steps:
        c = m.constant(np.asarray(values))
        x = m.binary(kind.strip("-"), *((c, x) if kind.startswith("-") else (x, c)))
    flat = m.op(
        "RESHAPE",
        (x,),
        (1, int(np.prod(shape))),
        "ReshapeOptions",
        new_shape=(1, int(np.prod(shape))),
    )
    return m.model(m.dense(flat, 4))
