"""The command `qat`: fine-tunes a model for its integers, taught by the float model itself."""

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
from edgeq.data import LoadOptions, Samples, as_samples, check_labels, input_specs, with_classes
from edgeq.files import check_output, write_whole
from edgeq.graph import Model
from edgeq.qat.start import Choices, prepared, start
from edgeq.qat.train import Reals, Training, train
from edgeq.quantize.assemble import assemble
from edgeq.quantize.progress import Progress
from edgeq.simulate.simulate import Reference, SimulateResult, compare_outputs, simulate

CALIBRATION = 512  # samples that ranges start from


@dataclass(frozen=True)
class QatResult:
    """What `qat` made, measured against the float model on `evaluated` samples of the data `evaluated_on`.

    agreement, mean_abs_error: of the exported integer model, by the bit-exact simulator. fake_quantized: of the Keras
    model. untrained: of the integer model before training. accuracy: metric, float and integer value, where the data
    has labels. warnings: what a person should know of the labels.
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

    @property
    def gained(self) -> bool:
        """Whether the integer model is nearer to the float model than before training, by either measure."""
        return self.mean_abs_error < self.untrained.mean_abs_error or self.agreement > self.untrained.agreement

    def to_json(self) -> dict[str, Any]:
        """The keys of CLI.md's `qat`, and more."""
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return plain | {"fake_quantized": self.fake_quantized.to_json(), "untrained": self.untrained.to_json(),
                        "gained": self.gained}  # fmt: skip


def qat(
    model: Any,
    data: str | Samples,
    output: str | Path,
    *,
    weight_bits: int = 8,
    activation_bits: int = 8,
    per_channel: bool = True,
    learned_steps: bool = True,
    layers: Mapping[str, int] | None = None,
    training: Training | None = None,
    evaluation: str | Samples | None = None,
    custom: Sequence[str] = (),
    options: LoadOptions | None = None,
    progress: Progress | None = None,
) -> QatResult:
    """Fine-tunes a model for integers and writes it as .keras, from which `convert` makes the integer model.

    data: training samples; labels are not needed. What is taught are the float model's outputs. The other arguments
    are those of `quantize_aware`; ranges start from part of the training data. evaluation: data to measure on, the
    training data if None. output: the .keras file, written whole or not at all. Raises EdgeqError, in one line, for
    what cannot be read, trained or written.
    """
    chosen, path = training or Training(), Path(output)
    check_output(path, ".keras", (model, data, evaluation, *custom))
    calibrator = "mse" if learned_steps else "min-max"  # moving ranges are those of extremes
    choices = Choices(weight_bits, activation_bits, per_channel, learned_steps, calibrator, layers=layers or {})
    started = time.perf_counter()
    loaded = load_float(model, custom)
    float_model = prepared(loaded.content, choices)
    specs = input_specs(float_model)
    reading = with_classes(options, float_model)
    samples = as_samples(data, specs, reading)
    loaded.check(samples)
    tested = samples if evaluation is None else as_samples(evaluation, specs, reading)
    imported("keras").utils.set_random_seed(chosen.seed)
    calibration = samples.spread(CALIBRATION)
    built = start(loaded.keras, float_model, calibration, choices)
    expected = _float_outputs(float_model, tested)
    warnings = list(check_labels(tested, expected.reshape(len(expected), -1)).notes)
    if chosen.label_weight and tested is not samples:
        judged = samples.of_each_label(CALIBRATION)
        warnings += check_labels(judged, _float_outputs(float_model, judged)).notes
    before = integer_result(built.model, tested)
    losses = train(built, built.exact, samples, calibration, chosen, progress)
    after = integer_result(built.model, tested)
    _write(built.model, path)
    trained = compare_outputs(after.outputs, expected)
    return QatResult(
        str(path), trained.agreement, trained.mean_abs_error,
        compare_outputs(_keras_outputs(built.model, tested), expected), compare_outputs(before.outputs, expected),
        _accuracy(after, expected, tested), tested.count, tested.origin, losses, time.perf_counter() - started,
        tuple(dict.fromkeys(warnings)),
    )  # fmt: skip


def _float_outputs(model: Model, samples: Samples) -> Reals:
    from edgeq.trainable.distillation import float_outputs

    return float_outputs(model.main, samples.inputs)[0]


def _keras_outputs(made: Any, samples: Samples) -> Reals:
    x = list(samples.inputs) if len(samples.inputs) > 1 else samples.x
    y = made.predict(x, batch_size=128, verbose=0)
    return np.asarray(y[0] if isinstance(y, list) else y)


def integer_result(made: Any, samples: Samples) -> SimulateResult:
    """What the integer model of a quantization-aware model computes, by the bit-exact simulator."""
    from edgeq.trainable.restore import restore

    return simulate(assemble(restore(made)), samples)


def _accuracy(result: SimulateResult, expected: Reals, samples: Samples) -> Mapping[str, Any] | None:
    """The metric that the data calls for, of the float and the integer model."""
    if result.accuracy is None:
        return None
    name = str(result.accuracy["metric"])
    real = metrics.score(name, samples.x, expected.reshape(len(expected), -1), samples.y, samples.group)
    return {"metric": name, "float": real, "integer": result.accuracy["value"]}


def _write(made: Any, path: Path) -> None:
    """The Keras file, without optimizer and losses, which no one needs to go on or to export it."""
    with TemporaryDirectory() as folder:
        temporary = Path(folder) / "model.keras"
        made.save(temporary)
        write_whole(path, temporary.read_bytes())
