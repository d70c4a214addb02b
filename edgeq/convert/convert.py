"""The command `convert`: a float model and calibration data in, a fully integer .tflite and its
evidence out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edgeq.convert.batch_norm import check_batch_norm
from edgeq.convert.evaluate import evaluate
from edgeq.convert.fidelity import Fidelity, warnings_of
from edgeq.convert.front_end import with_front_end_written
from edgeq.convert.make_integers import Made, make_integers
from edgeq.convert.named_classes import named_classes, with_classes_written, with_window_written
from edgeq.convert.options import ConvertOptions, chosen_options, takes_options
from edgeq.convert.result import ConvertResult, input_infos, operator_counts, output_infos
from edgeq.convert.source import Source
from edgeq.convert.to_float import FloatModel, load_float
from edgeq.data import (
    LoadOptions,
    Samples,
    as_samples,
    check_range,
    check_sources,
    input_specs,
    with_classes,
)
from edgeq.errors import EdgeqError
from edgeq.files import check_output, read_names, write_whole
from edgeq.graph import read_tflite, write_tflite
from edgeq.graph.rule import brief
from edgeq.mixed.budget import MODEST, Budget
from edgeq.quantize.loop_bounds import unbounded_loops
from edgeq.quantize.model_pair import pair_by_name
from edgeq.quantize.precision_warnings import output_warnings, part_warnings
from edgeq.quantize.progress import Progress
from edgeq.quantize.split_outputs import split_outputs
from edgeq.quantize.sqnr import measure_sqnr


@takes_options
def convert(
    model: Any,
    calibration: str | Path | Samples | None = None,
    output: str | Path | None = None,
    *,
    options: ConvertOptions | None = None,
    progress: Progress | None = None,
    **chosen: Any,
) -> ConvertResult:
    """Converts a .keras, .h5, SavedModel, .onnx, .pt2 or float .tflite into a fully integer .tflite
    with a batch of 1.

    model: its path, or a Keras model; or what `load_float` gave, for several conversions of one
        model. One from `quantize_aware` becomes exactly the integers that it was trained as: its
        ranges and steps are its own, and calibration is not needed.
    calibration: samples of the model's inputs, or a source of them: .npz, .npy, .csv, a folder of
        images or `module:callable`. They set the ranges; labels are not needed.
    output: where to write the file, whole or not at all; None writes nothing.
    options: every choice, explained field by field in `edgeq.convert.ConvertOptions`. Each field can
        be given as a keyword of its own as well, which then counts:
        `convert(model, data, scheme="int4", evaluation="test.npz")`.
    progress: called with what is done, how much of it, and of how much.

    Raises EdgeqError and its children, each in one line: for what cannot be read or written, for
    layers without integer arithmetic, for options that are not known or do not go together.
    """
    choices = chosen_options(options, chosen)
    if output is not None:
        sources = (model, calibration, choices.evaluation, choices.labels, *choices.custom)
        check_output(Path(output), ".tflite", sources)
    check_sources((calibration, choices.evaluation))
    whole = load_float(model, choices.custom)
    loaded = _OUTPUTS[choices.outputs](whole)
    if loaded.quantizing is None and calibration is None:
        why = "the ranges of activations come from samples of the model's inputs"
        raise EdgeqError("no calibration data", why, "give some by --calibration DATA")
    data = _read(loaded, whole, calibration, choices)
    warnings = [*([] if data.samples is None else _warnings(loaded, data.samples)), *data.notes]
    warnings += [] if data.fidelity is None else warnings_of(data.fidelity)
    warnings += _left_out(loaded)
    made = make_integers(loaded, data.samples, choices, data.tested, progress)
    if data.samples is not None:
        warnings += _losses(loaded.content, made.content, data.samples, warnings)
    warnings += _beyond_modest(made, choices.budget)
    content = with_classes_written(made.content, data.classes)
    content = with_window_written(content, choices.reading)
    content = with_front_end_written(content, data.samples)
    accuracy = (
        None
        if data.tested is None
        else evaluate(loaded.outputs(data.tested), content, data.tested, choices.metric)
    )
    if output is not None:
        write_whole(Path(output), content)
    result = read_tflite(content)
    warnings += unbounded_loops(result.main)
    return ConvertResult(
        "" if output is None else str(output),
        content,
        loaded.content,
        operator_counts(result),
        input_infos(result),
        output_infos(result),
        accuracy,
        data.fidelity,
        calibration_samples=0 if data.samples is None else data.samples.count,
        calibration_note="" if data.samples is None else _note(data.samples),
        labels=data.classes,
        warnings=tuple(warnings),
        quantizer=choices.quantizer,
        scheme=made.scheme,
        calibrator=made.calibrator,
        front=made.front,
        point=made.point,
        layouts=whole.layouts,
        states=made.states,
    )


@dataclass(frozen=True, eq=False)
class _Data:
    """What was read for a conversion. samples: of calibration. tested: with which accuracy is
    measured. notes: for the user, on labels.
    """

    samples: Samples | None
    tested: Samples | None
    fidelity: Fidelity | None
    classes: tuple[str, ...]
    notes: tuple[str, ...]


def _read(
    loaded: FloatModel,
    whole: FloatModel,
    calibration: str | Path | Samples | None,
    choices: ConvertOptions,
) -> _Data:
    """The samples, with labels in the numbers of the class names that the model is to have.

    whole: the model with its outputs as they were, which is compared with what Keras computes.
    """
    real = read_tflite(loaded.content)
    stated = read_names(Path(choices.labels), "labels") if choices.labels else ()
    reading = choices.reading or LoadOptions()
    reading = with_classes(replace(reading, classes=stated) if stated else reading, real)
    samples, tested = (
        None if source is None else as_samples(source, input_specs(real), reading)
        for source in (calibration, choices.evaluation)
    )
    fidelity = None if samples is None else whole.check(samples)
    named = named_classes(loaded, samples, tested, reading.classes, choices.metric)
    return _Data(named.calibration, named.evaluation, fidelity, named.classes, tuple(named.notes))


def _split(loaded: FloatModel) -> FloatModel:
    """The model with the parts that it joins at its end as outputs of their own."""
    if loaded.quantizing is not None:
        why = "the model was trained for integers with its outputs joined"
        raise EdgeqError(
            "--outputs apart", why, "train one that has the parts as outputs of its own"
        )
    return replace(
        loaded, content=write_tflite(split_outputs(read_tflite(loaded.content))), source=None
    )


_OUTPUTS: Mapping[str, Callable[[FloatModel], FloatModel]] = {
    "together": lambda loaded: loaded,
    "apart": _split,
}
"""Each of `options.OUTPUTS` -> the float model that is quantized."""


def _left_out(loaded: FloatModel) -> list[str]:
    """That augmentation of a SavedModel is not computed."""
    scopes = loaded.source.left_out if isinstance(loaded.source, Source) else ()
    names = ", ".join(brief(scope.split("/")[-1]) for scope in scopes)
    said = f"{names} would draw random numbers at inference, as the model was exported; left out"
    return [said] if scopes else []


def _warnings(loaded: FloatModel, samples: Samples) -> list[str]:
    """Warnings where the calibration samples do not look like the data that the model was trained
    on: values in another range, or means that differ from those of batch normalization.
    """
    warnings = check_range(samples, loaded.content)
    return warnings or ([] if loaded.keras is None else check_batch_norm(loaded.keras, samples))


def _note(samples: Samples) -> str:
    return f"{samples.origin}: {'; '.join(filter(None, (samples.note, samples.choices)))}"


def _losses(float_model: bytes, made: bytes, samples: Samples, before: Sequence[str]) -> list[str]:
    """What quantization left too little of; of outputs only if no warnings before put the samples
    in doubt.
    """
    pair = pair_by_name(read_tflite(float_model), read_tflite(made))
    judged = measure_sqnr(pair, samples)
    return [
        *part_warnings(judged, pair.float_model),
        *(() if before else output_warnings(judged, pair.float_model)),
    ]


def _beyond_modest(made: Made, budget: Budget) -> list[str]:
    """A warning where mixed precision without a budget found no mix of widths that loses as little
    accuracy as its default budget allows, and took the one of least error; empty otherwise.
    """
    if made.point is None or budget != Budget():
        return []
    loss = made.front[made.point].costs.accuracy_loss
    if loss <= (MODEST.accuracy_loss or 0):
        return []
    return [
        f"no mix of widths loses {MODEST.accuracy_loss} points or less; the one of least error, taken, loses {loss:.2f}"
    ]
