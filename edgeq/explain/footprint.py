"""Memory, instructions and energy of the float and of the integer model on a microcontroller."""

from __future__ import annotations

from dataclasses import dataclass

from edgeq.dead_channels import LeftOut, leave_out, left_out
from edgeq.errors import EdgeqError
from edgeq.graph import Model
from edgeq.graph.compact import without_unused
from edgeq.mixed.costs import CORE, arena_bytes, flash_bytes
from edgeq.ops import bind, count_macs
from edgeq.verify.bench import bench

CYCLES = 1.3  # per instruction on a Cortex-M4 with few flash wait states
PICOJOULES = 156.0  # per cycle: nRF52840 product specification, 3 V, 52 uA/MHz, from flash
ASSUMPTION = (
    f"{CYCLES:g} cycles an instruction, {PICOJOULES:g} pJ a cycle (nRF52840 at 3 V from flash)"
)


@dataclass(frozen=True)
class Footprint:
    """What one model takes in the native engine, without channels that no output depends on; None where
    it cannot be known: a layer that the engine lacks, or no emulator.

    flash_bytes: of constants.
    arena_bytes: of tensors and scratch.
    macs: multiply-accumulates of one inference.
    instructions: of one inference on `CORE`.
    left_out: of the model, with such channels; None where there are none.
    """

    flash_bytes: int
    arena_bytes: int | None
    macs: int
    instructions: int | None
    left_out: LeftOut | None = None

    @property
    def microjoules(self) -> float | None:
        """Estimated energy of one inference, by `ASSUMPTION`."""
        return None if self.instructions is None else self.instructions * CYCLES * PICOJOULES * 1e-6


def footprint(model: Model) -> Footprint:
    """What a model takes in the native engine."""
    made = without_unused(model)
    try:
        live = leave_out(made.main)
        arena = arena_bytes(live.graph)
        macs = sum(count_macs(node) or 0 for node in bind(live.graph))
    except EdgeqError:
        return Footprint(flash_bytes(made.main), None, 0, None)
    flash = flash_bytes(without_unused(Model((live.graph,))).main)
    return Footprint(flash, arena, macs, _instructions(made), left_out(made.main, live))


def _instructions(model: Model) -> int | None:
    try:
        return bench(model, targets=(CORE,)).targets[0].result.instructions_per_inference
    except EdgeqError:
        return None
