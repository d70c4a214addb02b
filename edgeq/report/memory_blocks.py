"""The buffers of the arena: which bytes they take, and from which step to which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edgeq.errors import shown
from edgeq.opkit.kernel_call import View
from edgeq.plan import Plan, Program
from edgeq.report.names import short_name


@dataclass(frozen=True)
class Block:
    """Bytes of the arena that hold a tensor (with its views), a line buffer, or scratch, from step
    `first` to step `last`.

    label: `t` and the tensor's index in the file, or `s` and the number of the step. name: of the tensor.
    """

    label: str
    name: str
    start: int
    nbytes: int
    first: int
    last: int
    scratch: bool = False

    @property
    def end(self) -> int:
        return self.start + self.nbytes

    @property
    def short_name(self) -> str:
        """The name of the layer, without what TensorFlow puts around it."""
        return "scratch" if self.scratch else short_name(self.name)


def memory_blocks(program: Program, plan: Plan) -> tuple[Block, ...]:
    """All buffers of a plan, ordered by their first step; views are part of their tensor's block."""
    views = {t for step in program.steps if isinstance(step.call, View) for t in step.writes}
    tensors = program.graph.tensors
    blocks = [
        Block(f"t{t}", shown(tensors[t].name), start, plan.held[t], *plan.lifetimes[t])
        for t, start in plan.offsets.items()
        if t not in views and plan.held[t]
    ]
    blocks += [
        Block(f"s{k}", f"scratch of step {k}", start, program.steps[k].scratch_bytes, k, k, True)
        for k, start in plan.scratch.items()
    ]
    return tuple(sorted(blocks, key=lambda b: (b.first, b.start, b.label)))


def row_names(program: Program) -> Mapping[int, str]:
    """Step -> label of its row: number and operator; -1 and the number of steps stand for before
    and after the inference.
    """
    steps = {k: f"{k:>3} {step.node.kind}" for k, step in enumerate(program.steps)}
    return {-1: "    before the start", **steps, len(program.steps): "    after the end"}


def occupied(alive: Sequence[Block]) -> int:
    """Bytes covered by blocks; bytes that two blocks share count once."""
    total = reached = 0
    for b in sorted(alive, key=lambda b: b.start):
        total += max(b.end - max(b.start, reached), 0)
        reached = max(reached, b.end)
    return total
