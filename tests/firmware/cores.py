"""What emulated cores must give."""

from __future__ import annotations

from functools import lru_cache

from edgeq.cleanup import cleaned
from edgeq.codegen.native import NativeOptions, render_native
from edgeq.graph import Model
from edgeq.simulate.execute import random_inputs
from edgeq.verify.job import Job, Settings, prepare
from edgeq.verify.run import verify_target
from edgeq.verify.targets import find_target

SMALLEST = Settings(optimization="-Os", native=NativeOptions("size"))


def assert_cores_agree(
    model: Model, *targets: str, samples: int = 2, settings: Settings | None = None
) -> None:
    """Every target gives the simulator's bytes."""
    chosen = settings or Settings()
    job = _job(model, samples, chosen.native)
    for name in targets:
        result = verify_target(job, find_target(name), settings=chosen, strict=True)
        assert (result.status, result.reason, result.first_difference) == ("ok", None, None), name


@lru_cache(maxsize=4)
def _job(model: Model, samples: int, options: NativeOptions) -> Job:
    """The C of a model, which is the same for all cores, and random inputs."""
    clean = cleaned(model)
    engine = render_native(clean, "model", options=options)
    return prepare(clean, engine, random_inputs(clean.main, samples, 0))
