"""What a schedule costs: bytes of arena, bytes of flash, instructions; and when that is worth it.

Fused pipelines save arena and cost the rest. The search (`edgeq/plan/fuse.py`) minimises
`Cost.total_bytes` among the schedules that `worthwhile` accepts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from edgeq.opkit.rows import RowKernel
from edgeq.plan.arena import plan_arena
from edgeq.plan.program import CHANNELS, Program

FLASH_OF_PIPELINE = 384  # bytes, about: the firing table, the switch over stages, their calls
FLASH_OF_BLOCK = 160  # of each call for further channels of a layer: its parameters and the call
GENERAL_LOOP = 4  # instructions for each element, where a loop's bounds are no constants
LEAST_GAIN = 0.05  # of the arena, below which fusing is not worth it
LEAST_GAIN_BYTES = 512  # likewise, as row kernels themselves take some 800 bytes of flash
MOST_EXTRA = 50_000  # instructions that pipelines may add, in parts of a million of the program's
MOST_EXTRA_FED = (
    100_000  # likewise, where rows of the input come: who asks for that is short of RAM
)


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
    blocks = cost_of_blocks(program)
    return Cost(
        plan_arena(program).arena_bytes,
        FLASH_OF_PIPELINE * len(program.schedule.pipelines) + blocks.flash_bytes,
        sum(extra_instructions(program, kernels)) + blocks.extra + recomputed(program),
    )


def recomputed(program: Program) -> int:
    """What stripes compute more than once, in parts of a million of the program's work."""
    return round(1_000_000 * program.recomputed / max(work_once(program), 1))


def cost_of_blocks(program: Program) -> Cost:
    """What blocks of channels add, whatever the arena: calls, and instructions for reading the input of a
    layer with weights once more, for joining results, and for kernels that compilers cannot fit to one
    call any more.
    """
    blocks = {t: block for t, block in program.blocks.items() if block.axis == CHANNELS}
    further = {t for t, block in blocks.items() if block.first > 0}
    steps = [step for step in program.steps if further.intersection(step.writes)]
    joins = [step for step in program.steps if further.intersection(step.reads)]
    again = sum((step.macs or 0) // step.node.output.shape[-1] for step in steps)
    every = (step for step in program.steps if blocks.keys() & {*step.writes})
    shared = sum(GENERAL_LOOP * step.node.input(0).size for step in every if step.macs is None)
    joined = sum(step.node.output.size for step in joins if not further.intersection(step.writes))
    more = 1_000_000 * (again + shared + joined) / max(work_once(program), 1)
    return Cost(0, FLASH_OF_BLOCK * len(steps), round(more))


def works(program: Program) -> list[int]:
    """The work of each step: its multiply-accumulates, or outputs where it has none."""
    return [step.macs or step.node.output.size for step in program.steps]


def work_once(program: Program) -> int:
    """The work of all steps, but for what is computed again."""
    return sum(works(program)) - program.recomputed


class Limits(NamedTuple):
    """The most arena and added instructions, in parts of a million, of a schedule that is worth it."""

    arena_bytes: int
    extra: int


def worthwhile(cost: Cost, most: Limits) -> bool:
    """Whether a schedule saves enough arena, and adds few enough instructions, to be considered."""
    return cost.arena_bytes <= most.arena_bytes and cost.extra <= most.extra


def limits(unfused_arena_bytes: int) -> Limits:
    """What is worth it beside an arena in which nothing is fused."""
    least_gain = max(unfused_arena_bytes * LEAST_GAIN, LEAST_GAIN_BYTES)
    return Limits(int(unfused_arena_bytes - least_gain), MOST_EXTRA)


def extra_instructions(program: Program, kernels: Sequence[RowKernel | None]) -> tuple[int, ...]:
    """For each step, the instructions that it needs more with its row kernel, in parts of a million
    of the program's; layers count by their multiply-accumulates, or outputs where they have none.
    """
    of_steps, once = works(program), max(work_once(program), 1)
    slower = [kernel.slower if kernel else 0.0 for kernel in kernels]
    return tuple(
        round(1_000_000 * work * part / once) for work, part in zip(of_steps, slower, strict=True)
    )
