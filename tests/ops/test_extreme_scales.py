"""Scales from the least to the greatest float32: each layer computes or is refused, without a warning
of NumPy.
"""

import contextlib
import warnings
from dataclasses import replace

import numpy as np
import pytest
from differential.seeds import find_seeds

from edgeq.errors import EdgeqError
from edgeq.graph import Model, Quantization, Tensor
from edgeq.ops import bind
from edgeq.plan import lower
from edgeq.simulate.execute import execute, random_inputs

SCALES = (1.2e-38, 1e-30, 1e-20, 1e-8, 1e-3, 0.05, 1.0, 2.0, 100.0, 1e8, 1e12, 1e20, 1e30, 3e38)


def rescaled(model: Model, rng: np.random.Generator) -> Model:
    """The model with other scales of about half of its quantized tensors."""

    def other(tensor: Tensor) -> Tensor:
        by = tensor.quantization
        if by is None or rng.random() < 0.4:
            return tensor
        scale = tuple(float(s) for s in np.float32(rng.choice(SCALES, len(by.scale))))
        return replace(tensor, quantization=Quantization(scale, by.zero_point, by.axis))

    graph = replace(model.main, tensors=tuple(map(other, model.main.tensors)))
    return replace(model, graphs=(graph, *model.graphs[1:]))


@pytest.mark.slow
def test_every_operator_takes_or_refuses_any_scales() -> None:
    rng, computed = np.random.default_rng(0), 0
    for models in find_seeds().values():
        for _ in range(12):
            model = rescaled(models[rng.integers(len(models))], rng)
            with warnings.catch_warnings(), contextlib.suppress(EdgeqError):
                warnings.simplefilter("error")
                bind(model.main)
                execute(model.main, random_inputs(model.main, 2))
                lower(model.main)
                computed += 1
    assert computed > 500
