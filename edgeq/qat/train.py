"""Training of a quantization-aware model by its float model."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from edgeq.convert.backend import imported, quietly
from edgeq.data import Samples
from edgeq.errors import EdgeqError
from edgeq.graph import Model
from edgeq.metrics import check_classes
from edgeq.qat.lessons import Arrays, lessons
from edgeq.qat.settle import loosen, order, settle
from edgeq.quantize.progress import Progress

if TYPE_CHECKING:
    from edgeq.trainable.build import Built

Reals = npt.NDArray[np.float32]
EPOCHS, STEPS = 60, 2000


@dataclass(frozen=True)
class Training:
    """How to fine-tune: by Adam, layer after layer.

    epochs: passes over the samples, shared evenly among the layers; None is 60, or as many as make 2000 steps.
    learning_rate: falls to 0 by half a cosine each time; None is by the width of the weights, `rate`.
    mix: two samples in three are made of two, anew each time (`lessons`): the float model knows what they mean, so that
    few samples teach as much as many (Beyer et al. 2022). label_weight: share of the given labels in what is taught.
    seed: of all that is drawn at random.
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

    def steps(self, samples: int) -> int:
        """The number of batches, of so many samples in each epoch."""
        each = max(1, samples // self.batch_size)
        return max(EPOCHS * each, STEPS) if self.epochs is None else self.epochs * each

    def rate(self, bits: int) -> float:
        """The learning rate for weights of so many bits: the fewer they are, the more is there to make up for.

        Weights are trained as shares of the largest. 1/250 of the distance between two values, but at least 5e-4.
        """
        return max(5e-4, 4e-3 / (2 ** (bits - 1) - 1)) if self.learning_rate is None else self.learning_rate


def train(built: Built, float_model: Model, samples: Samples, calibration: Samples, training: Training,
          progress: Progress | None = None) -> tuple[float, ...]:  # fmt: skip
    """Trains a model of `start`, which comes nearer to the float model or stays as it is; gives the mean distances.

    First all weights are trained as real numbers, then all but those of a layer that has been rounded, and so on to
    the last; biases and scales are trained throughout. The result counts on every tenth sample, on which it is not
    trained, as integers; on all of fewer than 100. float_model: what `start` was given. calibration: samples that
    weights are rounded by. Raises EdgeqError where labels do not fit, or training diverges.
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
    waiting = order(built)
    rate = training.rate(min((operator.settings["bits"] for operator in built.weighted.values()), default=8))
    steps = max(1, training.steps(len(taught[0])) // (len(waiting) + 1))
    pupil = distance_model(built, graph, samples.inputs, training.label_weight)
    schedule = keras.optimizers.schedules.CosineDecay(rate, steps)
    pupil.compile(keras.optimizers.Adam(schedule), lambda _, distance: keras.ops.mean(distance))
    before = _judged(pupil, judged), pupil.get_weights()
    shown = lessons(taught, training.batch_size, training.mix, training.seed)
    learned = _learned(progress, steps * (len(waiting) + 1))
    loosen(built, float_model)
    history = [_stage(pupil, islice(shown, steps), rate, learned)]
    for index in waiting:
        settle(built, index, calibration)
        history.append(_stage(pupil, islice(shown, steps), rate, learned))
    if _judged(pupil, judged) >= before[0]:
        pupil.set_weights(before[1])
    return tuple(history)


def _stage(pupil: Any, batches: Iterable[Arrays], rate: float, learned: Callable[[], None]) -> float:
    """Trains on some batches, as if for the first time, and gives the mean distance."""
    losses = []
    for variable in pupil.optimizer.variables:
        variable.assign(np.zeros(variable.shape, variable.dtype))
    for batch in batches:
        learn = partial(pupil.train_on_batch, list(batch), np.zeros(len(batch[0]), np.float32))
        losses.append(float(quietly("training", "try a smaller --batch-size", learn)))
        learned()
    after = np.asarray(pupil(list(batch), training=True))
    if not np.isfinite([*losses, *after]).all():
        raise EdgeqError("training", "its loss became infinite", f"lower --learning-rate {rate:g}")
    return float(np.mean(losses))


def _learned(progress: Progress | None, batches: int) -> Callable[[], None]:
    """What is called after each batch, and tells how many there have been."""
    done = iter(range(1, batches + 1))
    return lambda: None if progress is None else progress("training", next(done), batches)


def _judged(pupil: Any, arrays: Arrays) -> float:
    """The mean distance of the integer model."""
    return float(pupil.evaluate(list(arrays), np.zeros(len(arrays[0]), np.float32), verbose=0))


def _labels(shape: tuple[int, ...], samples: Samples, weight: float) -> Reals | None:
    """The labels as the first output should be, one-hot where they are classes; None where they are not wanted.

    shape: the output's, of a batch of 1.
    """
    if not weight:
        return None
    y, outputs, classes = samples.y, shape[-1], max(shape[-1], 2)
    if y is not None and np.issubdtype(y.dtype, np.integer) and len(shape) == 2 and y.ndim == 1:
        check_classes(np.empty((len(y), outputs)), y, "labels of the data")
        y = np.eye(classes, dtype=np.float32)[y.astype(np.int64)] if outputs > 1 else y[:, None]
    if y is None or y.shape[1:] != shape[1:]:
        why = "the data has no labels" if y is None else f"they are {list(y.shape)}, outputs {list(shape)}"
        raise EdgeqError(f"label weight {weight:g}", why, "give labels of the model's output, or no --label-weight")
    return np.asarray(y, np.float32)
