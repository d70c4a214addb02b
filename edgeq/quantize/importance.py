"""Importance of each weight: the mean square of the activation that it is multiplied by."""

from __future__ import annotations

import numpy as np

from edgeq.data import Samples
from edgeq.graph import Model
from edgeq.ops import resolve
from edgeq.quantize.layerwise import MAX_SAMPLES
from edgeq.quantize.observe import activations
from edgeq.quantize.quadratic_error import POSITIONS, sampled_im2col
from edgeq.quantize.quantization_state import Floats, by_channel, layers
from edgeq.quantize.reconstruct import DAMPING


def importance(model: Model, samples: Samples) -> dict[int, Floats]:
    """Operator -> [channels, weights per channel]: the mean square input of each weight in the
    float model.

    This is the diagonal of the Hessian of the layer's output error (Choi, El-Khamy and Lee 2017).
    `DAMPING` times the mean is added, since inputs that are 0 on these samples need not be 0 on
    others; where all inputs are 0, all weights count alike.

    samples: up to `MAX_SAMPLES` evenly spaced ones are used.
    """
    graph, used = model.main, samples.subsample(MAX_SAMPLES)
    found = {
        layer.index: np.zeros_like(by_channel(graph.tensors[layer.weights].array, layer.axis))
        for layer in layers(graph)
    }
    for block in activations(model, used, sorted({layer.x for layer in layers(graph)})):
        for layer in layers(graph):
            x, total = block[layer.x], found[layer.index]
            taken = sampled_im2col(resolve(graph, layer.index), x, POSITIONS, total.shape[1])
            square = np.square(taken, dtype=np.float64).mean(axis=1)
            total += np.repeat(square, len(total) // len(square), axis=0) * len(x) / used.count
    return {index: total + (DAMPING * total.mean() or 1.0) for index, total in found.items()}
