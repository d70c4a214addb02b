"""`tune`: searches how to quantize a model, by trials in many processes or on many machines, and keeps the best."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeq import metrics
from edgeq.convert.evaluate import float_outputs
from edgeq.convert.quantize import quantize_with_tensorflow
from edgeq.convert.to_float import load_float
from edgeq.data import LoadOptions, Samples, check_range, input_specs, load_samples
from edgeq.errors import EdgeqError
from edgeq.files import write_whole
from edgeq.graph import read_tflite
from edgeq.tune.cluster import on_cluster
from edgeq.tune.code import code_version
from edgeq.tune.local import on_this_machine
from edgeq.tune.needed import needed
from edgeq.tune.propose import search
from edgeq.tune.result import Trial, TuneResult, best_trial
from edgeq.tune.score import choose_metric, overlap
from edgeq.tune.space import Choice, Space, Value, key, options_of, space_of
from edgeq.tune.state import Identity, append, hash_of, read_state, state_path
from edgeq.tune.trial import Job, Outcome, Run, digest, measure_model, run_trial

Progress = Callable[[str, int, int], None]  # what, done, of how many


@dataclass(frozen=True)
class Sweep:
    """How much to try and from where it is proposed: together with the job what determines all trials."""

    space: Space
    trials: int
    seed: int
    batch: int


@dataclass(frozen=True)
class Memory:
    """Finished trials by the `key` of their choice, and the file that new ones go to, if any."""

    file: Path | None
    identity: Identity
    known: Mapping[str, Outcome]


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
    options: LoadOptions | None = None,
    progress: Progress | None = None,
) -> TuneResult:
    """Searches the fields of `edgeq.quantize.options.Options` for the best integer model on data not calibrated on.

    model: a path or Keras model as `convert` takes, or the bytes of a float .tflite. What decides: the metric of
    `edgeq.tune.score.choose_metric`, and `edgeq.tune.score.best` between equals. trials: different choices to try,
    the defaults first. only: field -> values to choose from, in place of all that are worth it; the scheme is int8
    unless it is named here. jobs: processes on this machine, one for each core by default; scheduler: the address of
    a Dask scheduler, whose workers are used instead. batch: trials proposed at once; with the seed it determines the
    result, which the number of workers does not change. retries: for a trial whose worker was lost. state: a file of
    finished trials, or a folder for one, from which the same search goes on. baseline: measure TensorFlow's quantizer
    too. output: where to write the best model. Raises EdgeqError, in one line.
    """
    _check(trials=trials, batch=batch, jobs=1 if jobs is None else jobs)
    _check_folders(output, state)
    space = space_of({"scheme": ("int8",), **(only or {}), "seed": (seed,)})
    sweep = Sweep(space, trials, seed, batch)
    job = _job(model, calibration, evaluation, metric, custom, options)
    memory = _memory(state, "model" if not isinstance(model, (str, Path)) else Path(model).stem, job, sweep)
    workers = on_this_machine(job, jobs or needed("joblib").cpu_count(), retries) if scheduler is None else on_cluster(
        job, scheduler, retries)  # fmt: skip
    with workers as run:
        found = run_all(sweep, run, memory, progress)
    return _result(job, sweep, memory, found, output, baseline)


def run_all(sweep: Sweep, run: Run, memory: Memory, progress: Progress | None) -> tuple[Trial, ...]:
    """All trials of a sweep, those that the memory knows without running them again.

    The output error guides the search also where labels decide in the end, as it tells apart what they do not.
    """
    found: list[Trial] = []
    total = min(sweep.trials, len(sweep.space.choices()))
    kept = memory.known
    if progress is not None:
        progress("tuning", 0, total)

    def evaluate(batch: Sequence[Choice]) -> list[float | None]:
        new = [choice for choice in batch if key(choice) not in kept]
        outcomes = {key(choice): kept[key(choice)] for choice in batch if key(choice) in kept}
        for position, outcome in run([options_of(choice) for choice in new]) if new else ():
            outcomes[key(new[position])] = outcome
            if memory.file is not None and outcome.status != "lost":
                append(memory.file, memory.identity, new[position], outcome)
            if progress is not None:
                progress("tuning", len(found) + len(outcomes), total)
        found.extend([Trial(len(found) + k, choice, outcomes[key(choice)]) for k, choice in enumerate(batch)])
        scores = [trial.outcome.score for trial in found[-len(batch) :]]
        return [None if score is None else score.mean_abs_error for score in scores]

    search(sweep.space, evaluate, trials=sweep.trials, seed=sweep.seed, batch=sweep.batch)
    return tuple(found)


def _job(model: Any, calibration: str | Samples, evaluation: str | Samples, metric: str | None,
         custom: Sequence[str], options: LoadOptions | None) -> Job:  # fmt: skip
    content = model if isinstance(model, bytes) else load_float(model, custom).content
    specs = input_specs(read_tflite(content))
    samples, tested = (s if isinstance(s, Samples) else load_samples(s, specs, options)
                       for s in (calibration, evaluation))  # fmt: skip
    reference = float_outputs(content, tested)
    return Job(content, samples, tested, reference, choose_metric(tested, reference, metric))


def _memory(state: str | Path | None, name: str, job: Job, sweep: Sweep) -> Memory:
    identity = {
        "model": hashlib.sha256(job.float_model).hexdigest(),
        "calibration data": hash_of(job.calibration),
        "evaluation data": hash_of(job.evaluation),
        "metric": job.metric,
        "options to choose from": json.dumps(sweep.space.values),
        "seed": str(sweep.seed),
        "batch": str(sweep.batch),
        "edgeq": code_version(),
    }
    if state is None:
        return Memory(None, identity, {})
    file = state_path(Path(state), name, identity)
    return Memory(file, identity, read_state(file, identity))


def _result(job: Job, sweep: Sweep, memory: Memory, found: tuple[Trial, ...], output: str | Path | None,
            baseline: bool) -> TuneResult:  # fmt: skip
    chosen = best_trial(found)
    if chosen is None:
        raise EdgeqError(f"all {len(found)} trials", f"none gave a model: {found[0].outcome.reason}", "mend that")
    content = chosen.outcome.content or run_trial(job, options_of(chosen.choice)).content
    warnings = [*check_range(job.calibration, job.float_model), *_overlap(job)]
    if digest(content) != chosen.outcome.sha256:
        warnings.append("the best model, made again here, differs from its trial's in bytes, so perhaps in its score")
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


def _check_folders(*paths: str | Path | None) -> None:
    """Hours of trials are not to end at a folder that is not there."""
    for path in paths:
        if path is not None and not Path(path).parent.is_dir():
            raise EdgeqError(f"output {path}", "its folder does not exist", "make the folder first")
