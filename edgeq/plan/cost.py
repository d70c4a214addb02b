"""What a schedule costs: bytes of arena, bytes of flash, instructions; and when that is worth it.

Fused pipelines save arena and cost the rest. The search (`edgeq/plan/fuse.py`) minimises
`Cost.total_bytes` among the schedules that `worthwhile` accepts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edgeq.opkit.rows import RowKernel
from edgeq.ops import count_macs
from edgeq.plan.arena import plan_arena
from edgeq.plan.program import Program

FLASH_OF_PIPELINE = 384  # bytes, about: the firing table, the switch over stages, their calls
LEAST_GAIN = 0.05  # of the arena, below which fusing is not worth it
LEAST_GAIN_BYTES = 512  # likewise, as row kernels themselves take some 800 bytes of flash
MOST_EXTRA = 50_000  # instructions that pipelines may add, in parts of a million of the program's


@dataclass(frozen=True)
class Cost:
    """arena_bytes: of the plan. flash_bytes: an estimate of what pipelines add. extra: instructions
    that they add, in parts of a million of the program's, estimated by multiply-accumulates.
    """

    arena_bytes: int
    flash_bytes: int
    extra: int

    @property
    def total_bytes(self) -> int:
        """A byte of flash counts as one of the arena, though devices have less of the latter: a
        pipeline must gain clearly more than it costs.
        """
        return self.arena_bytes + self.flash_bytes


def cost_of(program: Program) -> Cost:
    """What a program costs under its schedule; its arena is planned for that."""
    kernels: list[RowKernel | None] = [None] * len(program.steps)
    for pipeline in program.schedule.pipelines:
        kernels[pipeline.first : pipeline.last + 1] = pipeline.kernels
    return Cost(
        plan_arena(program).arena_bytes,
        FLASH_OF_PIPELINE * len(program.schedule.pipelines),
        sum(extra_instructions(program, kernels)),
    )


def worthwhile(cost: Cost, unfused_arena_bytes: int) -> bool:
    """Whether a schedule saves enough arena, and adds few enough instructions, to be considered."""
    most = min(unfused_arena_bytes * (1 - LEAST_GAIN), unfused_arena_bytes - LEAST_GAIN_BYTES)
    return cost.arena_bytes <= most and cost.extra <= MOST_EXTRA


def extra_instructions(program: Program, kernels: Sequence[RowKernel | None]) -> tuple[int, ...]:
    """For each step, the instructions that it needs more with its row kernel, in parts of a million
    of the program's; layers count by their multiply-accumulates, or outputs where they have none.
    """
    works = [count_macs(step.node) or step.node.output.size for step in program.steps]
    slower = [kernel.slower if kernel else 0.0 for kernel in kernels]
    return tuple(
        round(1_000_000 * work * part / max(sum(works), 1))
        for work, part in zip(works, slower, strict=True)
    )
