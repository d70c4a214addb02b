"""TFLM's MicroAllocator, replayed: the smallest arena in which `AllocateTensors` succeeds on a
32-bit core.

The arena has a head that grows up, a tail that grows down and temporaries on top of the head
(micro_allocator.cc, arena_allocator/single_arena_buffer_allocator.cc of TFLM 90b983c2). Every step
needs head + temporaries + tail at once; the arena is the largest need of all steps. It may come
from the prepared model or from preparing it. TFLM itself does not look whether the tail grows into
live temporaries; here it must not, so that no kernel reads what it overwrote.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from edgeq.errors import EdgeqError, UnsupportedError
from edgeq.graph import Graph, Model, Op, Tensor, stored_model
from edgeq.ops import supported
from edgeq.plan.tflm.greedy import plan_size
from edgeq.plan.tflm.kernel import Kernel
from edgeq.plan.tflm.kernels import refuses_hybrid
from edgeq.plan.tflm.lifetimes import ALIGNMENT, Scratch, planned_buffers
from edgeq.plan.tflm.memory import POINTER, Arena, round_up
from edgeq.plan.tflm.node import Node, node_of
from edgeq.plan.tflm.resources import resource_variables, variable_bytes
from edgeq.plan.tflm.runtimes import CORES, RUNTIMES, Core, Runtime
from edgeq.unsupported import refuse

Choice = TypeVar("Choice")


ALLOCATOR_RECORDS = 36, 44, 36
"""SingleArenaBufferAllocator, GreedyMemoryPlanner, MicroAllocator."""
BUILTIN_DATA_ALLOCATOR = 8
RESOURCE_VARIABLES, RESOURCE_VARIABLE = 12, 20  # MicroResourceVariables, and one of them

SUBGRAPH_ALLOCATIONS = 8
EVAL_TENSOR = 12
AFFINE_QUANTIZATION = 12  # TfLiteAffineQuantization, besides its array of zero points
SCRATCH_REQUEST = 12
SCRATCH_REQUESTS_PER_OP = 12  # kMaxScratchBuffersPerOp
SCRATCH_HANDLE = 4
ALLOCATION_INFO = 24


@dataclass(frozen=True)
class ArenaPrediction:
    """Bytes of a 16-byte aligned arena.

    bytes: the smallest that works, a multiple of 16. persistent: the tail, TFLM's records and the
    kernels' state.
    planned: the head, activations and scratch. used_bytes: what TFLM's `arena_used_bytes()` reports
    once prepared.
    limit: the step that needs the most, such as "prepare 3 CONV_2D" or "outputs".
    """

    bytes: int
    persistent: int
    planned: int
    limit: str

    @property
    def used_bytes(self) -> int:
        return self.persistent + self.planned


def predict_arena(
    graph: Graph, kernels: str = "reference", cpu: str = "generic32"
) -> ArenaPrediction:
    """The smallest arena in which TFLM runs the graph, with its regions and variables as a file has
    them, on a 32-bit core.

    kernels: a key of `RUNTIMES`: "reference", "cmsis-nn" and "esp-nn" as TFLM builds them by
    default, "chirale" for the Arduino library Chirale_TensorFLowLite 2.0.0; cpu: a key of `CORES`,
    such as a board's `core`. Raises EdgeqError for an unknown name, UnsupportedError for an
    operator that is not in the table or that this build cannot run.
    """
    runtime, core = _known(RUNTIMES, kernels, "TFLM kernels"), _known(CORES, cpu, "core")
    graphs = stored_model(Model((graph,))).graphs
    for subgraph in graphs:
        _check_known(subgraph, runtime)
    steps = [
        _Step(place, number, op, node_of(subgraph, op), runtime.kernels[op.kind])
        for place, subgraph in enumerate(graphs)
        for number, op in enumerate(subgraph.ops)
    ]
    _check_run(steps)
    arena, tensor_bytes = Arena(), runtime.tensor_bytes(core)
    _start(arena, graphs, steps, runtime, core)
    assigned = variable_bytes(graphs)
    scratch = list(_prepare(arena, steps, assigned, core, tensor_bytes))
    planned = _plan(arena, graphs, scratch)
    for step, indices in (("inputs", graph.inputs), ("outputs", graph.outputs)):
        arena.step = step
        _publish(arena, [graphs[0].tensors[index] for index in indices], tensor_bytes)
    return ArenaPrediction(round_up(arena.need, ALIGNMENT), arena.tail, planned, arena.limit)


@dataclass(frozen=True)
class _Step:
    """An operator: number `number` of subgraph `graph`."""

    graph: int
    number: int
    op: Op
    node: Node
    kernel: Kernel


def _start(
    arena: Arena, graphs: Sequence[Graph], steps: Sequence[_Step], runtime: Runtime, core: Core
) -> None:
    """StartModelAllocation, then the parsed options and Init of every operator."""
    for size in ALLOCATOR_RECORDS:
        arena.persist(size)
    variables = resource_variables(graphs)
    if variables:
        arena.persist(RESOURCE_VARIABLES, ALIGNMENT)
        arena.persist(RESOURCE_VARIABLE * variables, ALIGNMENT)
    arena.persist(BUILTIN_DATA_ALLOCATOR)
    arena.resize_head(_request_bytes(0))
    arena.persist(SUBGRAPH_ALLOCATIONS * len(graphs))
    for graph in graphs:
        arena.persist(EVAL_TENSOR * len(graph.tensors))
    for graph in graphs:
        arena.persist(runtime.node * len(graph.ops))
    arena.step = "options"
    for step in steps:
        size, alignment = runtime.options(step.op.kind, core)
        if size:
            arena.persist(size, alignment)
    arena.step = "state"
    for step in steps:
        if step.kernel.state:
            arena.persist(step.kernel.state, ALIGNMENT)
        for size in step.kernel.init(step.node, core.simd):
            arena.persist(size, ALIGNMENT)


def _prepare(
    arena: Arena,
    steps: Sequence[_Step],
    assigned: Mapping[tuple[int, int], int],
    core: Core,
    tensor_bytes: int,
) -> Iterator[Scratch]:
    """Prepare of every operator; yields each scratch buffer asked for. assigned: (subgraph,
    operator) -> bytes of the variable that it makes.
    """
    requests = 0
    for step in steps:
        kernel, node = step.kernel, step.node
        arena.step = f"prepare {step.number} {step.op.kind}"
        for tensor in _looked_at(node, kernel):
            for size in _tensor_records(tensor, tensor_bytes):
                arena.take(size)
        for size in kernel.persistent(node, core.simd):
            arena.persist(size, ALIGNMENT)
        if (step.graph, step.number) in assigned:
            arena.persist(assigned[step.graph, step.number], ALIGNMENT)
        for size in kernel.scratch(node, core.simd):
            requests += 1
            yield Scratch(step.graph, step.number, size)
        arena.resize_head(_request_bytes(requests))


def _plan(arena: Arena, graphs: Sequence[Graph], scratch: Sequence[Scratch]) -> int:
    """FinishModelAllocation: place activations and scratch. Gives the bytes of the head."""
    arena.step = "memory plan"
    tensors = [tensor for graph in graphs for tensor in graph.tensors]
    if scratch:
        arena.persist(SCRATCH_HANDLE * len(scratch))
    arena.take(POINTER * len(graphs))
    arena.take(ALLOCATION_INFO * (len(tensors) + len(scratch)))
    for tensor in tensors:
        if tensor.variable:
            arena.persist(tensor.nbytes, ALIGNMENT)
    buffers = planned_buffers(graphs, scratch)
    arena.plan_within(len(buffers))
    planned = plan_size(buffers)
    arena.resize_head(planned)
    return planned


def _publish(arena: Arena, tensors: Sequence[Tensor], tensor_bytes: int) -> None:
    """The TfLiteTensor records that `input()` and `output()` hand out."""
    arena.persist(POINTER * len(tensors), ALIGNMENT)
    for tensor in tensors:
        for size in _tensor_records(tensor, tensor_bytes):
            arena.persist(size)


def _looked_at(node: Node, kernel: Kernel) -> Iterator[Tensor]:
    said = kernel.temporaries
    for look in (said if isinstance(said, str) else said(node)).split():
        name, _, dtype = look.partition("@")
        tensors = node.inputs if name == "i*" else (node.tensor(name),)
        if not dtype or dtype == node.x.dtype:
            yield from (tensor for tensor in tensors if tensor is not None)


def _tensor_records(tensor: Tensor, tensor_bytes: int) -> tuple[int, ...]:
    """A TfLiteTensor and, where it is quantized, its TfLiteAffineQuantization with a zero point for
    each scale.
    """
    by = tensor.quantization
    if by is None or not (by.scale and by.zero_point):
        return (tensor_bytes,)
    return tensor_bytes, AFFINE_QUANTIZATION, POINTER * (1 + len(by.scale))


def _request_bytes(requests: int) -> int:
    return SCRATCH_REQUEST * (requests + SCRATCH_REQUESTS_PER_OP)


def _check_run(steps: Sequence[_Step]) -> None:
    for step in steps:
        refused = step.kernel.refuses(step.node) or refuses_hybrid(step.node)
        if refused is not None:
            what = f"operator {step.number} {step.op.kind}"
            raise UnsupportedError(what, refused.why, refused.remedy)


def _check_known(graph: Graph, runtime: Runtime) -> None:
    """UnsupportedError for operators whose memory is not known; the native engine is named only if
    it has them all.
    """
    unknown = [op for op in graph.ops if op.kind not in runtime.kernels]
    if not unknown:
        return
    if {op.kind for op in graph.ops} <= supported():
        kinds = ", ".join(sorted({op.kind for op in unknown}))
        raise UnsupportedError(
            f"operators {kinds}", "edgeq does not know their memory in TFLM", "use --engine native"
        )
    raise refuse(
        graph,
        unknown,
        "edgeq does not know their memory in TFLM, and has no kernels of its own for them",
    )


def _known(choices: Mapping[str, Choice], name: str, what: str) -> Choice:
    if name not in choices:
        raise EdgeqError(
            f"{what} {name!r}",
            "unknown to the arena prediction",
            f"use one of {', '.join(choices)}",
        )
    return choices[name]
