"""The command `qat`: fine-tunes a quantized model by knowledge distillation from its float model."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from edgeq import metrics
from edgeq.convert.backend import imported
from edgeq.convert.to_float import load_float
from edgeq.data import (
    LoadOptions,
    Samples,
    as_samples,
    check_labels,
    check_sources,
    input_specs,
    with_classes,
)
from edgeq.files import check_output, write_whole
from edgeq.graph import Model
from edgeq.html import result_html
from edgeq.prune import check_fraction
from edgeq.prune import prune as prune_channels
from edgeq.qat.front import FrontPoint, front_point
from edgeq.qat.initialize import (
    QatOptions,
    build_trainable,
    integer_model,
    prepare_float_model,
)
from edgeq.qat.train import Reals, Teacher, Training, train
from edgeq.qat.training_batches import equal_batches
from edgeq.quantize.assemble import assemble
from edgeq.quantize.progress import Progress
from edgeq.simulate.result import Reference, SimulateResult, compare_outputs
from edgeq.simulate.simulate import simulate

CALIBRATION = 512  # samples for the initial ranges


@dataclass(frozen=True)
class QatResult:
    """The result of `qat`, compared with the float model on samples of `evaluated_on`.

    output: path of the .keras file.
    agreement, mean_abs_error: of the trained integer model, by the bit-exact simulator.
    fake_quantized: of the trained Keras model.
    untrained: of the integer model before training.
    accuracy: metric, float and integer value; None if the data has no labels.
    evaluated: number of samples.
    loss: mean distillation loss of each training phase.
    seconds: of the whole command.
    warnings: about the labels.
    front: with `prune`, integer models of which nothing, half of it, and all of it was left out, and
        the last again after training.
    """

    output: str
    agreement: float
    mean_abs_error: float
    fake_quantized: Reference
    untrained: Reference
    accuracy: Mapping[str, Any] | None
    evaluated: int
    evaluated_on: str
    loss: tuple[float, ...]
    seconds: float
    warnings: tuple[str, ...] = ()
    front: tuple[FrontPoint, ...] = ()

    @property
    def gained(self) -> bool:
        """Whether training brought the integer model nearer to the float model, by either measure."""
        return (
            self.mean_abs_error < self.untrained.mean_abs_error
            or self.agreement > self.untrained.agreement
        )

    def to_json(self) -> dict[str, Any]:
        """The result as plain values, with the keys that CLI.md names for `qat` and more."""
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return plain | {
            "fake_quantized": self.fake_quantized.to_json(),
            "untrained": self.untrained.to_json(),
            "gained": self.gained,
            "front": [vars(point) for point in self.front],
        }

    _repr_html_ = result_html


def qat(
    model: Any,
    data: str | Path | Samples,
    output: str | Path,
    *,
    weight_bits: int = 8,
    activation_bits: int = 8,
    per_channel: bool = True,
    learned_steps: bool = True,
    layers: Mapping[str, int] | None = None,
    prune: float | None = None,
    training: Training | None = None,
    evaluation: str | Path | Samples | None = None,
    custom: Sequence[str] = (),
    reading: LoadOptions | None = None,
    progress: Progress | None = None,
) -> QatResult:
    """Fine-tunes a model for quantization and writes it as .keras, from which `convert` makes the
    integer model.

    The float model is the teacher: training minimizes the distance from its outputs, and labels are
    optional.

    model: a Keras model, or the path of anything that `convert` reads.
    data: training samples; a part of them calibrates the initial ranges.
    output: the .keras file, written whole or not at all.
    weight_bits, activation_bits, per_channel, learned_steps, layers, custom: as for
        `quantize_aware`.
    prune: share of the float model's multiply-accumulates to leave out with channels before
        training; None leaves out nothing.
    training: optimizer settings.
    evaluation: samples to measure on; the training samples if None.
    reading: how files of data are read.

    Raises EdgeqError for what cannot be read, trained or written.
    """
    chosen, path = training or Training(), Path(output)
    check_output(path, ".keras", (model, data, evaluation, *custom))
    if prune is not None:
        check_fraction(prune)
    calibrator = "mse" if learned_steps else "min-max"  # moving ranges track extremes
    choices = QatOptions(
        weight_bits, activation_bits, per_channel, learned_steps, calibrator, layers=layers or {}
    )
    check_sources((data, evaluation))
    started = time.perf_counter()
    loaded = load_float(model, custom)
    float_model = prepare_float_model(loaded.content, choices)
    specs = input_specs(float_model)
    numbered = with_classes(reading, float_model)
    samples = as_samples(data, specs, numbered)
    loaded.check(samples)
    tested = samples if evaluation is None else as_samples(evaluation, specs, numbered)
    imported("keras").utils.set_random_seed(chosen.seed)
    calibration = samples.subsample(CALIBRATION)
    shares = () if prune is None else (prune / 2, prune)
    smaller = [prune_channels(float_model, calibration, share) for share in shares]
    student = smaller[-1].model if smaller else float_model
    built = build_trainable(loaded.keras, student, calibration, choices, float_model)
    expected = _float_outputs(float_model, tested)
    warnings = list(check_labels(tested, expected.reshape(len(expected), -1)).notes)
    if chosen.label_weight and tested is not samples:
        warnings += _label_notes(float_model, samples.of_each_label(CALIBRATION))
    untrained = trained_model(built.model)
    before, front = simulate(untrained, tested), list[FrontPoint]()
    if prune is not None:
        for share, made in ((0.0, float_model), (prune / 2, smaller[0].model)):
            integers = integer_model(loaded.keras, made, calibration, choices, float_model)
            result = simulate(integers, tested)
            front.append(front_point(share, False, integers, result, expected))
        front.append(front_point(prune, False, untrained, before, expected))
    teacher = Teacher(float_model, smaller[-1].kept) if smaller else None
    losses = train(built, built.float_model, samples, calibration, chosen, progress, teacher)
    integers = trained_model(built.model)
    after = simulate(integers, tested)
    if prune is not None:
        front.append(front_point(prune, True, integers, after, expected))
    _write(built.model, path)
    trained = compare_outputs(after.outputs, expected)
    return QatResult(
        str(path),
        trained.agreement,
        trained.mean_abs_error,
        compare_outputs(_keras_outputs(built.model, tested), expected),
        compare_outputs(before.outputs, expected),
        _accuracy(after, expected, tested),
        tested.count,
        tested.origin,
        losses,
        time.perf_counter() - started,
        tuple(dict.fromkeys(warnings)),
        tuple(front),
    )


def _label_notes(model: Model, samples: Samples) -> tuple[str, ...]:
    return check_labels(samples, _float_outputs(model, samples)).notes


def _float_outputs(model: Model, samples: Samples) -> Reals:
    from edgeq.trainable.distillation import float_outputs

    return float_outputs(model.main, samples.inputs)[0]


def _keras_outputs(made: Any, samples: Samples) -> Reals:
    """The first output of a quantization-aware model, which is called by itself: `predict` would
    trace it first, which takes longer than these samples.
    """
    size, found = equal_batches(samples.count), list[Reals]()
    for start in range(0, samples.count, size):
        x = [x[start : start + size] for x in samples.inputs]
        y = made(x if len(x) > 1 else x[0], training=False)
        found.append(np.asarray(y[0] if isinstance(y, list) else y))
    return np.concatenate(found)


def trained_model(made: Any) -> Model:
    """The integer model of a quantization-aware model."""
    from edgeq.trainable.restore import restore

    return assemble(restore(made))


def _accuracy(
    result: SimulateResult, expected: Reals, samples: Samples
) -> Mapping[str, Any] | None:
    """The metric that suits the data, of the float and of the integer model."""
    if result.accuracy is None:
        return None
    name = str(result.accuracy["metric"])
    real = metrics.score(
        name, samples.x, expected.reshape(len(expected), -1), samples.y, samples.group
    )
    return {"metric": name, "float": real, "integer": result.accuracy["value"]}


def _write(made: Any, path: Path) -> None:
    """Writes the Keras file without optimizer state and losses."""
    with TemporaryDirectory() as folder:
        temporary = Path(folder) / "model.keras"
        made.save(temporary)
        write_whole(path, temporary.read_bytes())
