"""Running a search: what determines it, what is known of it already, and its trials in order."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgeq.quantize.progress import Progress
from edgeq.tune.code import code_version
from edgeq.tune.propose import search
from edgeq.tune.result import Trial
from edgeq.tune.space import Choice, Space, key, options_of
from edgeq.tune.state import Identity, append, hash_of, read_state, state_path
from edgeq.tune.trial import Job, Outcome, Run, digest


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


def memory_of(state: str | Path | None, name: str, job: Job, sweep: Sweep) -> Memory:
    """What the file of a search, or the folder for one, knows; nothing for None. name: of a file in a folder."""
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
        return Memory(None, identity, {})
    file = state_path(Path(state), name, identity)
    return Memory(file, identity, read_state(file, identity))


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
