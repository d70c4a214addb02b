"""Layers that run in stripes: some columns of all of them from the first to the last, then the next ones.

Fused layers keep a few rows of every tensor between them, and these are wide where maps are wide. A
stripe computes some columns of the last layer's output, and of the layers before it those columns that
these need, so that its rows are short. Windows reach beyond a stripe: columns at its edges are computed
for both neighbours, which is what it costs (as in MCUNetV2, Lin et al. 2021, whose patches are stripes
cut across). To the planner stripes are steps of layers of fewer columns, one stripe after the other;
`Program.blocks` says which columns they are. Their results are rows of one tensor, side by side, so
that joining them takes no kernel; and each takes its own columns of an input that comes row by row,
which must come once for each stripe.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from edgeq.errors import EdgeqError
from edgeq.graph import Graph, Op, Tensor
from edgeq.opkit.kernel_call import View
from edgeq.opkit.node import Values
from edgeq.opkit.rows import RowKernel, Span
from edgeq.ops import bind_one
from edgeq.plan.candidates import find_row_kernel
from edgeq.plan.column_ranges import ColumnRanges, find_ranges, stripes_of, work_of
from edgeq.plan.cost import works
from edgeq.plan.feed import KIND, feed_step
from edgeq.plan.program import COLUMNS, Block, Program, Step
from edgeq.plan.steps import make_step


@dataclass
class _Made:
    """Operators of stripes, the tensors that they add to a graph, and what these are."""

    tensors: list[Tensor]
    ops: list[Op] = field(default_factory=list)
    blocks: dict[int, Block] = field(default_factory=dict)

    def constant(self, name: str, values: Values) -> int:
        """A new tensor of constant integers."""
        self.tensors.append(Tensor(name, values.shape, "int32", buffer=values.tobytes()))
        return len(self.tensors) - 1

    def part(self, whole: int, columns: Span) -> int:
        """A new tensor for some columns of another one."""
        tensor = self.tensors[whole]
        n, height, _, channels = tensor.shape
        name = f"columns {columns.first} to {columns.end - 1} of {tensor.name}"
        shape = (n, height, columns.end - columns.first, channels)
        self.tensors.append(replace(tensor, name=name, shape=shape, shape_signature=None))
        self.blocks[len(self.tensors) - 1] = Block(whole, *columns, COLUMNS)
        return len(self.tensors) - 1


def with_stripes(program: Program, last: int, count: int) -> Program | None:
    """The program, nothing of which is fused yet and whose input comes row by row, with its steps up to
    `last` in so many stripes; None where they cannot run so.
    """
    steps, (y,) = range(last + 1), program.steps[last].writes
    kernels = [find_row_kernel(program.steps[k]) for k in steps]
    made, results, work = _Made(list(program.graph.tensors)), list[int](), 0.0
    for columns in stripes_of(program.graph.tensors[y].shape[2], count):
        ranges = find_ranges(program, kernels, last, columns)
        if ranges is None:
            return None
        numbers = dict[int, int]()
        for k in steps:
            kernel = kernels[k]
            if kernel is None or not _add_step(program, k, kernel, ranges, numbers, made):
                return None
            work += work_of(program, k, ranges)
        results.append(numbers[y])
    options = (("axis", 2), ("fused_activation_function", "NONE"))
    made.ops.append(
        Op("CONCATENATION", tuple(results), (y,), options, 2, options_type="ConcatenationOptions")
    )
    try:
        striped = _with_steps(program, last, made, results)
    except EdgeqError:  # an operator that does not compute these columns alone
        return None
    once = sum(works(program)[: last + 1])
    return replace(striped, recomputed=program.recomputed + round(work - once))


def _add_step(
    program: Program,
    k: int,
    kernel: RowKernel,
    ranges: ColumnRanges,
    numbers: dict[int, int],
    made: _Made,
) -> bool:
    """Adds the operators of a step in a stripe; False where it has constants that differ from column to
    column. kernel: its row kernel. numbers: of each tensor its part in this stripe.
    """
    step, (y,) = program.steps[k], program.steps[k].writes
    op, tensors = program.graph.ops[step.node.index], program.graph.tensors
    if kernel.columns is None and any(
        tensors[t].constant and len(tensors[t].shape) > 1 and tensors[t].shape[-2] > 1
        for t in op.inputs
        if t >= 0
    ):
        return False
    inputs = {
        x: _columns(made, numbers[x], ranges.computed[x], ranges.wanted[k, x]) for x in step.reads
    }
    options = op.attributes
    if kernel.columns is not None:
        (x,) = step.reads
        options = (*options, ("columns", ranges.window(k, x, y, kernel.columns)))
    numbers[y] = made.part(y, ranges.computed[y])
    parts = tuple(inputs.get(t, t) for t in op.inputs)
    made.ops.append(replace(op, inputs=parts, outputs=(numbers[y],), attributes=options))
    return True


def _columns(made: _Made, part: int, computed: Span, wanted: Span) -> int:
    """Of a tensor's part the columns that are wanted, which a slice copies where they are not all."""
    if computed == wanted:
        return part
    begin = np.array((0, 0, wanted.first - computed.first, 0), np.int32)
    taken = made.part(made.blocks[part].tensor, wanted)
    size = np.array(made.tensors[taken].shape, np.int32)
    inputs = (part, made.constant("begin", begin), made.constant("size", size))
    made.ops.append(Op("SLICE", inputs, (taken,), (), 2))
    return taken


def _with_steps(program: Program, last: int, made: _Made, results: Sequence[int]) -> Program:
    """The program with the operators of stripes in place of its steps up to `last`, each a step, and a
    view that joins the results.
    """
    graph, steps = program.graph, program.steps
    gone = {step.node.index for step in steps[: last + 1]}
    stay = [k for k in range(len(graph.ops)) if k not in gone]
    number = {k: len(made.ops) + place for place, k in enumerate(stay)}
    ops = (*made.ops, *(graph.ops[k] for k in stay))
    changed = replace(graph, tensors=tuple(made.tensors), ops=ops)
    new = [_step(changed, k) for k in range(len(made.ops) - 1)]
    joined = bind_one(changed, len(made.ops) - 1)
    new.append(Step(joined, View(0), tuple(results), made.ops[-1].outputs))
    kept = [
        replace(step, node=replace(step.node, index=number[step.node.index]))
        for step in steps[last + 1 :]
    ]
    return replace(
        program,
        graph=changed,
        steps=(*new, *kept),
        blocks={**program.blocks, **made.blocks},
        joined={**program.joined, **dict.fromkeys(results, results[0])},
    )


def _step(graph: Graph, k: int) -> Step:
    """The step of an operator of stripes."""
    fed = graph.ops[k].kind == KIND
    return feed_step(graph, k) if fed else make_step(graph, bind_one(graph, k))
