"""Running trials in processes of this machine, with joblib."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool

from edgeq.quantize.options import Options
from edgeq.tune.optional_imports import import_or_raise
from edgeq.tune.trial import Job, Outcome, Run, run_trial


@contextlib.contextmanager
def on_this_machine(job: Job, jobs: int, retries: int) -> Iterator[Run]:
    """A runner of batches in `jobs` processes; in the present one if `jobs` is 1.

    When a process dies, the pool does not tell whose trial killed it: the batch's unfinished trials
    are then run one at a time, each up to `retries` times, before it counts as lost.
    """

    def run(batch: Sequence[Options]) -> Iterator[tuple[int, Outcome]]:
        waiting = dict(enumerate(batch))
        try:
            for position, outcome in _in_processes(job, dict(waiting), jobs):
                del waiting[position]
                yield position, outcome
        except BrokenProcessPool:
            for position, options in waiting.items():
                yield position, _run_single(job, options, retries)

    yield _in_this_process(job) if jobs == 1 else run


def _in_this_process(job: Job) -> Run:
    return lambda batch: (
        (position, run_trial(job, options)) for position, options in enumerate(batch)
    )


def _in_processes(
    job: Job, batch: Mapping[int, Options], jobs: int
) -> Iterator[tuple[int, Outcome]]:
    joblib = import_or_raise("joblib")
    pool = joblib.Parallel(n_jobs=jobs, backend="loky", return_as="generator_unordered")
    found: Iterator[tuple[int, Outcome]] = pool(
        joblib.delayed(_numbered)(k, job, o) for k, o in batch.items()
    )
    return found


def _numbered(position: int, job: Job, options: Options) -> tuple[int, Outcome]:
    return position, run_trial(job, options)


def _run_single(job: Job, options: Options, retries: int) -> Outcome:
    for _ in range(retries):
        try:
            ((_, outcome),) = _in_processes(job, {0: options}, 2)
        except BrokenProcessPool:
            continue
        return outcome
    return Outcome("lost", reason=f"its process died, also in {retries} retries")
