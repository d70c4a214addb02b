"""Layers and fused pipelines as plain data, which the native engine's templates write in C."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from edgeq.codegen.constants import input_name, output_name, parameter_name, variable_name
from edgeq.codegen.expressions import Arguments, Field, FiringRows, Operand, Place
from edgeq.codegen.names import C_TYPES, c_comment, c_rows
from edgeq.graph import Tensor, initial_bytes
from edgeq.opkit.kernel_call import KernelCall
from edgeq.plan import Pipeline, Plan, Program
from edgeq.plan.state import lay_out_state


@dataclass(frozen=True)
class Layer:
    """One operator. function, arguments: of its kernel, None for a view, which needs no code;
    fields: the kernel's parameters; output, output_bytes: where its first output lies, and its
    size.
    """

    index: int
    title: str
    shapes: str
    function: str | None
    fields: list[Field]
    arguments: Arguments | None
    output: Place
    output_bytes: int


@dataclass(frozen=True)
class StageLayer:
    """One stage of a fused pipeline. layer: with the arguments and the output of one firing; kept:
    how many rows of its output are stored, in words; rows, row_bytes: the rows that a firing
    computes, and their size.
    """

    layer: Layer
    kept: str
    rows: FiringRows
    row_bytes: int


@dataclass(frozen=True)
class PipelineLayers:
    """A fused pipeline. firings: the stage of each firing in order, as lines of numbers;
    memory_bytes: of line buffers and scratch; spared_bytes: of the tensors between stages, which
    are never stored whole.
    """

    index: int
    stages: list[StageLayer]
    firings: list[str]
    memory_bytes: int
    spared_bytes: int


@dataclass(frozen=True)
class AffineInput:
    """A float input that a kernel quantizes, each feature with its own scale. fields: the kernel's
    parameters.
    """

    index: int
    function: str
    fields: list[Field]


@dataclass(frozen=True)
class ConstantOutput:
    """A model output that is constant, and is copied into the arena after the last layer. array:
    the constant that holds it.
    """

    index: int
    array: str
    elements: int
    target: Operand


@dataclass(frozen=True)
class InitialValue:
    """A variable before the first inference: `nbytes` bytes of the state from `offset` on, those of a
    constant array, or all of them `fill` where there is none.
    """

    title: str
    offset: int
    nbytes: int
    array: str
    fill: int


def constant_outputs(
    program: Program, plan: Plan, names: Mapping[str, str]
) -> Iterator[ConstantOutput]:
    """The model's constant outputs. names: C names of constants."""
    graph = program.graph
    for index, t in enumerate(graph.outputs):
        tensor = graph.tensors[t]
        if tensor.constant and tensor.size:
            target = _in_arena(tensor, Place(plan.offsets[t]))
            yield ConstantOutput(index, names[output_name(index)], tensor.size, target)


def initial_values(program: Program, names: Mapping[str, str]) -> Iterator[InitialValue]:
    """The variables with what reset gives them. names: C names of constants."""
    for t, offset in lay_out_state(program.graph).offsets.items():
        tensor = program.graph.tensors[t]
        given, array = initial_bytes(tensor), names.get(variable_name(t), "")
        fill = np.frombuffer(given[:1], np.int8)[0].item()
        yield InitialValue(c_comment(tensor.name, 80), offset, len(given), array, fill)


def make_layer(program: Program, plan: Plan, names: Mapping[str, str], k: int) -> Layer:
    """The layer of a program's step k. names: C names of constants."""
    step, graph = program.steps[k], program.graph
    node = step.node
    output = graph.ops[node.index].outputs[0]
    ins = ", ".join(str(list(t.shape)) for t in node.inputs if t is not None and not t.constant)
    shapes = f"{ins} -> {', '.join(str(list(t.shape)) for t in node.outputs)}"
    call = step.call if isinstance(step.call, KernelCall) else None
    return Layer(
        k,
        f'{node.kind} "{c_comment(node.name, 80)}"',
        shapes,
        call.function if call else None,
        kernel_fields(call, f"layer{k}", names) if call else [],
        _arguments(program, plan, names, k, call) if call else None,
        _place(program, plan, output),
        node.output.nbytes,
    )


def make_pipeline(
    program: Program, plan: Plan, names: Mapping[str, str], layers: list[Layer], index: int
) -> PipelineLayers:
    """A fused pipeline of a program. layers: of all steps; names: C names of constants."""
    pipeline, tensors = program.schedule.pipelines[index], program.graph.tensors
    inside = {program.steps[k].writes[0] for k in pipeline.steps[:-1]}
    return PipelineLayers(
        index,
        [_stage_layer(program, plan, names, pipeline, layers[k]) for k in pipeline.steps],
        c_rows(np.array([firing.stage for firing in pipeline.firings], np.uint8)),
        pipeline.memory_bytes,
        sum(tensors[t].nbytes for t in inside),
    )


