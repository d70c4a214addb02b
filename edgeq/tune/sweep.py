"""Running a search: its parameters, the trials known from earlier, and new trials in order."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgeq.quantize.progress import Progress
from edgeq.tune.code_version import code_version
from edgeq.tune.result import Trial
from edgeq.tune.search_space import Choice, Space, key, options_of
from edgeq.tune.tpe_search import search
from edgeq.tune.trial import Job, Outcome, Run, digest
from edgeq.tune.trial_store import Identity, append, hash_of, read_state, state_path


@dataclass(frozen=True)
class Sweep:
    """The parameters of a search; together with the job they determine all trials.

    trials: how many choices to evaluate.
    batch: how many are proposed at a time.
    """

    space: Space
    trials: int
    seed: int
    batch: int


@dataclass(frozen=True)
class TrialStore:
    """Finished trials by the `key` of their choice, and the file that new ones are appended to, if
    any.
    """

    file: Path | None
    identity: Identity
    known: Mapping[str, Outcome]


def open_store(state: str | Path | None, name: str, job: Job, sweep: Sweep) -> TrialStore:
    """The trials known from a state file or folder; none if `state` is None.

    name: of the model, for a file in a folder.
    """
    identity = {
        "model": digest(job.float_model),
        "calibration data": hash_of(job.calibration),
        "evaluation data": hash_of(job.evaluation),
        "metric": job.metric,
        "options to choose from": json.dumps(sweep.space.values),
        "seed": str(sweep.seed),
        "batch": str(sweep.batch),
        "edgeq": code_version(),
    }
    if state is None:
        return TrialStore(None, identity, {})
    file = state_path(Path(state), name, identity)
    return TrialStore(file, identity, read_state(file, identity))


def run_all(
    sweep: Sweep, run: Run, memory: TrialStore, progress: Progress | None
) -> tuple[Trial, ...]:
    """All trials of a sweep; those in the store are not run again.

    The search minimizes the output error even if labels decide in the end, because it distinguishes
    models with equal accuracy.
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
        found.extend(
            [Trial(len(found) + k, choice, outcomes[key(choice)]) for k, choice in enumerate(batch)]
        )
        scores = [trial.outcome.score for trial in found[-len(batch) :]]
        return [None if score is None else score.mean_abs_error for score in scores]

    search(sweep.space, evaluate, trials=sweep.trials, seed=sweep.seed, batch=sweep.batch)
    return tuple(found)
