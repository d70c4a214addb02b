"""Where the tensors of a program lie in C: of the whole model, or of a region of one of its steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from edgeq.codegen.constants import input_name
from edgeq.codegen.expressions import Operand, Place
from edgeq.codegen.names import C_TYPES
from edgeq.opkit.kernel_call import KernelCall
from edgeq.plan import Plan, Program
from edgeq.plan.control import Outside, Routine
from edgeq.plan.state import lay_out_state


@dataclass(frozen=True)
class Frame:
    """A program with its plan in C.

    prefix: what the labels of its steps begin with. start: the byte of the arena where its memory
    starts. outside: its variables. depth: how many loops it is in.
    """

    program: Program
    plan: Plan
    prefix: str
    start: int
    outside: Mapping[int, Operand]
    depth: int = 0

    def label(self, k: int) -> str:
        """The label of step k."""
        return f"{self.prefix}{k}"

    def operand(self, t: int) -> Operand:
        """A tensor that is not constant."""
        if t in self.outside:
            return self.outside[t]
        ctype = C_TYPES[self.program.graph.tensors[t].dtype]
        return Operand(ctype, Place(self.start + self.plan.offsets[t]))

    def input(self, names: Mapping[str, str], k: int, position: int) -> Operand:
        """An input of step k. names: C names of constants."""
        t = self.program.graph.ops[self.program.steps[k].node.index].inputs[position]
        name = input_name(self.label(k), position)
        if name in names:
            return Operand(C_TYPES[self.program.graph.tensors[t].dtype], None, names[name])
        return self.operand(t)

    def scratch(self, k: int) -> int | None:
        """The byte of the arena where the working memory of step k starts, None if it has none."""
        call = self.program.steps[k].call
        used = isinstance(call, KernelCall) and call.scratch_bytes
        return self.start + self.plan.scratch[k] if used else None


def main_frame(program: Program, plan: Plan) -> Frame:
    """The frame of a whole model, whose variables lie in its state."""
    tensors = program.graph.tensors
    outside = {
        t: Operand(C_TYPES[tensors[t].dtype], Place(offset, memory="state"))
        for t, offset in lay_out_state(program.graph).offsets.items()
    }
    return Frame(program, plan, "", 0, outside)


def inner_frame(
    frame: Frame, names: Mapping[str, str], k: int, name: str, routine: Routine, loops: int
) -> Frame:
    """The frame of a region of step k. name: of the routine; loops: 1 if it is in a loop that its
    frame is not in, else 0.
    """
    depth = frame.depth + loops
    op = frame.program.graph.ops[frame.program.steps[k].node.index]

    def operand(place: Outside) -> Operand:
        if place.side == "step":
            return Operand("int32_t", None, f"&{step_name(depth)}")
        if place.side == "input":
            return frame.input(names, k, place.position)
        return frame.operand(op.outputs[place.position])

    outside = {t: operand(place) for t, place in routine.outside.items()}
    start = frame.scratch(k) or 0
    return Frame(routine.program, routine.plan, f"{frame.label(k)}_{name}_", start, outside, depth)


def step_name(depth: int) -> str:
    """The C variable that counts the steps of a loop within `depth` - 1 others."""
    return "step" if depth == 1 else f"step{depth}"
