"""Running trials on a Dask cluster. Start `dask scheduler` on one machine and `dask worker ADDRESS`
on any number of others, each with edgeq[tune] installed.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from edgeq.errors import EdgeqError
from edgeq.quantize.options import Options
from edgeq.tune.code_version import code_version
from edgeq.tune.optional_imports import import_or_raise
from edgeq.tune.trial import Job, Outcome, Run, run_trial

PATIENCE = 30.0  # seconds that a cluster may be without any worker
POLL = 0.1  # seconds between looks at what has ended


@dataclass(frozen=True)
class Cluster:
    """A client of a Dask scheduler. patience: seconds it may be without workers or without an
    answer.
    """

    client: Any
    address: str
    patience: float

    def wait_for_worker(self) -> None:
        try:
            self.client.wait_for_workers(1, timeout=self.patience)
        except TimeoutError as error:
            raise self.no_workers() from error

    def no_workers(self) -> EdgeqError:
        why = f"it has had no worker for {self.patience:g} s"
        return EdgeqError(
            f"--scheduler {self.address}",
            why,
            f"start some by `dask worker {self.address}`, then go on",
        )


@contextlib.contextmanager
def on_cluster(
    job: Job, address: str, retries: int, patience: float | None = None
) -> Iterator[Run]:
    """A runner of batches on the workers of a Dask scheduler, which receive the job's data over the
    network.

    The scheduler reassigns the trials of a lost worker. A trial that it gives up, because every
    worker that ran it died or the job's data was lost with the last worker, is sent again up to
    `retries` times.

    patience: seconds that the cluster may be without workers or without an answer.

    Raises EdgeqError if no scheduler answers at `address`, or if versions differ.
    """
    seconds = PATIENCE if patience is None else patience
    with _silent(), _client(address, seconds) as client:
        cluster = Cluster(client, address, seconds)
        with _explained(cluster):
            _check_versions(cluster)
            yield lambda batch: _run(cluster, job, batch, retries)


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """Keeps Dask's logs from the terminal; errors are raised as EdgeqError."""
    import_or_raise("distributed")
    names = [
        name for name in logging.root.manager.loggerDict if name.partition(".")[0] == "distributed"
    ]
    levels = {name: logging.getLogger(name).level for name in names}
    try:
        for name in names:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


@contextlib.contextmanager
def _client(address: str, seconds: float) -> Iterator[Any]:
    try:
        client = import_or_raise("distributed").Client(
            address, timeout=seconds, set_as_default=False
        )
    except (OSError, ValueError) as error:
        why = f"no Dask scheduler answers: {' '.join(str(error).split())[:120]}"
        raise EdgeqError(
            f"--scheduler {address}", why, "start one by `dask scheduler` and give its address"
        ) from error
    try:
        yield client
    finally:
        client.close(timeout=5)


@contextlib.contextmanager
def _explained(cluster: Cluster) -> Iterator[None]:
    """Converts what Dask raises when the scheduler is lost to one EdgeqError."""
    try:
        yield
    except (OSError, import_or_raise("distributed").client.ClosedClientError) as error:
        why = f"the scheduler does not answer any more: {' '.join(str(error).split())[:120]}"
        raise EdgeqError(f"--scheduler {cluster.address}", why, "start it, then go on") from error


def _check_versions(cluster: Cluster) -> None:
    """Raises EdgeqError unless scheduler and workers have edgeq installed, the workers in this
    version.
    """
    cluster.wait_for_worker()
    ours = code_version()
    try:
        cluster.client.run_on_scheduler(version, "edgeq")
        cluster.client.run(version, "edgeq")
        found = cluster.client.run(code_version)
    except (PackageNotFoundError, ImportError, AttributeError) as error:
        why = "this edgeq is not installed on all of its machines"
        raise EdgeqError(
            f"--scheduler {cluster.address}", why, 'pip install "edgeq[tune]" there'
        ) from error
    for address, theirs in found.items():
        if theirs != ours:
            why = f"worker {address} has edgeq {theirs}, here is {ours}"
            raise EdgeqError(
                f"--scheduler {cluster.address}", why, "install the same on all machines"
            )


def _run(
    cluster: Cluster, job: Job, batch: Sequence[Options], retries: int
) -> Iterator[tuple[int, Outcome]]:
    """Runs one batch; trials that Dask gave up are sent again."""
    data = _scattered(cluster, job)
    attempts = [0] * len(batch)
    running = {
        cluster.client.submit(run_trial, data, o, pure=False): k for k, o in enumerate(batch)
    }
    while running:
        for future in _ended(cluster, list(running)):
            position = running.pop(future)
            lost = _loss(future)
            if lost is None:
                yield position, future.result()
                continue
            cluster.wait_for_worker()
            if attempts[position] == retries:
                yield position, Outcome("lost", reason=f"{lost}, also in {retries} retries")
            else:
                attempts[position] += 1
                data = _scattered(cluster, job)
                running[cluster.client.submit(run_trial, data, batch[position], pure=False)] = (
                    position
                )


def _scattered(cluster: Cluster, job: Job) -> Any:
    """The job, copied to the memory of every worker."""
    cluster.wait_for_worker()
    return cluster.client.scatter(job, broadcast=True, hash=False)


def _ended(cluster: Cluster, futures: Sequence[Any]) -> list[Any]:
    """Waits until some futures are no longer pending. Raises EdgeqError if the cluster has no
    workers for too long.
    """
    seen = time.monotonic()
    while not (ended := [future for future in futures if future.status != "pending"]):
        time.sleep(POLL)
        if cluster.client.nthreads():
            seen = time.monotonic()
        elif time.monotonic() - seen > cluster.patience:
            raise cluster.no_workers()
    return ended


def _loss(future: Any) -> str | None:
    """Why Dask gave up a future because of its workers; None if its function returned or raised."""
    if future.status in ("cancelled", "lost"):
        return "its data were lost with their worker"
    if future.status == "error" and isinstance(
        future.exception(), import_or_raise("distributed").KilledWorker
    ):
        return "every worker that had it died"
    return None
