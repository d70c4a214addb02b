"""How much each weight matters: the mean square of what it is multiplied by."""

from __future__ import annotations

import numpy as np

from edgeq.data import Samples
from edgeq.graph import Model
from edgeq.ops import resolve
from edgeq.quantize.follow import SAMPLES
from edgeq.quantize.moments import POSITIONS, sampled_columns
from edgeq.quantize.observe import activations
from edgeq.quantize.reconstruct import DAMPING
from edgeq.quantize.state import Floats, by_channel, layers


def importance(model: Model, samples: Samples) -> dict[int, Floats]:
    """Operator -> [channels, weights of a channel], in the float network, for each layer with constant weights.

    The layer's output error is a quadratic form in its weights; this is the form's diagonal, by which Choi, El-Khamy
    and Lee 2017 weigh them. `DAMPING` of the mean is added, as inputs that are 0 on these samples need not stay so;
    where all are, weights count alike.
    samples: up to `SAMPLES` of them are used, evenly over the set.
    """
    graph, used = model.main, samples.spread(SAMPLES)
    found = {layer.index: np.zeros_like(by_channel(graph.tensors[layer.weights].array, layer.axis))
             for layer in layers(graph)}  # fmt: skip
    for block in activations(model, used, sorted({layer.x for layer in layers(graph)})):
        for layer in layers(graph):
            x, total = block[layer.x], found[layer.index]
            taken = sampled_columns(resolve(graph, layer.index), x, POSITIONS, total.shape[1])
            square = np.square(taken, dtype=np.float64).mean(axis=1)
            total += np.repeat(square, len(total) // len(square), axis=0) * len(x) / used.count
    return {index: total + (DAMPING * total.mean() or 1.0) for index, total in found.items()}
