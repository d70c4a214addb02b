"""Which class name is which output of the model to be: stated, carried by the float model, or taken
from the data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from edgeq.convert.evaluate import evaluation_metric
from edgeq.convert.to_float import FloatModel
from edgeq.data import LoadOptions, Samples, WrongOrderError, by_names, check_labels
from edgeq.errors import EdgeqError
from edgeq.graph import read_tflite, write_tflite

JUDGED = 256  # samples that the order of the classes is judged on


@dataclass(frozen=True)
class NamedClasses:
    """The names in the order of the outputs, the data sets labelled in that order, and notes for
    the user.
    """

    classes: tuple[str, ...]
    calibration: Samples | None
    evaluation: Samples | None
    notes: tuple[str, ...]


def named_classes(
    float_model: FloatModel,
    calibration: Samples | None,
    evaluation: Samples | None,
    classes: Sequence[str],
    metric: str | None,
) -> NamedClasses:
    """The names `classes` if there are some, else those of the calibration data if they fit the
    model.

    Labels of the evaluation data must be classes of the model; those of the calibration data are
    only told about. Raises EdgeqError, with the remedy, for names in another order than the float
    model answers labelled samples in.
    """
    notes: list[str] = []
    if calibration is not None and calibration.y is not None:
        calibration, notes = _calibration(float_model, calibration)
    names = tuple(classes) or (() if calibration is None else calibration.classes)
    if evaluation is not None:
        evaluation = by_names(evaluation, names)
        judged = evaluation.of_each_label(JUDGED)
        notes += evaluation_metric(judged, float_model.outputs(judged), metric).notes
    return NamedClasses(names, calibration, evaluation, tuple(dict.fromkeys(notes)))


def _calibration(float_model: FloatModel, samples: Samples) -> tuple[Samples, list[str]]:
    """The samples, without labels that are none of the model's, and notes."""
    judged = samples.of_each_label(JUDGED)
    outputs = float_model.outputs(judged)
    try:
        found = check_labels(judged, outputs)
    except WrongOrderError:
        raise
    except EdgeqError as error:
        note = f"labels of {samples.origin} are left unused: {error.what}: {error.why} ({error.remedy})"
        return replace(samples, y=None, classes=(), sorted_names=False), [note]
    if found.metric != "accuracy":
        samples = replace(samples, classes=(), sorted_names=False)
    return samples, list(found.notes) if found.metric is not None else []


def with_classes_written(content: bytes, names: Sequence[str]) -> bytes:
    """The .tflite with the names in its metadata, in place of those that it has; as it is without
    names.
    """
    return write_tflite(read_tflite(content).with_labels(names)) if names else content


def with_window_written(content: bytes, reading: LoadOptions | None) -> bytes:
    """The .tflite with the rows and the hop of windows, which data was cut into, in its metadata; as
    it is where data was not cut.
    """
    if reading is None or reading.window is None:
        return content
    hop = reading.window if reading.hop is None else reading.hop
    return write_tflite(read_tflite(content).with_window(reading.window, hop))
