"""What a quantized model is taught by its float model, without labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from edgeq.graph import Graph
from edgeq.trainable.check import Arrays, batch_outputs

BATCH = 256
Reals = npt.NDArray[np.float32]
Loss = Callable[[Any, Any], Any]


def float_outputs(graph: Graph, inputs: Arrays) -> list[Reals]:
    """The outputs [n, ...] of the float model."""
    starts = range(0, len(inputs[0]), BATCH)
    parts = [[np.asarray(y) for y in batch_outputs(graph, [x[n : n + BATCH] for x in inputs])] for n in starts]
    return [np.concatenate(part) for part in zip(*parts, strict=True)]


def losses(graph: Graph, targets: Sequence[Reals]) -> list[Loss]:
    """For each output how far it is from its target, 0 where it is equal on average.

    Probabilities of classes: the Kullback-Leibler divergence (Hinton et al. 2015, at temperature 1), taken from the
    logits; of yes or no: binary cross-entropy; other numbers: the square of the difference in standard deviations.
    """
    producers = {t: op.kind for op in graph.ops for t in op.outputs}
    return [LOSSES.get(producers.get(t, ""), _square)(y) for t, y in zip(graph.outputs, targets, strict=True)]


def _divergence(targets: Reals) -> Loss:
    entropy = float(-np.mean(np.sum(targets * np.log(np.maximum(targets, 1e-30)), axis=-1)))
    return lambda y, p: keras.losses.categorical_crossentropy(y, p) - entropy


def _binary(targets: Reals) -> Loss:
    return lambda y, p: keras.losses.binary_crossentropy(y, p)


def _square(targets: Reals) -> Loss:
    variance = max(float(np.var(targets)), 1e-12)
    return lambda y, p: keras.ops.mean(keras.ops.square(y - p), axis=-1) / variance


LOSSES: dict[str, Callable[[Reals], Loss]] = {"SOFTMAX": _divergence, "LOGISTIC": _binary}
"""By the operator that makes the output."""