def _stage_layer(
    program: Program, plan: Plan, names: Mapping[str, str], pipeline: Pipeline, layer: Layer
) -> StageLayer:
    stage = layer.index - pipeline.first
    (output,) = program.steps[layer.index].writes
    lines, height = pipeline.line_buffers[output], program.graph.tensors[output].shape[1]
    kept = "all rows" if lines.place is not None else f"{lines.rows} of {height} rows"
    rows = FiringRows(stage, pipeline.kernels[stage].rows, height)
    arguments = _firing_arguments(program, plan, names, pipeline, rows)
    place = _row_place(plan, pipeline, output, stage)
    return StageLayer(
        replace(layer, arguments=arguments, output=place), kept, rows, lines.row_bytes
    )


def _firing_arguments(
    program: Program,
    plan: Plan,
    names: Mapping[str, str],
    pipeline: Pipeline,
    rows: FiringRows,
) -> Arguments:
    """The arguments of one firing. A line-buffered kernel gets the rows to compute and the line
    buffer; others get the first row that they read of each input.
    """
    stage, k = rows.stage, pipeline.first + rows.stage
    step, kernel, tensors = program.steps[k], pipeline.kernels[stage], program.graph.tensors
    op = program.graph.ops[step.node.index]
    writes = step.writes[0]
    outputs = [_in_arena(tensors[writes], _row_place(plan, pipeline, writes, stage))]
    scratch = plan.scratch[k] if kernel.call.scratch_bytes else None
    if kernel.line_buffered:
        (x,) = (op.inputs[p] for p in kernel.call.inputs)
        seen = replace(rows, lines=pipeline.line_buffers[x].rows)
        buffer = _in_arena(tensors[x], Place(plan.offsets[x]))
        return Arguments(seen, [buffer], outputs, scratch)
    inputs = [
        _in_arena(
            tensors[op.inputs[p]],
            _row_place(plan, pipeline, op.inputs[p], stage, kernel.advance // kernel.rows),
        )
        if op.inputs[p] in pipeline.line_buffers
        else _constant(tensors[op.inputs[p]], names[input_name(k, p)])
        for p in kernel.call.inputs
    ]
    return Arguments(None, inputs, outputs, scratch)


def _row_place(plan: Plan, pipeline: Pipeline, tensor: int, stage: int, advance: int = 1) -> Place:
    """The address of a stage's next row in a tensor, the counterpart of `LineBuffer.line`."""
    lines, offset = pipeline.line_buffers[tensor], plan.offsets[tensor]
    if lines.place is not None:
        return Place(offset, lines.row_bytes, 0, stage, advance)
    if lines.rows == 1:
        return Place(offset)
    return Place(offset, lines.row_bytes, lines.rows, stage, advance)


def make_calls(
    program: Program, layers: list[Layer], pipelines: list[PipelineLayers]
) -> list[Layer | PipelineLayers]:
    """The sequence of calls that runs the model: layers, and each fused pipeline in place of its
    layers.
    """
    schedule = program.schedule
    first = {schedule.pipelines[p.index].first: p for p in pipelines}
    calls: list[Layer | PipelineLayers] = []
    for layer in layers:
        if layer.index in first:
            calls.append(first[layer.index])
        elif schedule.pipeline_of(layer.index) is None:
            calls.append(layer)
    return calls


def kernel_fields(call: KernelCall, owner: str, names: Mapping[str, str]) -> list[Field]:
    """The parameters of a call; each array by its C name. owner: the C name of the parameter
    struct.
    """
    return [
        (
            field,
            names[parameter_name(owner, field)] if isinstance(value, np.ndarray) else value,
        )
        for field, value in call.parameters.items()
    ]


def _arguments(
    program: Program, plan: Plan, names: Mapping[str, str], k: int, call: KernelCall
) -> Arguments:
    """The arguments of a call that computes the whole output."""
    step, tensors = program.steps[k], program.graph.tensors
    op = program.graph.ops[step.node.index]
    inputs = [
        _constant(tensors[op.inputs[p]], names[input_name(k, p)])
        if input_name(k, p) in names
        else _in_arena(tensors[op.inputs[p]], _place(program, plan, op.inputs[p]))
        for p in call.inputs
    ]
    outputs = [_in_arena(tensors[t], _place(program, plan, t)) for t in op.outputs]
    scratch = plan.scratch[k] if call.scratch_bytes else None
    return Arguments(None, inputs, outputs, scratch, call.gathered, call.scattered)


def _place(program: Program, plan: Plan, t: int) -> Place:
    """Where a tensor lies: a variable in the state, any other in the arena."""
    if t in program.graph.states:
        return Place(lay_out_state(program.graph).offsets[t], memory="state")
    return Place(plan.offsets[t])


def _in_arena(tensor: Tensor, place: Place) -> Operand:
    return Operand(C_TYPES[tensor.dtype], place)


def _constant(tensor: Tensor, array: str) -> Operand:
    return Operand(C_TYPES[tensor.dtype], None, array)
