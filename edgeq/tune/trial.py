"""One trial, as a worker process runs it: quantize, compute every output by the integer simulator, measure."""

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
from edgeq.tune.needed import needed
from edgeq.tune.score import Score, measure

_ALONE = threading.Lock()  # the interpreter's silence and BLAS's threads belong to the process, not to a thread


@dataclass(frozen=True, eq=False)
class Job:
    """What all trials of a search share, as bytes and arrays, so that a worker needs none of the files.

    float_model: a .tflite. reference: its first output on the evaluation samples, float32 [samples, ...]. metric: of
    `choose_metric`.
    """

    float_model: bytes = field(repr=False)
    calibration: Samples
    evaluation: Samples
    reference: Array
    metric: str


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came of a trial: `ok` with its score; `failed`, which it would again; or `lost` with its workers.

    size, sha256: of the integer .tflite, in bytes. content: that file, empty where only its figures were kept.
    """

    status: str
    seconds: float = 0.0
    reason: str = ""
    score: Score | None = None
    size: int = 0
    sha256: str = ""
    content: bytes = field(default=b"", repr=False)


Run = Callable[[Sequence[Options]], Iterator[tuple[int, Outcome]]]
"""Runs a batch, on whatever machine; gives position and outcome of each as they end."""


def run_trial(job: Job, options: Options) -> Outcome:
    """Quantizes and measures, with one thread for linear algebra, so that sums do not depend on the machine's cores."""
    started = time.perf_counter()
    with _ALONE, needed("threadpoolctl").threadpool_limits(1):
        try:
            content = quantize(job.float_model, job.calibration, options).content
            score = measure_model(content, job)
        except EdgeqError as error:
            return Outcome("failed", time.perf_counter() - started, str(error))
        except MemoryError:
            return Outcome("lost", time.perf_counter() - started, "its machine had too little memory")
        except Exception as error:  # one choice that meets a bug is not to end the search of all others
            reason = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
            return Outcome("failed", time.perf_counter() - started, f"{reason} — a bug of edgeq — report it")
    return Outcome("ok", time.perf_counter() - started, "", score, len(content), digest(content), content)


def measure_model(content: bytes, job: Job) -> Score:
    """The score of an integer .tflite on the job's evaluation data."""
    outputs = first_output(read_tflite(content).main, job.evaluation)
    return measure(job.metric, job.evaluation, outputs, job.reference)


def digest(content: bytes) -> str:
    """SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
