"""An input that comes row by row, so that it never exists whole: a source in front of the program.

The application gives one row of the input after the other, as a camera or a DMA buffer has them. To
the planner that is a step in front of all others, which reads nothing and writes the input. It is no
operator of the model and no kernel: firings of its row kernel are where the firmware waits for the
next row. As a stage of the first pipeline its line buffer, the firings and all places are searched
and checked like those of the other stages.
"""

from __future__ import annotations

from dataclasses import replace
from math import inf

from edgeq.errors import EdgeqError, shown
from edgeq.graph import Graph, Op, Tensor
from edgeq.opkit.input_affine import InputAffine
from edgeq.opkit.kernel_call import KernelCall, View
from edgeq.opkit.node import Node, describe
from edgeq.opkit.rows import RowKernel
from edgeq.plan.candidates import find_row_kernel
from edgeq.plan.program import Program, Step

KIND = "INPUT_ROWS"  # of the step's node; no operator of files is called so
NO_CALL = KernelCall("", {}, (), 0, ())  # the firmware waits for the application instead
ROW_SOURCE = RowKernel(NO_CALL)
CANNOT = "the input cannot be fed by rows"
REMEDY = "leave --feed-rows out"


def with_fed_input(program: Program) -> Program:
    """The program, nothing of which is fused yet, with a source of rows in place of its only input.

    Raises EdgeqError where it has not one input of rows: of the shape [1, height, width, channels].
    """
    graph = program.graph
    if len(graph.inputs) != 1:
        why = f"the model has {len(graph.inputs)} inputs, and rows of one are taken"
        raise EdgeqError(CANNOT, why, REMEDY)
    (given,) = graph.inputs
    t, steps = _seen_as_image(program, given)
    tensor = graph.tensors[t]
    if t in graph.outputs or not has_rows(tensor):
        why = f'"{shown(tensor.name)}" {list(tensor.shape)} is not [1, height, width, channels]'
        raise EdgeqError(CANNOT, why, REMEDY)
    fed = replace(graph, ops=(*graph.ops, Op(KIND, (), (t,))), inputs=())
    source = feed_step(fed, len(graph.ops))
    return replace(program, graph=fed, steps=(source, *steps), fed_input=given)


def feed_step(graph: Graph, k: int) -> Step:
    """The step that stands for rows of the input, which operator k of the graph does."""
    (t,) = graph.ops[k].outputs
    node = Node(k, KIND, None, (), (graph.tensors[t],))
    return Step(node, NO_CALL, (), (t,), feed=ROW_SOURCE)


def _seen_as_image(program: Program, t: int) -> tuple[int, tuple[Step, ...]]:
    """The tensor whose rows come, which is the input or a view of all its bytes that alone is read;
    and the steps without those views.
    """
    steps, tensors = program.steps, program.graph.tensors
    while t not in program.graph.outputs and not has_rows(tensors[t]):
        readers = [step for step in steps if t in step.reads]
        if len(readers) != 1 or not isinstance(readers[0].call, View):
            break
        (view,) = readers
        if len(view.writes) != 1 or tensors[view.writes[0]].nbytes != tensors[t].nbytes:
            break
        t, steps = view.writes[0], tuple(step for step in steps if step is not view)
    return t, steps


def made_of_real_values(graph: Graph, affine: InputAffine) -> EdgeqError:
    """The error for an input each feature of which is scaled before it becomes an integer."""
    name = shown(graph.tensors[affine.input].name)
    return EdgeqError(CANNOT, f'each feature of "{name}" has a scale of its own', REMEDY)


def check_fed(program: Program) -> None:
    """Raises EdgeqError where the fed input of a scheduled program is no stage of a pipeline."""
    if program.schedule.pipeline_of(0) is not None:
        return
    (t,) = program.steps[0].writes
    readers = [step for step in program.steps if t in step.reads]
    whole = next((step for step in readers if find_row_kernel(step) is None), None)
    why = "no pipeline of its layers comes to an end with rows of it"
    if whole is not None:
        why = f"{describe(whole.node)} reads it, which has no kernel that computes row by row"
    raise EdgeqError(CANNOT, why, REMEDY)


def check_extra_macs(feed_rows: bool, most: float) -> None:
    """Raises EdgeqError where layers may be computed again and no input is fed, or for no number."""
    if not 0 <= most < inf:
        why = "it is a part of the multiply-accumulates, 0 or more"
        raise EdgeqError(f"--max-extra-macs {most}", why, "give 0.3 for 30 %")
    if most and not feed_rows:
        why = "layers are computed again for parts of an input that comes row by row"
        raise EdgeqError("--max-extra-macs without --feed-rows", why, "add --feed-rows")


def has_rows(tensor: Tensor) -> bool:
    """Whether a tensor has at least two rows, one behind the other in memory."""
    shape = tensor.shape
    return len(shape) == 4 and shape[0] == 1 and shape[1] > 1 and tensor.size > 0
