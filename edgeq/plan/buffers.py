"""What lives in the arena: buffers, when they live, and which of them may share bytes.

A buffer is a tensor with all its views, or the scratch of a step. Two buffers interfere if both
hold bytes at some step; only then may they not share any, unless one is the output of the step that
is the last to read the other, and the kernel's order of reads and writes lets the output start at a
known offset below that input (`KernelCall.overlap`). All buffers start at whole words, so sizes and
places are counted in words of 4 bytes; two buffers share no byte just when they share no word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from edgeq.graph import Graph
from edgeq.opkit.kernel_call import KernelCall, View
from edgeq.plan.program import Program, Step, library_of

WORD = 4  # bytes; enough for word loads of int8 data, and for int32 and float32
WIDE = ("int64", "uint64", "float64")  # aligned to 8 bytes, as scratch is
Lifetime = tuple[int, int]  # first and last step, both included; -1: before the first step


class InPlaceOffset(NamedTuple):
    """How many words below an input an output must start to take over its bytes: at least `words`,
    or, where `exact`, just that many.
    """

    words: int
    exact: bool

    def shared(self, output: int, input_: int) -> int:
        """The most words that an output and an input of so many words may share."""
        offset = self.words if self.exact else max(self.words, min(0, output - input_))
        return max(min(offset + input_, output) - max(offset, 0), 0)


class Buffer(NamedTuple):
    """So many words, at a multiple of `alignment` words, wanted from step `first` to step `last`."""

    words: int
    alignment: int
    first: int
    last: int

    def interferes(self, other: Buffer) -> bool:
        """Whether both hold bytes at some step."""
        return (
            min(self.words, other.words) > 0
            and self.first <= other.last
            and other.first <= self.last
        )


@dataclass(frozen=True)
class Storage:
    """What the tensors of a program take, whatever the order of its steps.

    owner: tensor -> the tensor whose bytes it is, itself unless it is a view. start: tensor -> the
    byte of its owner at which it starts. words, alignment: of each owner. in_place: for each step,
    the owners whose place its first output may take, where they die in that step, and how.
    """

    owner: Mapping[int, int]
    start: Mapping[int, int]
    words: Mapping[int, int]
    alignment: Mapping[int, int]
    in_place: tuple[Mapping[int, InPlaceOffset], ...]


def words(nbytes: int) -> int:
    """Words that hold so many bytes; of an offset in bytes, the next higher one in words."""
    return -(-nbytes // WORD)


def find_storage(program: Program) -> Storage:
    """The owners of all computed tensors with their sizes and in-place offsets in words."""
    owner = _owners(program)
    start = _starts(program, owner)
    members: dict[int, list[int]] = {}
    for t, root in owner.items():
        members.setdefault(root, []).append(t)
    tensors, wanted = program.graph.tensors, _wanted_alignment(program)
    return Storage(
        owner,
        start,
        {root: words(max(tensors[t].nbytes for t in views)) for root, views in members.items()},
        {
            root: max(
                2 if any(tensors[t].dtype in WIDE for t in views) else 1,
                *(wanted.get(t, 1) for t in views),
            )
            for root, views in members.items()
        },
        tuple(
            {}
            if program.joined.keys() & {*step.writes}
            else _in_place(program.graph, step, owner, start)
            for step in program.steps
        ),
    )


def scratch_alignment(step: Step) -> int:
    """The words, a multiple of which a step's scratch starts at."""
    library = library_of(step)
    return max(2, library.alignment // WORD if library else 0)


def _wanted_alignment(program: Program) -> dict[int, int]:
    """By tensor the words, a multiple of which it starts at because a vendor's library computes it or
    reads it.
    """
    wanted: dict[int, int] = {}
    for step in program.steps:
        if (library := library_of(step)) is not None:
            for t in (*step.reads, *step.writes):
                wanted[t] = max(wanted.get(t, 1), library.alignment // WORD)
    return wanted


def _owners(program: Program) -> dict[int, int]:
    """Constant outputs of the graph are copied to the arena, for the application reads all outputs
    from there.
    """
    graph = program.graph
    owner = {
        t: t for t in (*graph.inputs, *(t for t in graph.outputs if graph.tensors[t].constant))
    }
    for step in program.steps:
        for t in step.writes:
            owner[t] = (
                owner[step.reads[0]] if isinstance(step.call, View) else program.joined.get(t, t)
            )
    return owner


def _starts(program: Program, owner: Mapping[int, int]) -> dict[int, int]:
    start = dict.fromkeys(owner, 0)
    start |= {t: program.blocks[t].first * program.pixel_bytes(t) for t in program.joined}
    for step in program.steps:
        if isinstance(step.call, View):
            start |= {
                t: start[step.reads[0]] + o
                for t, o in zip(step.writes, step.call.offsets, strict=True)
            }
    return start


def _in_place(
    graph: Graph, step: Step, owner: Mapping[int, int], start: Mapping[int, int]
) -> dict[int, InPlaceOffset]:
    """Offsets by owner: where several inputs lie in one buffer, one offset that suits them all."""
    first = step.pipeline is not None or graph.ops[step.node.index].outputs[0] in step.writes[:1]
    if isinstance(step.call, View) or not first:  # a variable is written where it is
        return {}
    offsets: dict[int, list[int | None]] = {}
    for t, offset in _offsets(graph, step, step.call):
        offsets.setdefault(owner[t], []).append(None if offset is None else offset - start[t])
    found = {root: _joined(step.call, known) for root, known in offsets.items()}
    return {root: offset for root, offset in found.items() if offset is not None}


def _offsets(graph: Graph, step: Step, call: KernelCall) -> Iterator[tuple[int, int | None]]:
    """Each tensor that a step reads, and how many bytes below it the output must start to take its
    place; None: never.
    """
    if step.pipeline is not None:
        yield from step.pipeline.in_place_offsets.items()
        return
    inputs = graph.ops[step.node.index].inputs
    for position, offset in zip(call.inputs, call.overlap, strict=True):
        if inputs[position] in step.reads:
            yield inputs[position], offset


def _joined(call: KernelCall, offsets: Sequence[int | None]) -> InPlaceOffset | None:
    known = [offset for offset in offsets if offset is not None]
    if len(known) < len(offsets) or (call.exact and (len(set(known)) > 1 or known[0] % WORD)):
        return None
    return InPlaceOffset(words(max(known)), call.exact)


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
