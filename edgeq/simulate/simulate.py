"""`simulate`: bit-exact inference over a data set, its metric, and comparison with oracles."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from edgeq import metrics
from edgeq.cleanup import CleanModel, clean_up
from edgeq.data import (
    Samples,
    as_samples,
    by_names,
    check_labels,
    dequantize,
    input_specs,
    quantized_inputs,
)
from edgeq.errors import EdgeqError
from edgeq.files import read_bytes
from edgeq.graph import Model, ModelSource, as_model
from edgeq.opkit.node import Values
from edgeq.runtime import float_interpreter, run_samples
from edgeq.simulate.compare import Comparison, compare_with, samples_in
from edgeq.simulate.execute import execute
from edgeq.simulate.inputs import Inputs, as_inputs
from edgeq.simulate.interpreter import interpreter_of
from edgeq.simulate.oracles import ORACLES, xnnpack
from edgeq.simulate.result import Reference, SimulateResult, compare_outputs

Progress = Callable[[str, int, int], None]  # what, samples done, of how many
FloatReference = (
    bytes | str | Path | Callable[[Samples], Values]
)  # a float .tflite, its path, or what computes a float model's first output

LARGEST_TABLE = 1000  # classes of a confusion matrix
XNNPACK_SAMPLES = 64  # enough to show that the default delegate differs


def simulate(
    model: ModelSource,
    samples: Samples | str | Path | None = None,
    *,
    inputs: Inputs | None = None,
    oracles: Sequence[str] = (),
    metric: str | None = None,
    reference: FloatReference | None = None,
    progress: Progress | None = None,
) -> SimulateResult:
    """Bit-exact integer inference over samples with labels, or over arrays alone.

    model: as `read_tflite` gives it, or the path or bytes of a .tflite file.
    samples: real values as the float model takes them, with labels if there are some; or a source
        that `load_samples` reads. Text labels are numbered by the names that the model carries,
        unless the samples state others.
    inputs: in place of samples, for each of the model's inputs an array [samples, *shape]: integers
        as they are, or real numbers, which are quantized with the input's own scale.
    oracles: names of `ORACLES` to compare every tensor with; see `SimulateResult.no_oracle_ran`
        where none can run.
    metric: one of `metrics.METRICS`, by default what the data call for.
    reference: what to compare outputs with on the same samples: a float .tflite file, its bytes or
        path, or what computes the first output of a float model, [n, ...].
    progress: called with what is done, how many samples of it, and of how many.

    Raises EdgeqError for labels that the model does not have, or whose names are in another order,
    and for arrays of another shape or type than the model's inputs.
    """
    loaded = as_model(model)
    clean = clean_up(loaded)
    graph = clean.model.main
    if (samples is None) == (inputs is None):
        raise EdgeqError("simulate", "it takes either samples or inputs", "give one of them")
    data = None if samples is None else _samples(samples, loaded)
    quantized = (
        as_inputs(graph, inputs)
        if inputs is not None
        else quantized_inputs(graph, data.inputs if data is not None else ())
    )
    count = samples_in(quantized)
    started = time.perf_counter()
    done = execute(graph, quantized, progress=_step(progress, "simulating", count))
    seconds = time.perf_counter() - started
    output = graph.tensors[graph.outputs[0]]
    real = dequantize(done[graph.outputs[0]], output).reshape(count, -1)
    score, notes = score_outputs(data, real, metric)
    return SimulateResult(
        count,
        seconds,
        score,
        _confusion(data, real, score),
        _ask(oracles, clean, quantized, progress),
        compare_with(xnnpack, clean, [x[:XNNPACK_SAMPLES] for x in quantized], outputs_only=True)
        if oracles
        else None,
        _reference(reference, data, real, progress) if reference is not None else None,
        (data.classes if data is not None else ()) or loaded.labels,
        tuple(filter(None, (_choices(data), *notes))),
        real,
    )


def _samples(source: Samples | str | Path, model: Model) -> Samples:
    """The samples as the model numbers their labels."""
    given = source if isinstance(source, Samples) else str(source)
    samples = as_samples(given, input_specs(model))
    return by_names(samples, model.labels) if samples.sorted_names else samples


def _ask(
    names: Sequence[str], model: CleanModel, inputs: Sequence[Values], progress: Progress | None
) -> dict[str, Comparison]:
    count = samples_in(inputs)
    return {
        name: compare_with(
            ORACLES[name],
            model,
            inputs,
            progress=_step(progress, f"comparing with {name}", count),
            by=interpreter_of(name),
        )
        for name in names
    }


def score_outputs(
    samples: Samples | None, outputs: Values, metric: str | None
) -> tuple[dict[str, Any] | None, list[str]]:
    """The metric with its value, None where the data call for none, and notes: why there is none, how
    class names were interpreted.

    outputs: of the model, real, [samples, elements]. metric: that the user asks for, if any. Raises
    EdgeqError where it or the labels do not suit the model.
    """
    if samples is None or samples.y is None:
        if metric is not None:
            raise EdgeqError(f"metric {metric}", "the data has no labels", "give a data set with y")
        return None, []
    found = check_labels(samples, outputs, metric)
    if found.metric is None:
        return None, list(found.notes)
    value = metrics.score(found.metric, samples.x, outputs, samples.y, samples.group)
    return {"metric": found.metric, "value": value}, list(found.notes)


def _choices(samples: Samples | None) -> str:
    return f"{samples.origin}: {samples.choices}" if samples is not None and samples.choices else ""


def _confusion(
    samples: Samples | None, outputs: Values, score: dict[str, Any] | None
) -> list[list[int]] | None:
    if samples is None or samples.y is None or score is None or score["metric"] != "accuracy":
        return None
    if outputs.shape[1] > LARGEST_TABLE:
        return None
    table: list[list[int]] = metrics.confusion_matrix(outputs, samples.y).tolist()
    return table


def _reference(
    reference: FloatReference, samples: Samples | None, outputs: Values, progress: Progress | None
) -> Reference:
    if samples is None:
        raise EdgeqError(
            "--reference", "a float model needs real data, not random integers", "give --data"
        )
    real = reference(samples) if callable(reference) else _run(reference, samples, progress)
    expected = np.asarray(real).reshape(samples.count, -1)
    if expected.shape != outputs.shape:
        raise EdgeqError(
            "--reference",
            f"its output has {expected.shape[1]} elements, the model's {outputs.shape[1]}",
            "give the float model that was converted",
        )
    return compare_outputs(outputs, expected)


def _run(model: bytes | str | Path, samples: Samples, progress: Progress | None) -> Values:
    step = _step(progress, "running the float model", samples.count)
    told = None if step is None else lambda _: step(1)
    content = model if isinstance(model, bytes) else read_bytes(Path(model), "reference")
    return run_samples(float_interpreter(content), samples.inputs, progress=told)[0]


def _step(progress: Progress | None, what: str, total: int) -> Callable[[int], None] | None:
    """A counter that reports its running total."""
    if progress is None:
        return None
    done = 0

    def step(n: int) -> None:
        nonlocal done
        done += n
        progress(what, done, total)

    return step
