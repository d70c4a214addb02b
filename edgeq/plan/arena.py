"""Lifetimes and places: every computed tensor and all scratch in one arena.

A buffer is a tensor with all its views. Two buffers may share bytes if they never live at the same time, or where a
kernel's order of reads and writes lets its output overlap the input that dies there (`KernelCall.overlap`).
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edgeq.graph import Graph
from edgeq.opkit.contract import KernelCall, View
from edgeq.plan.lower import Program, Step

ALIGNMENT = 4  # bytes; enough for word loads of int8 data, and for int32 and float32
ATTEMPTS = 300  # orders of placement tried when the first ones miss the bound


@dataclass(frozen=True)
class Buffer:
    """Memory wanted from step `first` to step `last`, both included (-1: before the first step)."""

    nbytes: int
    alignment: int
    first: int
    last: int

    def meets(self, other: Buffer) -> bool:
        """Whether both hold bytes at some step."""
        return min(self.nbytes, other.nbytes) > 0 and self.first <= other.last and other.first <= self.last


@dataclass(frozen=True)
class Plan:
    """Where everything lies. offsets: tensor index -> byte; scratch: step index -> byte; all within `arena_bytes`.

    bound_bytes: the largest sum of buffers alive at one step, which no plan without overlap can beat.
    lifetimes: tensor index -> (first, last) step.
    """

    offsets: Mapping[int, int]
    scratch: Mapping[int, int]
    arena_bytes: int
    bound_bytes: int
    lifetimes: Mapping[int, tuple[int, int]]


Overlaps = Mapping[tuple[int, int], int]  # (output buffer, input buffer) -> least distance of the output below it


def plan_arena(program: Program) -> Plan:
    """Places all computed tensors and scratch of a program; deterministic."""
    owner = _owners(program)
    start = _starts(program, owner)
    lifetimes = _lifetimes(program, owner)
    roots = sorted(set(owner.values()))
    buffers = [_buffer(program.graph, root, owner, lifetimes[root]) for root in roots]
    scratch_steps = [k for k, step in enumerate(program.steps) if _scratch_bytes(step)]
    buffers += [Buffer(_scratch_bytes(program.steps[k]), 8, k, k) for k in scratch_steps]
    overlaps = _overlaps(program, owner, start, lifetimes, {root: i for i, root in enumerate(roots)})
    bound = _bound(buffers, len(program.steps))
    places = _search(buffers, overlaps, bound)
    of_root = dict(zip(roots, places, strict=False))
    return Plan(
        {tensor: of_root[root] + start[tensor] for tensor, root in owner.items()},
        dict(zip(scratch_steps, places[len(roots) :], strict=True)),
        _extent(buffers, places),
        bound,
        {tensor: lifetimes[root] for tensor, root in owner.items()},
    )


def _scratch_bytes(step: Step) -> int:
    return 0 if isinstance(step.call, View) else step.call.scratch_bytes


def _owners(program: Program) -> dict[int, int]:
    """Each tensor in the arena -> the tensor whose bytes it is (itself, unless it is a view).

    Constant outputs of the graph are copied there, for the application reads all outputs from the arena.
    """
    graph = program.graph
    owner = {t: t for t in (*graph.inputs, *(t for t in graph.outputs if graph.tensors[t].constant))}
    for step in program.steps:
        for t in step.writes:
            owner[t] = owner[step.reads[0]] if isinstance(step.call, View) else t
    return owner


def _starts(program: Program, owner: Mapping[int, int]) -> dict[int, int]:
    """The byte of its owner at which each tensor starts."""
    start = dict.fromkeys(owner, 0)
    for step in program.steps:
        if isinstance(step.call, View):
            start |= {t: start[step.reads[0]] + o for t, o in zip(step.writes, step.call.offsets, strict=True)}
    return start


def _lifetimes(program: Program, owner: Mapping[int, int]) -> dict[int, tuple[int, int]]:
    graph, first, last = program.graph, dict[int, int](), dict[int, int]()
    for t in graph.inputs:
        first[t], last[t] = -1, -1
    for k, step in enumerate(program.steps):
        for t in step.writes:
            first.setdefault(owner[t], k)
        for t in (*step.reads, *step.writes):
            last[owner[t]] = k
    for t in graph.outputs:
        first.setdefault(owner[t], len(program.steps))
        last[owner[t]] = len(program.steps)
    return {root: (first[root], last[root]) for root in first}


def _buffer(graph: Graph, root: int, owner: Mapping[int, int], life: tuple[int, int]) -> Buffer:
    members = [graph.tensors[t] for t, r in owner.items() if r == root]
    alignment = 8 if any(m.dtype in ("int64", "uint64", "float64") for m in members) else ALIGNMENT
    return Buffer(max(m.nbytes for m in members), alignment, *life)


def _overlaps(
    program: Program,
    owner: Mapping[int, int],
    start: Mapping[int, int],
    lifetimes: Mapping[int, tuple[int, int]],
    number: Mapping[int, int],
) -> dict[tuple[int, int], int]:
    """The overlaps that kernels allow with inputs that die in their step."""
    found = {}
    for k, step in enumerate(program.steps):
        if isinstance(step.call, View):
            continue
        for root, distances in _claims(program, step, step.call, owner, start).items():
            allowed = [distance for distance in distances if distance is not None]
            if lifetimes[root][1] == k and len(allowed) == len(distances):
                found[number[owner[step.writes[0]]], number[root]] = max(allowed)
    return found


def _claims(program: Program, step: Step, call: KernelCall, owner: Mapping[int, int],
            start: Mapping[int, int]) -> dict[int, list[int | None]]:  # fmt: skip
    """The distances below each buffer that a call reads, one for every input that lies there."""
    claims: dict[int, list[int | None]] = {}
    inputs = program.graph.ops[step.node.index].inputs
    for position, distance in zip(call.inputs, call.overlap, strict=True):
        if (t := inputs[position]) in step.reads:
            claims.setdefault(owner[t], []).append(None if distance is None else distance - start[t])
    return claims


def _bound(buffers: Sequence[Buffer], steps: int) -> int:
    return max((sum(b.nbytes for b in buffers if b.first <= k <= b.last) for k in range(-1, steps + 1)), default=0)


def _extent(buffers: Sequence[Buffer], places: Sequence[int]) -> int:
    end = max((place + b.nbytes for b, place in zip(buffers, places, strict=True)), default=0)
    return -(-end // ALIGNMENT) * ALIGNMENT


def _search(buffers: Sequence[Buffer], overlaps: Overlaps, bound: int) -> list[int]:
    """The best placement over a few natural orders and seeded random exchanges; stops at the bound."""
    by_size = sorted(range(len(buffers)), key=lambda i: (-buffers[i].nbytes, buffers[i].first))
    orders = [by_size, sorted(by_size, key=lambda i: buffers[i].first), sorted(by_size, key=lambda i: -buffers[i].last)]
    best_order = min(orders, key=lambda order: _extent(buffers, _place(buffers, overlaps, order)))
    best = _place(buffers, overlaps, best_order)
    floor = bound if not overlaps else max((b.nbytes for b in buffers), default=0)
    generator = random.Random(0)
    for _ in range(ATTEMPTS if len(buffers) > 2 else 0):
        if _extent(buffers, best) <= floor:
            break
        order = list(best_order)
        i, j = generator.randrange(len(order)), generator.randrange(len(order))
        order.insert(j, order.pop(i))
        places = _place(buffers, overlaps, order)
        if _extent(buffers, places) <= _extent(buffers, best):
            best, best_order = places, order
    return best


def _place(buffers: Sequence[Buffer], overlaps: Overlaps, order: Sequence[int]) -> list[int]:
    """First fit in the given order; offsets by buffer."""
    places: dict[int, int] = {}
    for i in order:
        forbidden = sorted(
            _forbidden(i, j, buffers, overlaps, places[j]) for j in places if buffers[i].meets(buffers[j])
        )
        offset = 0
        for low, high in forbidden:
            if low < offset < high:
                offset = -(-high // buffers[i].alignment) * buffers[i].alignment
        places[i] = offset
    return [places[i] for i in range(len(buffers))]


def _forbidden(i: int, j: int, buffers: Sequence[Buffer], overlaps: Overlaps, at: int) -> tuple[int, int]:
    """Offsets strictly between the two are not open to buffer i while j lies at `at`."""
    low, high = at - buffers[i].nbytes, at + buffers[j].nbytes
    if (i, j) in overlaps:  # i is the output, j the input: at most `at - distance`
        low = max(low, at - overlaps[i, j])
    if (j, i) in overlaps:  # j is the output, i the input: at least `at + distance`
        high = min(high, at + overlaps[j, i])
    return low, high
