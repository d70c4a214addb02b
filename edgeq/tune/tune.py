"""`tune`: searches the quantizer's options with parallel trials and returns the best model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from edgeq import metrics
from edgeq.convert.quantize import quantize_with_tensorflow
from edgeq.convert.to_float import FloatModel, load_float
from edgeq.data import (
    LoadOptions,
    Samples,
    as_samples,
    check_labels,
    check_range,
    check_sources,
    input_specs,
    with_classes,
)
from edgeq.errors import EdgeqError
from edgeq.files import check_output, check_writable, write_whole
from edgeq.graph import read_tflite
from edgeq.quantize.progress import Progress
from edgeq.tune.cluster import on_cluster
from edgeq.tune.local_processes import on_this_machine
from edgeq.tune.optional_imports import import_or_raise
from edgeq.tune.result import Trial, TuneResult, best_trial
from edgeq.tune.score import choose_metric, overlap
from edgeq.tune.search_space import Value, key, options_of, space_of
from edgeq.tune.sweep import Sweep, TrialStore, open_store, run_all
from edgeq.tune.trial import Job, digest, measure_model, run_trial


def tune(
    model: Any,
    calibration: str | Samples,
    evaluation: str | Samples,
    output: str | Path | None = None,
    *,
    trials: int = 24,
    seed: int = 0,
    only: Mapping[str, Sequence[Value]] | None = None,
    metric: str | None = None,
    jobs: int | None = None,
    scheduler: str | None = None,
    retries: int = 2,
    batch: int = 8,
    state: str | Path | None = None,
    baseline: bool = False,
    custom: Sequence[str] = (),
    reading: LoadOptions | None = None,
    progress: Progress | None = None,
) -> TuneResult:
    """Searches the fields of `edgeq.quantize.options.Options` for the integer model that is best on
    evaluation data, which must not be the calibration data.

    model: a path or Keras model as for `convert`, or the bytes of a float .tflite.
    calibration: samples for calibration.
    evaluation: samples for the score.
    output: where to write the best model; not written if None.
    trials: number of different choices to try, the defaults first.
    seed, batch: seed of the search and number of trials proposed at a time; they determine the
        result, the number of workers does not.
    only: field -> values to choose from, instead of all that are worth trying; the scheme is int8
        unless it is listed here.
    metric: that decides; None lets `edgeq.tune.score.choose_metric` choose.
    jobs: processes on this machine; one per core if None.
    scheduler: address of a Dask scheduler whose workers are used instead.
    retries: for a trial whose worker was lost.
    state: a file of finished trials, or a folder for one, from which the search continues.
    baseline: also score TensorFlow's quantizer.
    custom, reading: as for `convert`.

    Raises EdgeqError.
    """
    _check(trials=trials, batch=batch, jobs=1 if jobs is None else jobs)
    if not 0 <= seed < 1 << 32:
        raise EdgeqError(f"seed {seed}", "it has 32 bits", f"give 0 to {(1 << 32) - 1}")
    if output is not None:
        check_output(Path(output), ".tflite", (model, calibration, evaluation, *custom))
    if state is not None and not Path(state).is_dir():
        check_writable(Path(state), "state")
    space = space_of({"scheme": ("int8",), **(only or {})})
    sweep = Sweep(space, trials, seed, batch)
    job = _job(model, calibration, evaluation, metric, custom, reading)
    memory = open_store(
        state, "model" if not isinstance(model, (str, Path)) else Path(model).stem, job, sweep
    )
    workers = (
        on_this_machine(job, jobs or import_or_raise("joblib").cpu_count(), retries)
        if scheduler is None
        else on_cluster(job, scheduler, retries)
    )
    with workers as run:
        found = run_all(sweep, run, memory, progress)
    return _result(job, sweep, memory, found, output, baseline)


def _job(
    model: Any,
    calibration: str | Samples,
    evaluation: str | Samples,
    metric: str | None,
    custom: Sequence[str],
    reading: LoadOptions | None,
) -> Job:
    check_sources((calibration, evaluation))
    loaded = FloatModel(model) if isinstance(model, bytes) else load_float(model, custom)
    real = read_tflite(loaded.content)
    specs, numbered = input_specs(real), with_classes(reading, real)
    samples, tested = (as_samples(source, specs, numbered) for source in (calibration, evaluation))
    loaded.check(samples)
    reference = loaded.outputs(tested)
    chosen = choose_metric(tested, reference, metric)
    if chosen in metrics.METRICS:
        check_labels(tested, reference, chosen)
    return Job(loaded.content, samples, tested, reference, chosen)


def _result(
    job: Job,
    sweep: Sweep,
    memory: TrialStore,
    found: tuple[Trial, ...],
    output: str | Path | None,
    baseline: bool,
) -> TuneResult:
    chosen = best_trial(found)
    if chosen is None:
        raise EdgeqError(
            f"all {len(found)} trials", f"none gave a model: {found[0].outcome.reason}", "mend that"
        )
    content = chosen.outcome.content or run_trial(job, options_of(chosen.choice)).content
    warnings = [*check_range(job.calibration, job.float_model), *_overlap(job), *_notes(job)]
    if digest(content) != chosen.outcome.sha256:
        warnings.append(
            "the best model, made again here, differs from its trial's in bytes, so perhaps in its score"
        )
    if output is not None:
        write_whole(Path(output), content)
    return TuneResult(
        trials=found,
        best=chosen,
        metric=job.metric,
        float_score=_float_score(job),
        searched={name: values for name, values in sweep.space.values.items() if len(values) > 1},
        calibration_samples=job.calibration.count,
        evaluation_samples=job.evaluation.count,
        seed=sweep.seed,
        known=sum(key(trial.choice) in memory.known for trial in found),
        state="" if memory.file is None else str(memory.file),
        baseline=_baseline(job) if baseline else None,
        warnings=tuple(warnings),
        output="" if output is None else str(output),
        model=content,
    )


def _overlap(job: Job) -> list[str]:
    same = overlap(job.evaluation, job.calibration)
    if not same:
        return []
    text = f"{same} of {job.evaluation.count} evaluation samples are calibration samples too: figures look too good"
    return [f"{text}, and choices that suit only those samples win; evaluate on others"]


def _notes(job: Job) -> Sequence[str]:
    """Warnings about the labels that decide, or why labels do not decide."""
    if job.metric in metrics.METRICS:
        return check_labels(job.evaluation, job.reference, job.metric).notes
    _, why = metrics.default_metric(
        job.evaluation.x, job.reference, job.evaluation.y, job.evaluation.group
    )
    return [f"{job.metric} decides: {why}"] if why else []


def _float_score(job: Job) -> float | None:
    if job.metric not in metrics.METRICS:
        return None
    data = job.evaluation
    return metrics.score(job.metric, data.x, job.reference, data.y, data.group)


def _baseline(job: Job) -> dict[str, Any]:
    """TensorFlow's post-training quantizer on the same data."""
    try:
        content = quantize_with_tensorflow(job.float_model, job.calibration)
        return {"status": "ok", **measure_model(content, job).to_json(), "bytes": len(content)}
    except EdgeqError as error:
        return {"status": "unavailable", "reason": str(error)}


def _check(**counts: int) -> None:
    for name, count in counts.items():
        if count < 1:
            raise EdgeqError(f"{name} {count}", "it must be at least 1", "give a positive number")
