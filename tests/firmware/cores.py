"""What emulated cores must give."""

from __future__ import annotations

from edgeq.codegen.native import NativeOptions
from edgeq.graph import Model
from edgeq.verify import verify
from edgeq.verify.job import Settings

SMALLEST = Settings(optimization="-Os", native=NativeOptions("size"))


def assert_cores_agree(
    model: Model, *targets: str, samples: int = 2, settings: Settings | None = None
) -> None:
    """Every target gives the simulator's bytes."""
    for result in verify(
        model, targets=targets, samples=samples, settings=settings, strict=True
    ).targets:
        assert (result.status, result.reason, result.first_difference) == ("ok", None, None), (
            result.name
        )
