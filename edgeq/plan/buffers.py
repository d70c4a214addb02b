"""What lives in the arena: buffers, when they live, and which of them may share bytes.

A buffer is a tensor with all its views, or the scratch of a step. Two buffers may share bytes if they never live at
the same time, or where a kernel's order of reads and writes lets its output overlap the input that dies there
(`KernelCall.overlap`). All buffers start at whole words, so sizes and places are counted in words of 4 bytes; two
buffers share no byte just when they share no word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from edgeq.graph import Graph
from edgeq.opkit.contract import KernelCall, View
from edgeq.plan.program import Program, Step

WORD = 4  # bytes; enough for word loads of int8 data, and for int32 and float32
WIDE = ("int64", "uint64", "float64")  # aligned to 8 bytes, as scratch is
Lifetime = tuple[int, int]  # first and last step, both included; -1: before the first step


class Claim(NamedTuple):
    """How many words below an input an output must start to overlap it: at least `distance`, or exactly that."""

    distance: int
    exact: bool

    def shared(self, output: int, input_: int) -> int:
        """The most words that an output and an input of so many words may share."""
        distance = self.distance if self.exact else max(self.distance, min(0, output - input_))
        return max(min(distance + input_, output) - max(distance, 0), 0)


class Buffer(NamedTuple):
    """So many words, at a multiple of `alignment` words, wanted from step `first` to step `last`."""

    words: int
    alignment: int
    first: int
    last: int

    def meets(self, other: Buffer) -> bool:
        """Whether both hold bytes at some step."""
        return min(self.words, other.words) > 0 and self.first <= other.last and other.first <= self.last


@dataclass(frozen=True)
class Storage:
    """What the tensors of a program take, whatever the order of its steps.

    owner: tensor -> the tensor whose bytes it is, itself unless it is a view; start: byte of its owner at which it
    starts; words, alignment: of each owner; claims: for each step, the owners that its first output may overlap where
    they die in that step.
    """

    owner: Mapping[int, int]
    start: Mapping[int, int]
    words: Mapping[int, int]
    alignment: Mapping[int, int]
    claims: tuple[Mapping[int, Claim], ...]


def words(nbytes: int) -> int:
    """Words that hold so many bytes; a distance in bytes as the next higher one in words."""
    return -(-nbytes // WORD)


def find_storage(program: Program) -> Storage:
    """Views resolved, sizes and claims counted in words."""
    owner = _owners(program)
    start = _starts(program, owner)
    members: dict[int, list[int]] = {}
    for t, root in owner.items():
        members.setdefault(root, []).append(t)
    tensors = program.graph.tensors
    return Storage(
        owner,
        start,
        {root: words(max(tensors[t].nbytes for t in same)) for root, same in members.items()},
        {root: 2 if any(tensors[t].dtype in WIDE for t in same) else 1 for root, same in members.items()},
        tuple(_claims(program.graph, step, owner, start) for step in program.steps),
    )


def _owners(program: Program) -> dict[int, int]:
    """Constant outputs of the graph are copied to the arena, for the application reads all outputs from there."""
    graph = program.graph
    owner = {t: t for t in (*graph.inputs, *(t for t in graph.outputs if graph.tensors[t].constant))}
    for step in program.steps:
        for t in step.writes:
            owner[t] = owner[step.reads[0]] if isinstance(step.call, View) else t
    return owner


def _starts(program: Program, owner: Mapping[int, int]) -> dict[int, int]:
    start = dict.fromkeys(owner, 0)
    for step in program.steps:
        if isinstance(step.call, View):
            start |= {t: start[step.reads[0]] + o for t, o in zip(step.writes, step.call.offsets, strict=True)}
    return start


def _claims(graph: Graph, step: Step, owner: Mapping[int, int], start: Mapping[int, int]) -> dict[int, Claim]:
    """Claims on buffers: one on each of several inputs that lie in one buffer must hold for all of them."""
    if isinstance(step.call, View):
        return {}
    distances: dict[int, list[int | None]] = {}
    for t, distance in _distances(graph, step, step.call):
        distances.setdefault(owner[t], []).append(None if distance is None else distance - start[t])
    found = {root: _joined(step.call, known) for root, known in distances.items()}
    return {root: claim for root, claim in found.items() if claim is not None}


def _distances(graph: Graph, step: Step, call: KernelCall) -> Iterator[tuple[int, int | None]]:
    """Each tensor that a step reads, and how far below it the output must start to overlap it."""
    if step.chain is not None:
        yield from step.chain.overlap.items()
        return
    inputs = graph.ops[step.node.index].inputs
    for position, distance in zip(call.inputs, call.overlap, strict=True):
        if inputs[position] in step.reads:
            yield inputs[position], distance


def _joined(call: KernelCall, distances: Sequence[int | None]) -> Claim | None:
    known = [distance for distance in distances if distance is not None]
    if len(known) < len(distances) or (call.exact and (len(set(known)) > 1 or known[0] % WORD)):
        return None
    return Claim(words(max(known)), call.exact)


def find_lifetimes(program: Program, owner: Mapping[int, int]) -> dict[int, Lifetime]:
    """When each owner lives, in the program's order of steps."""
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
