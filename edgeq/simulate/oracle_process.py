"""Interpreters in separate processes: a crash, a failure or a timeout becomes an error with its
reason.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

import numpy as np

from edgeq.errors import EdgeqError, UnsupportedError
from edgeq.simulate.messages import Array, receive, send
from edgeq.simulate.oracle_worker import TIMED_OUT

BATCH_BYTES = 1 << 20  # of inputs sent before answers are read
START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from edgeq.simulate.oracle_worker import serve; serve()"
)


class OracleFailedError(EdgeqError):
    """An oracle that accepted the model failed, crashed or timed out."""


@dataclass(frozen=True)
class Job:
    """What an interpreter is asked to run.

    name: key of `oracle_worker.LOADERS`.
    content: a .tflite file.
    tensors: indices to read after each sample.
    seconds: time limit for loading, and for each sample.
    arena_bytes: for TFLM.
    """

    name: str
    content: bytes = field(repr=False)
    tensors: tuple[int, ...]
    seconds: float
    arena_bytes: int = 0


_idle: list[subprocess.Popen[bytes]] = []
"""At most one idle process for the next run, because starting one takes a third of a second."""


def run_in_process(job: Job, inputs: Sequence[Array]) -> Iterator[list[Array]]:
    """The job's tensors for each sample of `inputs` [samples, *shape], computed in another process.

    Raises UnsupportedError if the interpreter refuses the model, EdgeqError if it is not installed,
    OracleFailedError if it fails, crashes or exceeds the time limit.
    """
    worker, waiting = _take(), False  # waiting for a request: can be reused
    try:
        waiting = _load(worker, job)
        for batch in _batches(inputs):
            count = batch.stop - batch.start
            waiting = False
            for number, tensors in enumerate(
                _samples(worker, job, [x[batch] for x in inputs], count)
            ):
                waiting = number + 1 == count
                yield tensors
    except (EOFError, BrokenPipeError):
        raise _failed(job, _how_it_ended(worker.wait(), job)) from None
    except EdgeqError:
        waiting = True  # it answered, so it can be reused
        raise
    finally:
        _give_back(worker) if waiting else _end(worker)


def _load(worker: subprocess.Popen[bytes], job: Job) -> bool:
    request = {
        "load": job.name,
        "tensors": job.tensors,
        "arena_bytes": job.arena_bytes,
        "seconds": job.seconds,
    }
    send(_pipe(worker.stdin), request, [np.frombuffer(job.content, np.uint8)])
    answer, _ = _answer(worker, job)
    if "refused" in answer:
        raise UnsupportedError(*answer["refused"])
    return True


def _samples(
    worker: subprocess.Popen[bytes], job: Job, inputs: Sequence[Array], count: int
) -> Iterator[list[Array]]:
    send(_pipe(worker.stdin), {"samples": count, "seconds": job.seconds}, inputs)
    for _ in range(count):
        answer, tensors = _answer(worker, job)
        if "failed" in answer:
            raise _failed(job, answer["failed"])
        yield tensors


def _answer(worker: subprocess.Popen[bytes], job: Job) -> tuple[dict[str, Any], list[Array]]:
    """The next answer. Raises OracleFailedError if the forked process has ended in its place."""
    answer, tensors = receive(_pipe(worker.stdout))
    if "ended" in answer:
        raise _failed(job, _how_it_ended(answer["ended"], job))
    return answer, tensors


def _batches(inputs: Sequence[Array]) -> Iterator[slice]:
    """Slices of samples; one slice of one sample for a model without inputs."""
    samples = len(inputs[0]) if inputs else 1
    size = max(1, BATCH_BYTES // max(1, sum(x.nbytes for x in inputs) // max(samples, 1)))
    return (slice(start, min(start + size, samples)) for start in range(0, samples, size))


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream


def _take() -> subprocess.Popen[bytes]:
    while _idle:
        worker = _idle.pop()
        if worker.poll() is None:
            return worker
    # `-c` with the paths of this process: the library is found wherever it was found here, and no
    # script runs again.
    command = [sys.executable, "-c", START, json.dumps(sys.path)]
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # a group with the process that it forks
    )


def _give_back(worker: subprocess.Popen[bytes]) -> None:
    if _idle:
        _end(worker)
    else:
        _idle.append(worker)


def _end(worker: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(worker.pid, signal.SIGKILL)
    else:  # Windows, where nothing was forked
        worker.kill()
    worker.wait()
    for stream in (worker.stdin, worker.stdout):
        with contextlib.suppress(BrokenPipeError):
            _pipe(stream).close()


@atexit.register
def _end_idle() -> None:
    while _idle:
        _end(_idle.pop())


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        after_in_child=_idle.clear
    )  # two processes must not talk to the same worker


def _how_it_ended(status: int, job: Job) -> str:
    """status: an exit status, or minus the number of a signal."""
    if status == TIMED_OUT:
        return f"it did not answer within {job.seconds:.3g} s"
    if status < 0:
        return f"it crashed by signal {signal.Signals(-status).name}"
    return f"it ended with exit status {status}"


def _failed(job: Job, why: str) -> OracleFailedError:
    return OracleFailedError(f"{job.name} failed", why, "use another oracle")
