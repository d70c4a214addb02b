"""`inspect`: the structure of a model and what it takes on a device."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

from edgeq.cleanup import cleaned
from edgeq.dead_channels import LeftOut, LivePart, leave_out, left_out, whole
from edgeq.errors import EdgeqError
from edgeq.graph import Graph, ModelSource, Tensor
from edgeq.graph.regions import every_tensor
from edgeq.html import result_html
from edgeq.opkit.input_affine import find_input_affines
from edgeq.opkit.kernel_call import KernelCall
from edgeq.ops import count_macs, resolve, supported
from edgeq.plan import Program, lower, lower_to_front, plan_arena
from edgeq.plan.control import open_loops
from edgeq.plan.cost import recomputed
from edgeq.plan.program import CHANNELS
from edgeq.plan.state import lay_out_state

Outputs = tuple[int, ...]
"""The tensors that a layer writes, which are no other layer's."""


@dataclass(frozen=True)
class LayerInfo:
    """One operator.

    macs: multiply-accumulates of one inference.
    output_shape: of its first output.
    supported: whether edgeq computes the operator.
    kernel: the C function that computes it; empty if the native engine runs no code for it, or
        cannot run the model.
    """

    index: int
    op: str
    name: str
    macs: int
    output_shape: tuple[int, ...]
    supported: bool
    kernel: str


class FrontPoint(NamedTuple):
    """A schedule of which none takes both less arena and fewer instructions.

    instructions: that it adds, estimated, as a part of the model's; macs: what of the
    multiply-accumulates it computes again; passes: how often all rows of a fed input come, 0 of an input
    that is whole.
    """

    arena_bytes: int
    instructions: float
    macs: float
    passes: int


@dataclass(frozen=True)
class TensorInfo:
    """One tensor.

    scale, zero_point: of the first channel if quantized per channel; None if not quantized.
    channels: number of scales.
    """

    index: int
    name: str
    shape: tuple[int, ...]
    dtype: str
    nbytes: int
    constant: bool
    scale: float | None
    zero_point: int | None
    channels: int


@dataclass(frozen=True)
class InspectResult:
    """The result of `inspect`.

    arena: None if the native engine cannot run the model. Else planned_bytes, and lower bounds:
        bound_bytes of any plan without overlap; overlap_bound_bytes of any plan for this order of
        layers and these fused pipelines (proved: the plan reaches it); order_bound_bytes of any
        plan of whole tensors in any order; row_bound_bytes of any plan in this order with any
        pipelines.
    arena_reason: why there is no arena.
    state_bytes: of variables, kept between inferences apart from the arena.
    row_by_row: layers of each fused pipeline.
    open_loops: layers that are loops whose number of steps depends on data; their multiply-accumulates
        are those of one step.
    in_blocks: layers that compute some of their channels at a time, each with the number of times.
    feed_rows_bytes: of the arena where the input comes row by row; None where it cannot, or where
        that takes no less.
    as_data_comes: for each input that is float in the file and integer in the firmware, the
        operators between, which the firmware's helper function computes when data is written.
    left_out: channels that no output depends on, which the native engine does not compute; None
        where there are none.
    front: where asked for, schedules of which none takes both less arena and fewer instructions than
        another: (bytes of arena, instructions that row kernels add, as a fraction).
    """

    operators: dict[str, int]
    macs: int
    weights_bytes: int
    tensors: tuple[TensorInfo, ...]
    layers: tuple[LayerInfo, ...]
    arena: dict[str, int] | None
    arena_reason: str | None
    row_by_row: tuple[tuple[int, ...], ...]
    as_data_comes: tuple[tuple[int, ...], ...] = ()
    state_bytes: int = 0
    feed_rows_bytes: int | None = None
    left_out: LeftOut | None = None
    front: tuple[FrontPoint, ...] = ()
    in_blocks: tuple[tuple[int, int], ...] = ()
    open_loops: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    _repr_html_ = result_html


def inspect(
    model: ModelSource,
    keep_dead_channels: bool = False,
    feed_rows: bool = False,
    front: bool = False,
    max_extra_macs: float = 0.0,
) -> InspectResult:
    """Inspects the main graph of a model after clean-up, as all engines run it; float models and
    unsupported operators are accepted.

    model: as `read_tflite` gives it, or the path or bytes of a .tflite file.
    keep_dead_channels: whether the native engine is to compute channels that no output depends on.
    feed_rows: the arena is that of firmware which takes the input row by row. Raises EdgeqError where
        it cannot.
    front: whether to search for schedules of less arena or fewer instructions. max_extra_macs: how much
        these may compute again, as a part of the multiply-accumulates.
    """
    graph = cleaned(model).main
    live, reason = _live_part(graph, keep_dead_channels)
    program, reason = (None, reason) if live is None else _lowered(live.graph, feed_rows)
    kernels = _kernels(program) if program is not None else {}
    layers = tuple(_layer(graph, index, kernels) for index in range(len(graph.ops)))
    described = InspectResult(
        operators=dict(sorted(Counter(op.kind for op in graph.ops).items())),
        macs=sum(layer.macs for layer in layers),
        weights_bytes=_weights_bytes(graph),
        tensors=tuple(_tensor(index, tensor) for index, tensor in enumerate(graph.tensors)),
        layers=layers,
        arena=None,
        arena_reason=reason,
        row_by_row=(),
        as_data_comes=tuple(input_affine.ops for input_affine in find_input_affines(graph)),
    )
    if live is None or program is None:
        return described
    return replace(
        described,
        arena=_arena(program),
        row_by_row=_row_by_row(graph, program),
        state_bytes=lay_out_state(program.graph).nbytes,
        feed_rows_bytes=_feed_rows_bytes(live.graph, program),
        left_out=left_out(graph, live),
        front=_front(live.graph, feed_rows, max_extra_macs) if front else (),
        in_blocks=_in_blocks(graph, program),
        open_loops=_open_loops(graph, program),
    )


