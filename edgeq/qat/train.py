"""Training of a quantization-aware model by its float model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from edgeq.convert.backend import imported, quietly
from edgeq.data import Samples
from edgeq.errors import EdgeqError
from edgeq.graph import Model
from edgeq.quantize.progress import Progress

if TYPE_CHECKING:
    from edgeq.trainable.build import Built

Reals = npt.NDArray[np.float32]
EPOCHS, STEPS = 40, 1000
PLAIN = 0.5  # share of samples that are not mixed


@dataclass(frozen=True)
class Training:
    """How to fine-tune: Adam, whose learning rate falls to 0 by half a cosine.

    epochs: passes over the samples; None is 40, or as many as make 1000 steps. learning_rate: None is by the width of
    the weights, `rate`.
    mix: half of the samples are convex combinations of two, new ones in each epoch (mixup, Zhang et al. 2018, with
    shares drawn evenly from 0 to 1, as Beyer et al. 2022 distil): the float model knows what they mean, so that few
    samples teach as much as many. label_weight: share of the given labels in what is taught. seed: of all that is
    drawn at random.
    """

    epochs: int | None = None
    batch_size: int = 64
    learning_rate: float | None = None
    mix: bool = True
    label_weight: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise EdgeqError(f"{name} {value}", "it must be at least 1", "give more")
        if self.learning_rate is not None and not 0 < self.learning_rate < float("inf"):
            raise EdgeqError(f"learning rate {self.learning_rate:g}", "it must be above 0", "1e-4 to 1e-3 is usual")
        if not 0 <= self.label_weight <= 1:
            raise EdgeqError(f"label weight {self.label_weight:g}", "it is a share", "give 0 to 1")
        if not 0 <= self.seed < 1 << 32:
            raise EdgeqError(f"seed {self.seed}", "it has 32 bits", f"give 0 to {(1 << 32) - 1}")

    def passes(self, samples: int) -> int:
        """The number of epochs over so many samples."""
        batches = -(-samples // self.batch_size)
        return max(EPOCHS, -(-STEPS // batches)) if self.epochs is None else self.epochs

    def rate(self, bits: int) -> float:
        """The learning rate for weights of so many bits: 1/700 of the distance between two of their values.

        Weights are trained as shares of the largest: the distance is 1 / (2 ** (bits - 1) - 1). A larger rate moves
        weights to and fro between two values. From 5 bits on it is 1e-4, for biases and scales.
        """
        return max(1e-4, 1.4e-3 / (2 ** (bits - 1) - 1)) if self.learning_rate is None else self.learning_rate


def train(built: Built, float_model: Model, samples: Samples, training: Training, bits: int,
          progress: Progress | None = None) -> tuple[float, ...]:  # fmt: skip
    """Trains a model of `start`, and leaves it as it was nearest to the float model; gives each epoch's mean distance.

    Nearest on every tenth sample, on which it is not trained, as integers; on all of fewer than 100. That may be as it
    started. float_model: what `start` was given. bits: the width of the narrowest weights. Raises EdgeqError where
    labels do not fit, or training diverges.
    """
    from edgeq.trainable.distillation import distance_model

    keras = imported("keras")
    graph = float_model.main
    labels = _labels(graph.tensors[graph.outputs[0]].shape, samples, training.label_weight)
    arrays = [*samples.inputs, *([] if labels is None else [labels])]
    judging = np.arange(samples.count) % 10 == 9
    taught, judged = (
        ([x[~judging] for x in arrays], [x[judging] for x in arrays]) if samples.count >= 100 else (arrays,) * 2
    )
    count = len(taught[0])
    epochs = training.passes(count)
    steps = epochs * -(-count // training.batch_size)
    schedule = keras.optimizers.schedules.CosineDecay(training.rate(bits), steps)
    pupil = distance_model(built, graph, samples.inputs, training.label_weight)
    pupil.compile(keras.optimizers.Adam(schedule), lambda _, distance: keras.ops.mean(distance))
    reports = [] if progress is None else [_reporting(keras, progress, steps)]
    lessons, history = _lessons(taught, training), []
    best = _judged(pupil, judged), pupil.get_weights()
    for epoch in range(epochs):
        fit = partial(pupil.fit, _alone_or_all(next(lessons)), np.zeros(count, np.float32),
                      batch_size=training.batch_size, initial_epoch=epoch, epochs=epoch + 1, verbose=0,
                      callbacks=reports)  # fmt: skip
        history.append(float(quietly("training", "try a smaller --batch-size", fit).history["loss"][0]))
        if not np.isfinite(history[-1]):
            remedy = f"lower --learning-rate {training.rate(bits):g}"
            raise EdgeqError("training", "its loss became infinite", remedy)
        if (epochs - 1 - epoch) % max(1, epochs // EPOCHS) == 0:
            best = min(best, (_judged(pupil, judged), pupil.get_weights()), key=lambda found: found[0])
    pupil.set_weights(best[1])
    return tuple(history)


def _judged(pupil: Any, arrays: list[npt.NDArray[Any]]) -> float:
    """The mean distance of the integer model."""
    return float(pupil.evaluate(_alone_or_all(arrays), np.zeros(len(arrays[0]), np.float32), verbose=0))


def _alone_or_all(arrays: list[npt.NDArray[Any]]) -> Any:
    return arrays if len(arrays) > 1 else arrays[0]


def _lessons(arrays: Sequence[npt.NDArray[Any]], training: Training) -> Iterator[list[Any]]:
    """The arrays as each epoch shows them, without end: mixed, where that is wanted and all are real."""
    generator, count = np.random.default_rng(training.seed), len(arrays[0])
    mixed = training.mix and count > 1 and all(x.dtype == np.float32 for x in arrays)
    while True:
        share = np.where(generator.uniform(size=count) < PLAIN, 1.0, generator.uniform(size=count))
        other = generator.permutation(count)
        yield [_blended(x, share if mixed else None, other) for x in arrays]


def _blended(x: npt.NDArray[Any], share: npt.NDArray[np.float64] | None, other: npt.NDArray[np.int64]) -> Any:
    """share * x + (1 - share) * x[other], or x as it is."""
    if share is None:
        return x
    shares = share.astype(np.float32).reshape(-1, *[1] * (x.ndim - 1))
    return np.asarray(shares * x + (1 - shares) * x[other], np.float32)


def _reporting(keras: Any, progress: Progress, steps: int) -> Any:
    done = iter(range(1, steps + 1))
    return keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: progress("training", next(done), steps)
    )


def _labels(shape: tuple[int, ...], samples: Samples, weight: float) -> Reals | None:
    """The labels as the first output should be, one-hot where they are classes; None where they are not wanted.

    shape: the output's, of a batch of 1.
    """
    if not weight:
        return None
    y, outputs, classes = samples.y, shape[-1], max(shape[-1], 2)
    if y is not None and np.issubdtype(y.dtype, np.integer) and len(shape) == 2 and y.ndim == 1:
        if y.min() < 0 or y.max() >= classes:
            raise EdgeqError(
                "labels of the data", f"they reach from {y.min()} to {y.max()}", f"give 0 to {classes - 1}"
            )
        y = np.eye(classes, dtype=np.float32)[y.astype(np.int64)] if outputs > 1 else y[:, None]
    if y is None or y.shape[1:] != shape[1:]:
        why = "the data has no labels" if y is None else f"they are {list(y.shape)}, outputs {list(shape)}"
        raise EdgeqError(f"label weight {weight:g}", why, "give labels of the model's output, or no --label-weight")
    return np.asarray(y, np.float32)
