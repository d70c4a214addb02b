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
from dataclasses import dataclass, field
from typing import TypeVar

from edgeq.errors import EdgeqError, UnsupportedError
from edgeq.graph import Graph, Op, Tensor
from edgeq.ops import supported
from edgeq.plan.tflm.greedy import Lifetime, plan_size
from edgeq.plan.tflm.kernels import Kernel, refuses_hybrid
from edgeq.plan.tflm.node import Node, node_of
from edgeq.plan.tflm.runtimes import CORES, RUNTIMES, Core, Runtime
from edgeq.unsupported import refuse

Choice = TypeVar("Choice")

ALIGNMENT = 16  # MicroArenaBufferAlignment()
POINTER = 4

ALLOCATOR_RECORDS = 36, 44, 36, 8
"""SingleArenaBufferAllocator, GreedyMemoryPlanner, MicroAllocator, MicroBuiltinDataAllocator."""

SUBGRAPH_ALLOCATIONS = 8
EVAL_TENSOR = 12
AFFINE_QUANTIZATION = 12  # TfLiteAffineQuantization, besides its array of zero points
SCRATCH_REQUEST = 12
SCRATCH_REQUESTS_PER_OP = 12  # kMaxScratchBuffersPerOp
SCRATCH_HANDLE = 4
ALLOCATION_INFO = 24
PLANNER_RECORD = 40  # GreedyMemoryPlanner::per_buffer_size()


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


@dataclass
class _Arena:
    """Bytes taken at both ends, and the largest need so far with the step that had it."""

    tail: int = 0
    head: int = 0
    temporary: int = 0
    need: int = 0
    limit: str = ""
    step: str = field(default="records", compare=False)

    def persist(self, size: int, alignment: int = POINTER) -> None:
        self.tail = _round_up(self.tail + size, alignment)
        self._note()

    def take(self, size: int) -> None:
        self.temporary += _round_up(size, POINTER)
        self._note()

    def resize_head(self, size: int) -> None:
        self.head, self.temporary = size, 0
        self._note()

    def plan_within(self, buffers: int) -> None:
        """The planner's own records fill what is left between the aligned temporaries and the
        aligned tail.
        """
        top = _round_up(self.head + self.temporary, ALIGNMENT)
        self._note(top + buffers * PLANNER_RECORD + _round_up(self.tail, ALIGNMENT))

    def _note(self, need: int = 0) -> None:
        need = max(need, self.head + self.temporary + self.tail)
        if need > self.need:
            self.need, self.limit = need, self.step


def predict_arena(
    graph: Graph, kernels: str = "reference", cpu: str = "generic32"
) -> ArenaPrediction:
    """The smallest arena in which TFLM runs the graph, the model's only subgraph, on a 32-bit core.

    kernels: a key of `RUNTIMES`: "reference", "cmsis-nn" and "esp-nn" as TFLM builds them by
    default, "chirale" for the Arduino library Chirale_TensorFLowLite 2.0.0; cpu: a key of `CORES`,
    such as a board's `core`. Raises EdgeqError for an unknown name, UnsupportedError for an
    operator that is not in the table or that this build cannot run.
    """
    runtime, core = _known(RUNTIMES, kernels, "TFLM kernels"), _known(CORES, cpu, "core")
    _check_known(graph, runtime)
    nodes = [node_of(graph, op) for op in graph.ops]
    chosen = [
        _kernel(runtime, number, op, node)
        for number, (op, node) in enumerate(zip(graph.ops, nodes, strict=True))
    ]
    arena, tensor_bytes = _Arena(), runtime.tensor_bytes(core)
    _start(arena, graph, runtime, core)
    scratch = list(_prepare(arena, graph, nodes, chosen, core, tensor_bytes))
    planned = _plan(arena, graph, scratch)
    for step, indices in (("inputs", graph.inputs), ("outputs", graph.outputs)):
        arena.step = step
        _publish(arena, [graph.tensors[index] for index in indices], tensor_bytes)
    return ArenaPrediction(_round_up(arena.need, ALIGNMENT), arena.tail, planned, arena.limit)