def _open_loops(graph: Graph, program: Program) -> tuple[int, ...]:
    written = {t for k in open_loops(program) for t in program.steps[k].writes}
    return tuple(k for k, op in enumerate(graph.ops) if written.intersection(op.outputs))


def layer_macs(graph: Graph, index: int) -> int:
    """Multiply-accumulates of one operator; 0 for operators without, and for unsupported ones."""
    if graph.ops[index].kind not in supported():
        return 0
    try:
        return count_macs(resolve(graph, index)) or 0
    except EdgeqError:  # reported as `arena_reason`
        return 0


def _layer(graph: Graph, index: int, kernels: Mapping[Outputs, str]) -> LayerInfo:
    op = graph.ops[index]
    output = graph.tensors[op.outputs[0]] if op.outputs else None
    return LayerInfo(
        index,
        op.custom_code or op.kind,
        output.name if output else "",
        layer_macs(graph, index),
        output.shape if output else (),
        op.kind in supported(),
        kernels.get(op.outputs, ""),
    )


def _tensor(index: int, tensor: Tensor) -> TensorInfo:
    q = tensor.quantization
    return TensorInfo(
        index,
        tensor.name,
        tensor.shape,
        tensor.dtype,
        tensor.nbytes,
        tensor.constant,
        q.scale[0] if q else None,
        q.zero_point[0] if q else None,
        len(q.scale) if q else 0,
    )


def _weights_bytes(graph: Graph) -> int:
    """Bytes of the distinct constants in flash, those of branches and loops too; shared ones count
    once.
    """
    constants = {(t.buffer, t.codebook): t for t in every_tensor(graph) if t.buffer is not None}
    return sum(
        len(t.buffer or b"") if t.codebook is None else t.stored_bytes for t in constants.values()
    )


def _live_part(graph: Graph, keep_dead_channels: bool) -> tuple[LivePart | None, str | None]:
    """What the native engine computes of a graph, or the reason why it cannot."""
    try:
        return whole(graph) if keep_dead_channels else leave_out(graph), None
    except EdgeqError as error:
        return None, str(error)


def _lowered(graph: Graph, feed_rows: bool) -> tuple[Program | None, str | None]:
    """The native engine's program, or the reason why there is none, which is raised where rows of the
    input are asked for.
    """
    if feed_rows:
        return lower(graph, feed_rows=True), None
    try:
        return lower(graph), None
    except EdgeqError as error:
        return None, str(error)


def _feed_rows_bytes(graph: Graph, program: Program) -> int | None:
    """The arena where the input comes row by row, None where it cannot or needs no less for that."""
    try:
        fed = program if program.fed is not None else lower(graph, feed_rows=True)
    except EdgeqError:
        return None
    taken, whole = plan_arena(fed).arena_bytes, plan_arena(program).arena_bytes
    return taken if fed is program or taken < whole else None


def _front(graph: Graph, feed_rows: bool, max_extra_macs: float) -> tuple[FrontPoint, ...]:
    return tuple(
        FrontPoint(
            cost.arena_bytes,
            cost.extra / 1e6,
            recomputed(program) / 1e6,
            sum(step.feed is not None for step in program.steps),
        )
        for cost, program in lower_to_front(graph, feed_rows, max_extra_macs)
    )


def _whole(program: Program, tensors: Outputs) -> Outputs:
    """The tensors of the model that some are blocks of, or that they are."""
    blocks = program.blocks
    return tuple(blocks[t].tensor if t in blocks else t for t in tensors)


def _kernels(program: Program) -> dict[Outputs, str]:
    """The C function of each layer that has one, by the layer's output tensors."""
    found = dict[Outputs, str]()
    for k, step in enumerate(program.steps):
        pipeline = program.schedule.pipeline_of(k)
        call = step.call if pipeline is None else pipeline.kernels[k - pipeline.first].call
        if isinstance(call, KernelCall) and step.feed is None:
            outputs = program.graph.ops[step.node.index].outputs
            found.setdefault(_whole(program, outputs), call.function)
    return found


def _arena(program: Program) -> dict[str, int]:
    """The arena's planned size and lower bounds, see `InspectResult`."""
    plan = plan_arena(program)
    return {
        "bound_bytes": plan.bound_bytes,
        "overlap_bound_bytes": plan.overlap_bound_bytes,
        "planned_bytes": plan.arena_bytes,
        "proved": plan.proved,
        "order_bound_bytes": program.lower_bound_bytes,
        "row_bound_bytes": program.fused_lower_bound_bytes,
    }


def _row_by_row(graph: Graph, program: Program) -> tuple[tuple[int, ...], ...]:
    """The layers of each fused pipeline."""
    layer = {op.outputs: index for index, op in enumerate(graph.ops)}
    return tuple(
        tuple(
            layer[_whole(program, program.steps[k].writes)]
            for k in pipeline.steps
            if not program.steps[k].feed
        )
        for pipeline in program.schedule.pipelines
    )


def _in_blocks(graph: Graph, program: Program) -> tuple[tuple[int, int], ...]:
    """The layers that compute some of their channels at a time, and how often each does."""
    blocks = program.blocks.values()
    count = Counter(block.tensor for block in blocks if block.axis == CHANNELS)
    return tuple(
        (index, count[op.outputs[0]])
        for index, op in enumerate(graph.ops)
        if op.outputs and op.outputs[0] in count
    )
