"""Real `dask scheduler` and `dask worker` processes give the results of local ones, also if a
worker is killed.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tune.classifier import float_tflite, samples
from tune.poison import Poison

from edgeq.errors import EdgeqError
from edgeq.quantize.options import Options
from edgeq.tune.cluster import on_cluster
from edgeq.tune.trial import Job, run_trial
from edgeq.tune.tune import tune

pytestmark = pytest.mark.slow
FOLDER = Path(sys.executable).parent


class Cluster:
    """A scheduler and workers that a test starts and kills."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.folder, self.address = folder, f"tcp://127.0.0.1:{port}"
        self.scheduler = self.started("scheduler", "--host", "127.0.0.1", "--port", str(port))
        self.workers: list[subprocess.Popen[bytes]] = []

    def started(self, *arguments: str) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{arguments[0]}.log").open("ab")
        program = [sys.executable, "-m", "dask", *arguments, "--no-dashboard"]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent.parent)}
        return subprocess.Popen(program, cwd=self.folder, stdout=log, stderr=log, env=environment)

    def want_workers(self, count: int) -> None:
        """Starts workers until there are `count`, and waits for them."""
        self.workers = [worker for worker in self.workers if worker.poll() is None]
        for _ in range(count - len(self.workers)):
            self.workers.append(
                self.started("worker", self.address, "--no-nanny", "--nthreads", "1")
            )
        import distributed

        with distributed.Client(self.address, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(count, timeout=60)

    def kill_a_busy_worker(self) -> None:
        """Waits until a worker computes a trial, and kills that worker."""
        import distributed

        with distributed.Client(self.address, set_as_default=False) as client:
            pids = client.run(os.getpid)
            while not (
                busy := [
                    w
                    for w, keys in client.processing().items()
                    if any("run_trial" in k for k in keys)
                ]
            ):
                time.sleep(0.01)
            process = next(w for w in self.workers if w.pid == pids[busy[0]])
            process.kill()
            process.wait()

    def end(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    started = Cluster(tmp_path_factory.mktemp("cluster"))
    yield started
    started.end()


MODEL = float_tflite()
CALIBRATION, EVALUATION = samples(3000, 1), samples(500, 2, MODEL)
SETTINGS: dict[str, Any] = {
    "trials": 8,
    "only": {"calibrator": ("min-max", "mse", "entropy", "auto")},
}


def test_a_killed_worker_changes_nothing(cluster: Cluster, tmp_path: Path) -> None:
    """One of two workers dies during a trial; trials, figures and bytes equal those of a single
    process.
    """
    cluster.want_workers(2)
    killer = threading.Thread(target=cluster.kill_a_busy_worker)
    killer.start()
    state = tmp_path / "state.jsonl"
    there = tune(MODEL, CALIBRATION, EVALUATION, scheduler=cluster.address, state=state, **SETTINGS)
    killer.join(timeout=0)
    assert not killer.is_alive(), "the search ended before a worker could be killed"
    assert [w.poll() is None for w in cluster.workers].count(True) == 1
    here = tune(MODEL, CALIBRATION, EVALUATION, jobs=1, **SETTINGS)
    assert [(t.choice, t.outcome.status, t.outcome.sha256) for t in there.trials] == [
        (t.choice, "ok", t.outcome.sha256) for t in here.trials
    ]
    assert (there.best.number, there.model) == (here.best.number, here.model)
    assert len(state.read_text().splitlines()) == 1 + 8


def job() -> Job:
    return Job(
        MODEL, samples(40, 1), samples(60, 2), np.full((60, 4), 0.25, np.float32), "agreement"
    )


def test_data_that_went_with_all_workers_are_sent_again(cluster: Cluster) -> None:
    """Both workers die and another one finishes the search."""
    cluster.want_workers(2)
    batch = [Options(calibrator=name) for name in ("min-max", "mse", "entropy")]
    with on_cluster(job(), cluster.address, retries=1, patience=60) as run:
        found = run(batch)
        first = next(found)
        for worker in cluster.workers:
            worker.kill()
            worker.wait()
        cluster.want_workers(1)
        outcomes = dict([first, *found])
    expected = [run_trial(job(), options).sha256 for options in batch]
    assert [outcomes[k].sha256 for k in range(3)] == expected


def test_without_workers_the_search_ends_with_one_error(cluster: Cluster) -> None:
    """A trial kills every worker that receives it."""
    cluster.want_workers(1)
    with (
        pytest.raises(EdgeqError, match="no worker"),
        on_cluster(job(), cluster.address, 0, patience=2) as run,
    ):
        list(run([Poison()]))  # type: ignore[list-item]


def test_without_a_scheduler_the_search_ends_with_one_error(
    cluster: Cluster, capfd: pytest.CaptureFixture[str]
) -> None:
    """None of Dask's own messages reach the terminal."""
    cluster.want_workers(1)
    capfd.readouterr()
    with (
        pytest.raises(EdgeqError, match="does not answer"),
        on_cluster(job(), cluster.address, 0, patience=3) as run,
    ):
        list(run([killing(cluster)]))
    assert capfd.readouterr() == ("", "")


def killing(cluster: Cluster) -> Options:
    cluster.scheduler.kill()
    return Options()
