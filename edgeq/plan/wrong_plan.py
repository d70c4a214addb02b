"""The error for a schedule or a plan that is wrong, and how it names calls and bytes."""

from __future__ import annotations

from edgeq.errors import EdgeqError, shown
from edgeq.opkit.node import describe
from edgeq.plan.accesses import TENSOR_BITS, Call, Piece
from edgeq.plan.program import Program


class WrongPlanError(EdgeqError):
    """A schedule or plan under which a kernel would read what it should not, or would touch bytes
    outside of the arena: a fault of edgeq, never of the model.
    """

    def __init__(self, what: str, why: str) -> None:
        super().__init__(what, why, "edgeq planned the memory wrongly: report it, with the model")


def name_step(program: Program, k: int) -> str:
    """How messages name a step: `step 3, layer 4, CONV_2D "conv/Relu"`."""
    return f"step {k}, {describe(program.steps[k].node)}"


def name_call(program: Program, call: Call) -> str:
    """How messages name a call: its step, and of a firing its number and the rows it computes."""
    step = name_step(program, call.step)
    if call.firing is None:
        return step
    rows = f"rows {call.firing.first} to {call.firing.end - 1}"
    return f"{step}, firing {call.number} (computes {rows})"


def name_tensor(program: Program, t: int) -> str:
    """The quoted name of a tensor."""
    return f'"{shown(program.graph.tensors[t].name)}"'


def name_content(program: Program, number: int) -> str:
    """What a content number stands for: `byte 96 in row 6 of "conv"`, or the scratch of a step."""
    t, byte = number >> TENSOR_BITS, number & ((1 << TENSOR_BITS) - 1)
    if t >= len(program.graph.tensors):
        return f"scratch of step {t - len(program.graph.tensors)}"
    pipelines = program.schedule.pipelines
    lines = next((p.line_buffers[t] for p in pipelines if t in p.line_buffers), None)
    row = "" if lines is None else f" in row {byte // lines.apart}"
    return f"byte {byte}{row} of {name_tensor(program, t)}"


def misread(
    program: Program, who: str, piece: Piece, byte: int, content: int | None
) -> WrongPlanError:
    """The error for a read of a piece whose byte of the arena holds another content, or None."""
    wanted = name_content(program, piece.content + byte - piece.place)
    found = "nothing was written there" if content is None else name_content(program, content)
    return WrongPlanError(
        f"{who} reads byte {byte} of the arena for {wanted}",
        found if content is None else f"{found} lies there",
    )
