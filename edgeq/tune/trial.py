"""One trial, as a worker process runs it: quantize, simulate the evaluation data, compute the
score.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from edgeq.data import Samples
from edgeq.errors import EdgeqError
from edgeq.graph import read_tflite
from edgeq.metrics import Array
from edgeq.quantize.options import Options
from edgeq.quantize.quantize import quantize
from edgeq.simulate.execute import first_output
from edgeq.tune.optional_imports import import_or_raise
from edgeq.tune.score import Score, measure

_ALONE = threading.Lock()  # output capture and BLAS threads are per process


@dataclass(frozen=True, eq=False)
class Job:
    """The data that all trials of a search share; a worker needs no files.

    float_model: a .tflite.
    calibration, evaluation: samples.
    reference: the float model's first output on the evaluation samples, float32 [samples, ...].
    metric: of `choose_metric`.
    """

    float_model: bytes = field(repr=False)
    calibration: Samples
    evaluation: Samples
    reference: Array
    metric: str


@dataclass(frozen=True, eq=False)
class Outcome:
    """The outcome of a trial.

    status: "ok" with a score; "failed", which would fail again; or "lost", with its worker.
    reason: of a failure.
    size, sha256: of the integer .tflite.
    content: that file; empty if only its figures were kept.
    """

    status: str
    seconds: float = 0.0
    reason: str = ""
    score: Score | None = None
    size: int = 0
    sha256: str = ""
    content: bytes = field(default=b"", repr=False)


Run = Callable[[Sequence[Options]], Iterator[tuple[int, Outcome]]]
"""Runs a batch of trials; yields (position in the batch, outcome) as they finish."""


def run_trial(job: Job, options: Options) -> Outcome:
    """Quantizes and scores. Linear algebra uses one thread, so that results do not depend on the
    number of cores.
    """
    started = time.perf_counter()
    with _ALONE, import_or_raise("threadpoolctl").threadpool_limits(1):
        try:
            content = quantize(job.float_model, job.calibration, options).content
            score = measure_model(content, job)
        except EdgeqError as error:
            return Outcome("failed", time.perf_counter() - started, str(error))
        except MemoryError:
            return Outcome(
                "lost", time.perf_counter() - started, "its machine had too little memory"
            )
        except Exception as error:  # a bug in one choice must not end the search
            reason = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
            return Outcome(
                "failed", time.perf_counter() - started, f"{reason} — a bug of edgeq — report it"
            )
    return Outcome(
        "ok", time.perf_counter() - started, "", score, len(content), digest(content), content
    )


def measure_model(content: bytes, job: Job) -> Score:
    """The score of an integer .tflite on the job's evaluation data."""
    outputs = first_output(read_tflite(content).main, job.evaluation)
    return measure(job.metric, job.evaluation, outputs, job.reference)


def digest(content: bytes) -> str:
    """SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
