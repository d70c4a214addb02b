"""What pruning buys and costs: size, cycles and accuracy of integer models with fewer channels."""

from __future__ import annotations

from dataclasses import dataclass

from edgeq.codegen.native import render_native
from edgeq.errors import EdgeqError
from edgeq.graph import Model
from edgeq.ops import count_macs
from edgeq.qat.train import Reals
from edgeq.simulate.result import SimulateResult, compare_outputs
from edgeq.verify.bench import bench

BOARD = "nucleo-l4r5zi"  # whose cycles are reported: a Cortex-M4 with the timing of its flash


@dataclass(frozen=True)
class FrontPoint:
    """An integer model. None where it cannot be known.

    pruned: share of the float model's multiply-accumulates that was left out; trained: whether it
        was fine-tuned.
    flash_bytes: of constants; arena_bytes: RAM; macs, cycles: of an inference, cycles on `BOARD` by
        the compiler that needs fewest.
    agreement, mean_abs_error: against the float model; accuracy: by the metric that suits the data.
    """

    pruned: float
    trained: bool
    flash_bytes: int
    arena_bytes: int
    macs: int
    cycles: int | None
    agreement: float
    mean_abs_error: float
    accuracy: float | None


def front_point(
    pruned: float, trained: bool, model: Model, result: SimulateResult, expected: Reals
) -> FrontPoint:
    """The point of an integer model. result: of simulating it; expected: the float model's outputs."""
    engine, compared = render_native(model, "model"), compare_outputs(result.outputs, expected)
    return FrontPoint(
        pruned,
        trained,
        engine.model_bytes,
        engine.arena_bytes,
        sum(count_macs(step.node) or 0 for step in engine.program.steps),
        _cycles(model),
        compared.agreement,
        compared.mean_abs_error,
        None if result.accuracy is None else float(result.accuracy["value"]),
    )


def _cycles(model: Model) -> int | None:
    try:
        rows = bench(model, boards=(BOARD,)).targets
    except EdgeqError:
        return None
    return min((c for row in rows if (c := row.result.cycles_per_inference)), default=None)
