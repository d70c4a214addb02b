"""Layers and fused pipelines as plain data, which the native engine's templates write in C."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from edgeq.codegen.constants import input_name, output_name, variable_name
from edgeq.codegen.expressions import Arguments, FiringRows, Operand, Place
from edgeq.codegen.layer_data import (
    ConstantOutput,
    FedInput,
    FedPass,
    InitialValue,
    Layer,
    PipelineLayers,
    StageLayer,
)
from edgeq.codegen.names import C_TYPES, c_comment, c_rows
from edgeq.graph import Tensor, initial_bytes
from edgeq.plan import Pipeline, Plan, Program
from edgeq.plan.schedule import Taken
from edgeq.plan.state import lay_out_state


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


def make_pipeline(
    program: Program, plan: Plan, names: Mapping[str, str], layers: list[Layer], index: int
) -> PipelineLayers:
    """A fused pipeline of a program. layers: of all steps; names: C names of constants."""
    pipeline, tensors = program.schedule.pipelines[index], program.graph.tensors
    inside = {program.steps[k].writes[0] for k in pipeline.steps[:-1]}
    order = [firing.stage for firing in pipeline.firings]
    orders = ([firing.stage for firing in p.firings] for p in program.schedule.pipelines)
    return PipelineLayers(
        index,
        [_stage_layer(program, plan, names, pipeline, layers[k]) for k in pipeline.steps],
        c_rows(np.array(order, np.uint8)),
        next(k for k, other in enumerate(orders) if other == order),
        pipeline.memory_bytes,
        sum(tensors[t].nbytes for t in inside),
        program.steps[pipeline.first].feed is not None,
    )


def fed_input(program: Program, plan: Plan) -> FedInput | None:
    """The input that comes row by row, None where all inputs exist whole."""
    if program.fed is None:
        return None
    _, rows, columns, channels = program.fed.shape
    passes, stages = list[FedPass](), 0
    for index, pipeline in enumerate(program.schedule.pipelines):
        if program.steps[pipeline.first].feed is not None:
            (t,) = program.steps[pipeline.first].writes
            first = program.blocks[t].first * channels if t in program.blocks else 0
            elements = program.graph.tensors[t].shape[2] * channels
            nbytes, place = pipeline.line_buffers[t].row_bytes, _row_place(plan, pipeline, t, 0)
            passes.append(FedPass(pipeline.first, index, first, elements, nbytes, place))
            stages = max(stages, len(pipeline.steps))
    return FedInput(rows, program.fed.nbytes // rows, columns * channels, passes, stages)


def _stage_layer(
    program: Program, plan: Plan, names: Mapping[str, str], pipeline: Pipeline, layer: Layer
) -> StageLayer:
    stage = layer.index - pipeline.first
    (output,) = program.steps[layer.index].writes
    lines, height = pipeline.line_buffers[output], program.graph.tensors[output].shape[1]
    kept = f"{1 if lines.taken else lines.rows} of {height} rows"
    kept = "all rows" if lines.place is not None else kept
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
        lines = pipeline.line_buffers[x]
        one = lines.taken is not None  # a line buffer of the only row that is read
        place = _row_place(plan, pipeline, x, stage) if one else Place(plan.offsets[x])
        seen = replace(rows, lines=1 if one else lines.rows)
        return Arguments(seen, [_in_arena(tensors[x], place)], outputs, scratch)
    inputs = [
        _in_arena(
            tensors[op.inputs[p]],
            _row_place(plan, pipeline, op.inputs[p], stage, kernel.advance // kernel.rows),
        )
        if op.inputs[p] in pipeline.line_buffers
        else _constant(tensors[op.inputs[p]], names[input_name(str(k), p)])
        for p in kernel.call.inputs
    ]
    return Arguments(None, inputs, outputs, scratch)


def _row_place(plan: Plan, pipeline: Pipeline, tensor: int, stage: int, advance: int = 1) -> Place:
    """The address of a stage's next row in a tensor, the counterpart of `LineBuffer.line`."""
    lines, offset = pipeline.line_buffers[tensor], plan.offsets[tensor]
    if lines.place is not None:
        return Place(offset, lines.step, 0, stage, advance)
    if lines.rows == 1:
        return Place(offset)
    taken = lines.taken or Taken(1, 0)
    shift = taken.shift % lines.rows
    return Place(offset, lines.step, lines.rows, stage, advance * taken.stride, shift)


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


def needs_code(call: Layer | PipelineLayers) -> bool:
    """Whether a call of the model is any: a view is none."""
    return isinstance(call, PipelineLayers) or bool(call.function or call.control)


def _in_arena(tensor: Tensor, place: Place) -> Operand:
    return Operand(C_TYPES[tensor.dtype], place)


def _constant(tensor: Tensor, array: str) -> Operand:
    return Operand(C_TYPES[tensor.dtype], None, array)
