"""Knowledge distillation: the loss between a quantized student and its float teacher, over outputs
and hidden tensors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from edgeq.graph import Graph
from edgeq.trainable.build import TrainableModel
from edgeq.trainable.grid_info import LOGITS
from edgeq.trainable.parity import Arrays, batch_outputs

BATCH = 256
PROBED = 256  # samples that tell the variance of each tensor
EVERY: Mapping[int, Sequence[int]] = {}
Reals = npt.NDArray[np.float32]


def float_outputs(graph: Graph, inputs: Arrays) -> list[Reals]:
    """The outputs [n, ...] of the float model."""
    starts = range(0, len(inputs[0]), BATCH)
    parts = [
        [np.asarray(y) for y in batch_outputs(graph, [x[n : n + BATCH] for x in inputs])]
        for n in starts
    ]
    return [np.concatenate(part) for part in zip(*parts, strict=True)]


def distillation_model(
    built: TrainableModel,
    graph: Graph,
    samples: Arrays,
    label_weight: float = 0.0,
    kept: Mapping[int, Sequence[int]] = EVERY,
) -> Any:
    """A Keras model whose output [n] is the distillation loss of a batch; its inputs are the
    student's inputs, and labels if they have a weight.

    The loss is that of the outputs plus the mean over hidden tensors of the squared difference
    divided by the teacher's variance (FitNets, Romero et al. 2015). For softmax outputs it is the
    Kullback-Leibler divergence (Hinton et al. 2015, temperature 1), for sigmoid outputs the binary
    cross-entropy, both from logits; for others the squared difference over the variance.

    built: the student, whose weights the result shares.
    graph: of the teacher, with the same tensor indices; hidden tensors that it lacks are not taught.
    samples: for the variances.
    label_weight: share of the labels [n, ...] in the target of the first output.
    kept: tensor -> the teacher's channels that the student has, where it lacks some.
    """
    made = built.model
    hidden = {t for op in graph.ops for t in op.outputs} - {*graph.outputs}
    between = {t: value for t, value in built.quantized.items() if t in hidden}
    whole = replace(graph, outputs=(*graph.outputs, *between))
    places = [None if t not in kept else list(kept[t]) for t in whole.outputs]
    probed = float_outputs(whole, [x[:PROBED] for x in samples])
    variances = [
        max(float(np.var(y if part is None else y[..., part])), 1e-12)
        for y, part in zip(probed, places, strict=True)
    ]
    layer = DistillationLoss(
        whole, len(graph.outputs), variances, label_weight, places, name="distance", dtype="float32"
    )
    labels = [keras.Input(made.outputs[0].shape[1:], name="labels")] if label_weight else []
    given = [*made.inputs, *labels]
    return keras.Model(given, layer([*made.inputs, *made.outputs, *between.values(), *labels]))


class DistillationLoss(keras.layers.Layer):  # type: ignore[misc]
    """The loss of `distillation_model`, as a layer with inputs [student's inputs, outputs, hidden
    tensors, labels].
    """

    def __init__(
        self,
        graph: Graph,
        outputs: int,
        variances: Sequence[float],
        label_weight: float,
        places: Sequence[list[int] | None],
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.supports_jit = False
        self.count, self.variances, self.label_weight = outputs, list(variances), label_weight
        self.teach = partial(batch_outputs, graph)
        self.fed, self.places = len(graph.inputs), list(places)
        kinds = {t: op.kind for op in graph.ops for t in op.outputs}
        self.kinds = [kinds.get(t, "") for t in graph.outputs[:outputs]]

    def call(self, values: Sequence[Any]) -> Any:
        """The loss [n] of a batch."""
        taught = zip(self.teach(values[: self.fed]), self.places, strict=True)
        wanted = [
            tf.stop_gradient(y if part is None else tf.gather(y, part, axis=-1))
            for y, part in taught
        ]
        found = values[self.fed : self.fed + len(wanted)]
        if self.label_weight:
            wanted[0] += self.label_weight * (values[-1] - wanted[0])
        parts = list(zip(wanted, found, self.variances, strict=True))
        outputs = [
            DISTANCES.get(kind, _square)(*part)
            for kind, part in zip(self.kinds, parts[: self.count], strict=True)
        ]
        between = [_square(*part) for part in parts[self.count :]]
        return tf.add_n(outputs) + (tf.add_n(between) / len(between) if between else 0.0)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """One number per sample."""
        return (input_shape[0][0],)


def _square(wanted: Any, found: Any, variance: float) -> Any:
    return _mean(tf.square(found - wanted)) / variance


def _divergence(wanted: Any, found: Any, variance: float) -> Any:
    logits = getattr(found, LOGITS, None)
    likely = tf.math.log(tf.maximum(found, 1e-7)) if logits is None else tf.nn.log_softmax(logits)
    return _mean(tf.reduce_sum(wanted * (tf.math.log(tf.maximum(wanted, 1e-9)) - likely), axis=-1))


def _binary(wanted: Any, found: Any, variance: float) -> Any:
    logits = getattr(found, LOGITS, None)
    if logits is None:
        p = tf.clip_by_value(found, 1e-7, 1 - 1e-7)
        logits = tf.math.log(p / (1 - p))
    return _mean(tf.nn.sigmoid_cross_entropy_with_logits(wanted, logits))


def _mean(x: Any) -> Any:
    """The mean of each sample, [batch]: over all axes of x but the first."""
    return tf.reduce_mean(tf.reshape(x, [tf.shape(x)[0], -1]), axis=1)


DISTANCES: dict[str, Callable[[Any, Any, float], Any]] = {
    "SOFTMAX": _divergence,
    "LOGISTIC": _binary,
}
"""Operator of an output -> its loss."""
