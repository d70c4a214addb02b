"""Training of a quantization-aware model by knowledge distillation from its float model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
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
from edgeq.qat.freeze import freeze_layer, freezing_order, use_float_weights
from edgeq.qat.training_batches import Arrays, equal_batches, training_batches
from edgeq.quantize.progress import Progress

if TYPE_CHECKING:
    from edgeq.trainable.build import TrainableModel

Reals = npt.NDArray[np.float32]
EPOCHS, STEPS = 60, 2000


@dataclass(frozen=True)
class Training:
    """Settings of fine-tuning with Adam.

    epochs: passes over the samples, divided equally among the layers; None is 60, or more for at
        least 2000 steps.
    learning_rate: initial rate of each phase, decaying to 0 by half a cosine; None chooses by the
        width of the weights, see `rate`.
    mix: two of three samples are mixed by mixup or CutMix (see `training_batches`): the teacher
        labels them, so that few samples teach as much as many (Beyer et al. 2022).
    label_weight: share of the labels in the target, 0 to 1.
    seed: of all randomness.
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
            raise EdgeqError(
                f"learning rate {self.learning_rate:g}",
                "it must be above 0",
                "1e-4 to 1e-3 is usual",
            )
        if not 0 <= self.label_weight <= 1:
            raise EdgeqError(f"label weight {self.label_weight:g}", "it is a share", "give 0 to 1")
        if not 0 <= self.seed < 1 << 32:
            raise EdgeqError(f"seed {self.seed}", "it has 32 bits", f"give 0 to {(1 << 32) - 1}")

    def steps(self, samples: int) -> int:
        """Number of optimizer steps of the whole training. samples: training samples per epoch."""
        each = max(1, samples // self.batch_size)
        return max(EPOCHS * each, STEPS) if self.epochs is None else self.epochs * each

    def rate(self, bits: int) -> float:
        """The learning rate for weights of so many bits: 1/250 of the distance between two
        quantized values, but at least 5e-4.

        Weights are trained relative to the largest of their channel. Narrower weights leave more
        error to compensate and get a higher rate.
        """
        return (
            max(5e-4, 4e-3 / (2 ** (bits - 1) - 1))
            if self.learning_rate is None
            else self.learning_rate
        )


@dataclass(frozen=True)
class Teacher:
    """A float model to learn from. kept: tensor -> the channels of it that the student has, where it
    lacks some.
    """

    model: Model
    kept: Mapping[int, Sequence[int]] = field(default_factory=dict)


def train(
    built: TrainableModel,
    float_model: Model,
    samples: Samples,
    calibration: Samples,
    training: Training,
    progress: Progress | None = None,
    teacher: Teacher | None = None,
) -> tuple[float, ...]:
    """Trains a model of `build_trainable` layer by layer and returns the mean distillation loss of
    each phase.

    First all weights are trained as float, then those of all layers but one that has been rounded
    and frozen, and so on until all are frozen; biases and scales are trained throughout. Every
    tenth sample is held out for validation (of fewer than 100, all samples are used for both). If
    the validation loss of the integer model does not improve, the initial weights are restored.

    built: changed in place.
    float_model: what the model was built from, `TrainableModel.float_model`.
    samples: training samples.
    calibration: samples for rounding weights.
    teacher: the float model to learn from, where it has more channels than `float_model`.

    Raises EdgeqError if labels do not fit or training diverges.
    """
    from edgeq.trainable.distillation import distillation_model

    keras = imported("keras")
    taught = teacher or Teacher(float_model)
    graph = taught.model.main
    labels = _labels(graph.tensors[graph.outputs[0]].shape, samples, training.label_weight)
    arrays = [*samples.inputs, *([] if labels is None else [labels])]
    held_out = np.arange(samples.count) % 10 == 9
    trained, validation = (
        ([x[~held_out] for x in arrays], [x[held_out] for x in arrays])
        if samples.count >= 100
        else (arrays,) * 2
    )
    unfrozen = freezing_order(built)
    rate = training.rate(
        min((operator.settings["bits"] for operator in built.weighted.values()), default=8)
    )
    steps = max(1, training.steps(len(trained[0])) // (len(unfrozen) + 1))
    student = distillation_model(built, graph, samples.inputs, training.label_weight, taught.kept)
    schedule = keras.optimizers.schedules.CosineDecay(rate, steps)
    student.compile(keras.optimizers.Adam(schedule), lambda _, distance: keras.ops.mean(distance))
    # A step that makes variables is traced twice, which takes longer than hundreds of steps.
    student.optimizer.build(student.trainable_variables)
    before = _validation_loss(student, validation), student.get_weights()
    batches = training_batches(trained, training.batch_size, training.mix, training.seed)
    count_batch = _batch_counter(progress, steps * (len(unfrozen) + 1))
    use_float_weights(built, float_model)
    history = [_stage(student, islice(batches, steps), rate, count_batch)]
    for index in unfrozen:
        freeze_layer(built, index, calibration)
        history.append(_stage(student, islice(batches, steps), rate, count_batch))
    if _validation_loss(student, validation) >= before[0]:
        student.set_weights(before[1])
    return tuple(history)


def _stage(
    student: Any, batches: Iterable[Arrays], rate: float, count_batch: Callable[[], None]
) -> float:
    """Trains on some batches with a reset optimizer and returns the mean loss. Raises EdgeqError if
    it is not finite.
    """
    losses = []
    for variable in student.optimizer.variables:
        variable.assign(np.zeros(variable.shape, variable.dtype))
    for batch in batches:
        learn = partial(student.train_on_batch, list(batch), np.zeros(len(batch[0]), np.float32))
        losses.append(float(quietly("training", "try a smaller --batch-size", learn)))
        count_batch()
    after = np.asarray(student(list(batch), training=True))
    if not np.isfinite([*losses, *after]).all():
        raise EdgeqError("training", "its loss became infinite", f"lower --learning-rate {rate:g}")
    return float(np.mean(losses))


def _batch_counter(progress: Progress | None, batches: int) -> Callable[[], None]:
    """A function to call after each batch, which reports how many are done."""
    done = iter(range(1, batches + 1))
    return lambda: None if progress is None else progress("training", next(done), batches)


def _validation_loss(student: Any, arrays: Arrays) -> float:
    """The mean distillation loss in inference mode, that is, of the integer model."""
    size = equal_batches(len(arrays[0]))
    nothing = np.zeros(len(arrays[0]), np.float32)
    return float(student.evaluate(list(arrays), nothing, batch_size=size, verbose=0))


def _labels(shape: tuple[int, ...], samples: Samples, weight: float) -> Reals | None:
    """The labels in the shape of the first output, one-hot if they are classes; None if they have
    no weight.

    shape: of the output, with a batch axis of 1.
    """
    if not weight:
        return None
    y, outputs, classes = samples.y, shape[-1], max(shape[-1], 2)
    if y is not None and np.issubdtype(y.dtype, np.integer) and len(shape) == 2 and y.ndim == 1:
        check_classes(np.empty((len(y), outputs)), y, "labels of the data")
        y = np.eye(classes, dtype=np.float32)[y.astype(np.int64)] if outputs > 1 else y[:, None]
    if y is None or y.shape[1:] != shape[1:]:
        why = (
            "the data has no labels"
            if y is None
            else f"they are {list(y.shape)}, outputs {list(shape)}"
        )
        raise EdgeqError(
            f"label weight {weight:g}",
            why,
            "give labels of the model's output, or no --label-weight",
        )
    return np.asarray(y, np.float32)