def _start(arena: _Arena, graph: Graph, runtime: Runtime, core: Core) -> None:
    """StartModelAllocation, then the parsed options and Init of every operator."""
    for size in ALLOCATOR_RECORDS:
        arena.persist(size)
    arena.resize_head(_request_bytes(0))
    arena.persist(SUBGRAPH_ALLOCATIONS)
    arena.persist(EVAL_TENSOR * len(graph.tensors))
    arena.persist(runtime.node * len(graph.ops))
    arena.step = "options"
    for op in graph.ops:
        size, alignment = runtime.options(op.kind, core)
        if size:
            arena.persist(size, alignment)
    arena.step = "state"
    for op in graph.ops:
        if runtime.kernels[op.kind].state:
            arena.persist(runtime.kernels[op.kind].state, ALIGNMENT)


def _prepare(
    arena: _Arena,
    graph: Graph,
    nodes: Sequence[Node],
    kernels: Sequence[Kernel],
    core: Core,
    tensor_bytes: int,
) -> Iterator[tuple[int, int]]:
    """Prepare of every operator; yields (operator, bytes) for each scratch buffer asked for."""
    requests = 0
    for number, (op, node, kernel) in enumerate(zip(graph.ops, nodes, kernels, strict=True)):
        arena.step = f"prepare {number} {op.kind}"
        for tensor in _looked_at(node, kernel):
            for size in _tensor_records(tensor, tensor_bytes):
                arena.take(size)
        for size in kernel.persistent(node, core.simd):
            arena.persist(size, ALIGNMENT)
        for size in kernel.scratch(node, core.simd):
            requests += 1
            yield number, size
        arena.resize_head(_request_bytes(requests))


def _plan(arena: _Arena, graph: Graph, scratch: Sequence[tuple[int, int]]) -> int:
    """FinishModelAllocation: place activations and scratch. Gives the bytes of the head."""
    arena.step = "memory plan"
    if scratch:
        arena.persist(SCRATCH_HANDLE * len(scratch))
    arena.take(POINTER)
    arena.take(ALLOCATION_INFO * (len(graph.tensors) + len(scratch)))
    for tensor in graph.tensors:
        if tensor.variable:
            arena.persist(tensor.nbytes, ALIGNMENT)
    buffers = [
        *_activations(graph),
        *(_lifetime(size, step + 1, step + 1) for step, size in scratch),
    ]
    arena.plan_within(len(buffers))
    planned = plan_size(buffers)
    arena.resize_head(planned)
    return planned


def _publish(arena: _Arena, tensors: Sequence[Tensor], tensor_bytes: int) -> None:
    """The TfLiteTensor records that `input()` and `output()` hand out."""
    arena.persist(POINTER * len(tensors), ALIGNMENT)
    for tensor in tensors:
        for size in _tensor_records(tensor, tensor_bytes):
            arena.persist(size)


def _activations(graph: Graph) -> Iterator[Lifetime]:
    """Lifetimes as AllocationInfoBuilder::MarkAllocationLifetimes counts them: inputs at 0,
    operator n at n + 1.
    """
    first, last = dict.fromkeys(graph.inputs, 0), dict.fromkeys(graph.inputs, 0)
    for step, op in enumerate(graph.ops, 1):
        for index in op.outputs:
            first.setdefault(index, step)
        last.update(dict.fromkeys((*op.inputs, *op.outputs), step))
    for index in graph.outputs:
        first.setdefault(index, len(graph.ops))
        last[index] = len(graph.ops)
    for index, tensor in enumerate(graph.tensors):
        if not (tensor.buffer or tensor.variable) and tensor.nbytes:
            yield _lifetime(tensor.nbytes, first.get(index, -1), last.get(index, -1))


def _lifetime(size: int, first: int, last: int) -> Lifetime:
    return Lifetime(_round_up(size, ALIGNMENT), first, last)


def _looked_at(node: Node, kernel: Kernel) -> Iterator[Tensor]:
    for look in kernel.temporaries.split():
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


def _kernel(runtime: Runtime, number: int, op: Op, node: Node) -> Kernel:
    kernel = runtime.kernels[op.kind]
    refused = kernel.refuses(node) or refuses_hybrid(node)
    if refused is not None:
        raise UnsupportedError(f"operator {number} {op.kind}", refused.why, refused.remedy)
    return kernel


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


def _round_up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple
