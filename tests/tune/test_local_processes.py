"""Local processes do not change results, and a killed one loses no trials."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tune.classifier import float_tflite, samples
from tune.poison import Poison

from edgeq.quantize.options import Options
from edgeq.tune.local_processes import on_this_machine
from edgeq.tune.trial import Job, Outcome

pytestmark = pytest.mark.slow
OPTIONS = [Options(calibrator=name) for name in ("min-max", "mse", "entropy")]


@pytest.fixture(scope="module")
def job() -> Job:
    return Job(
        float_tflite(),
        samples(40, 1),
        samples(60, 2),
        np.full((60, 4), 0.25, np.float32),
        "agreement",
    )


def outcomes(job: Job, jobs: int, batch: list[Any], retries: int = 1) -> list[Outcome]:
    with on_this_machine(job, jobs, retries) as run:
        found = dict(run(batch))
    return [found[position] for position in range(len(batch))]


def test_every_number_of_processes_makes_the_same_models(job: Job) -> None:
    one, two = (outcomes(job, jobs, OPTIONS) for jobs in (1, 2))
    assert [o.content for o in one] == [o.content for o in two]
    assert [o.score and o.score.to_json() for o in one] == [
        o.score and o.score.to_json() for o in two
    ]
    assert len({o.sha256 for o in one}) > 1


def test_a_trial_that_kills_its_process_is_lost_alone(job: Job) -> None:
    found = outcomes(job, 2, [OPTIONS[0], Poison(), *OPTIONS[1:]])
    assert [o.status for o in found] == ["ok", "lost", "ok", "ok"]
    assert "1 retries" in found[1].reason
