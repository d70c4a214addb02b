"""What a quantized model is taught by its float model: outputs, and every tensor on the way to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from edgeq.graph import Graph
from edgeq.trainable.build import Built
from edgeq.trainable.check import Arrays, batch_outputs
from edgeq.trainable.known import LOGITS

BATCH = 256
PROBED = 256  # samples that tell how far a tensor's values spread
Reals = npt.NDArray[np.float32]


def float_outputs(graph: Graph, inputs: Arrays) -> list[Reals]:
    """The outputs [n, ...] of the float model."""
    starts = range(0, len(inputs[0]), BATCH)
    parts = [[np.asarray(y) for y in batch_outputs(graph, [x[n : n + BATCH] for x in inputs])] for n in starts]
    return [np.concatenate(part) for part in zip(*parts, strict=True)]


def distance_model(built: Built, graph: Graph, samples: Arrays, label_weight: float = 0.0) -> Any:
    """A Keras model of the inputs, and of labels if they have a weight, whose output [n] is what training lowers.

    built: of a float model with the tensors of `graph`; both share their weights with the result. The
    distance is that of the outputs plus the mean, over the tensors in between, of the squared difference in variances
    (FitNets, Romero et al. 2015). Of probabilities of classes it is the Kullback-Leibler divergence (Hinton et al.
    2015, temperature 1), of yes or no the binary cross-entropy, both from the logits; of other outputs the squared
    difference. Labels [n, ...] are mixed into the float model's first output by their weight.
    """
    made = built.model
    between = {t: value for t, value in built.quantized.items() if t not in graph.outputs}
    whole = replace(graph, outputs=(*graph.outputs, *between))
    spreads = [max(float(np.var(y)), 1e-12) for y in float_outputs(whole, [x[:PROBED] for x in samples])]
    layer = Distance(whole, len(graph.outputs), spreads, label_weight, name="distance", dtype="float32")
    labels = [keras.Input(made.outputs[0].shape[1:], name="labels")] if label_weight else []
    given = [*made.inputs, *labels]
    return keras.Model(given, layer([*made.inputs, *made.outputs, *between.values(), *labels]))


class Distance(keras.layers.Layer):  # type: ignore[misc]
    """`distance_model`'s formula over [inputs, outputs, tensors between, labels]."""

    def __init__(
        self, graph: Graph, outputs: int, spreads: Sequence[float], label_weight: float, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.supports_jit = False
        self.count, self.spreads, self.label_weight = outputs, list(spreads), label_weight
        self.teach = partial(batch_outputs, graph)
        self.fed = len(graph.inputs)
        kinds = {t: op.kind for op in graph.ops for t in op.outputs}
        self.kinds = [kinds.get(t, "") for t in graph.outputs[:outputs]]

    def call(self, values: Sequence[Any]) -> Any:
        """The distance [n] of a batch."""
        wanted = [tf.stop_gradient(y) for y in self.teach(values[: self.fed])]
        found = values[self.fed : self.fed + len(wanted)]
        if self.label_weight:
            wanted[0] += self.label_weight * (values[-1] - wanted[0])
        parts = list(zip(wanted, found, self.spreads, strict=True))
        outputs = [
            DISTANCES.get(kind, _square)(*part) for kind, part in zip(self.kinds, parts[: self.count], strict=True)
        ]
        between = [_square(*part) for part in parts[self.count :]]
        return tf.add_n(outputs) + (tf.add_n(between) / len(between) if between else 0.0)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """One number for each sample."""
        return (input_shape[0][0],)


def _square(wanted: Any, found: Any, spread: float) -> Any:
    return _mean(tf.square(found - wanted)) / spread


def _divergence(wanted: Any, found: Any, spread: float) -> Any:
    logits = getattr(found, LOGITS, None)
    likely = tf.math.log(tf.maximum(found, 1e-7)) if logits is None else tf.nn.log_softmax(logits)
    return _mean(tf.reduce_sum(wanted * (tf.math.log(tf.maximum(wanted, 1e-9)) - likely), axis=-1))


def _binary(wanted: Any, found: Any, spread: float) -> Any:
    logits = getattr(found, LOGITS, None)
    if logits is None:
        p = tf.clip_by_value(found, 1e-7, 1 - 1e-7)
        logits = tf.math.log(p / (1 - p))
    return _mean(tf.nn.sigmoid_cross_entropy_with_logits(wanted, logits))


def _mean(x: Any) -> Any:
    """Over all but the samples."""
    return tf.reduce_mean(tf.reshape(x, [tf.shape(x)[0], -1]), axis=1)


DISTANCES: dict[str, Callable[[Any, Any, float], Any]] = {"SOFTMAX": _divergence, "LOGISTIC": _binary}
"""By the operator that makes the output."""
