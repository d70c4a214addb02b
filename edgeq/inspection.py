"""`inspect`: what a model is made of and what it takes, before anything is computed."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from edgeq.errors import EdgeqError
from edgeq.graph import Graph, Model, Tensor
from edgeq.opkit.input_front import find_fronts
from edgeq.ops import count_macs, resolve, supported
from edgeq.plan import lower, plan_arena


@dataclass(frozen=True)
class LayerInfo:
    """One operator: multiply-accumulates per inference and the shape of its first output."""

    index: int
    op: str
    name: str
    macs: int
    output_shape: tuple[int, ...]
    supported: bool


@dataclass(frozen=True)
class TensorInfo:
    """One tensor; scale and zero_point of the first channel where it is quantized per channel."""

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
    """arena: None, with the reason, where the native engine cannot run the model.

    Else its planned_bytes; bound_bytes, which no plan without overlap can beat; overlap_bound_bytes, which no plan for
    this order of layers and these chains can beat; proved: the plan takes just that. order_bound_bytes: what no plan
    of whole tensors can beat in any order; row_bound_bytes: what none can in this order, whatever runs row by row.
    row_by_row: the layers of each chain that runs so. as_data_comes: for each input that is real in the file and
    integers in the firmware, the layers between, which its float helper computes.
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

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def inspect(model: Model) -> InspectResult:
    """Looks at the first subgraph of a model; works for float models and unsupported operators too."""
    graph = model.main
    layers = tuple(_layer(graph, index) for index in range(len(graph.ops)))
    arena, reason, chains = _arena(graph)
    return InspectResult(
        dict(sorted(Counter(op.kind for op in graph.ops).items())),
        sum(layer.macs for layer in layers),
        _weights_bytes(graph),
        tuple(_tensor(index, tensor) for index, tensor in enumerate(graph.tensors)),
        layers,
        arena,
        reason,
        chains,
        tuple(front.ops for front in find_fronts(graph)),
    )


def layer_macs(graph: Graph, index: int) -> int:
    """Multiply-accumulates of one operator: 0 for those that only move or look up, and for what is not understood."""
    if graph.ops[index].kind not in supported():
        return 0
    try:
        return count_macs(resolve(graph, index)) or 0
    except EdgeqError:  # said where the arena is
        return 0


def _layer(graph: Graph, index: int) -> LayerInfo:
    op = graph.ops[index]
    output = graph.tensors[op.outputs[0]] if op.outputs else None
    return LayerInfo(
        index,
        op.custom_code or op.kind,
        output.name if output else "",
        layer_macs(graph, index),
        output.shape if output else (),
        op.kind in supported(),
    )


def _tensor(index: int, tensor: Tensor) -> TensorInfo:
    q = tensor.quantization
    return TensorInfo(index, tensor.name, tensor.shape, tensor.dtype, tensor.nbytes, tensor.constant,
                      q.scale[0] if q else None, q.zero_point[0] if q else None, len(q.scale) if q else 0)  # fmt: skip


def _weights_bytes(graph: Graph) -> int:
    """Bytes of the distinct constants as they lie in flash; those that tensors share count once."""
    constants = {(t.buffer, t.codebook): t for t in graph.tensors if t.buffer is not None}
    return sum(len(t.buffer or b"") if t.codebook is None else t.stored_bytes for t in constants.values())


def _arena(graph: Graph) -> tuple[dict[str, int] | None, str | None, tuple[tuple[int, ...], ...]]:
    try:
        program = lower(graph)
    except EdgeqError as error:
        return None, str(error), ()
    plan, layer = plan_arena(program), {op.outputs: index for index, op in enumerate(graph.ops)}
    return (
        {
            "bound_bytes": plan.bound_bytes,
            "overlap_bound_bytes": plan.overlap_bound_bytes,
            "planned_bytes": plan.arena_bytes,
            "proved": plan.proved,
            "order_bound_bytes": program.floor_bytes,
            "row_bound_bytes": program.row_floor_bytes,
        },
        None,
        tuple(tuple(layer[program.steps[k].writes] for k in chain.steps) for chain in program.chains),
    )
