"""Runs of steps that could be a chain, and the bytes that no arena with such a chain can go below.

Chains share no step, and what lies within one is held nowhere else. So what is alive while one runs does not depend on
the others, and each has a cost of its own. It is a bound at first, of rings as small as one turn needs and the best
conceivable overlap; for the chain itself, with its smallest rings, is looked where it matters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, islice

from edgeq.opkit.contract import View
from edgeq.opkit.rows import RowForm
from edgeq.ops import count_macs, operator
from edgeq.plan.arena import least_alive
from edgeq.plan.buffers import WORD, find_lifetimes, find_storage, words
from edgeq.plan.program import Chain, Program, Step
from edgeq.plan.rowwise import (
    Link,
    Stretch,
    find_link,
    find_links,
    find_stretches,
    lay_out,
    overwritable,
    ring_bytes,
    smallest_rings,
)

LONGEST = 24  # steps in a chain
STRETCHES = 16  # ways to overwrite operands that are looked at


@dataclass(frozen=True)
class Segment:
    """Steps `first` to `last`, both included, as a chain, or a single step that runs as it is.

    floor: bytes that no arena can go below, whatever the chain's rings and turns. nbytes: that for the best chain
    found; the floor, too, until one was looked for. slope: bytes by which the output starts below what it overlaps, at
    least. level: which of their row forms the steps take, from the widest on. slower: how many instructions more that
    costs, in parts of a million of the program's. chain: None for a single step.
    """

    first: int
    last: int
    floor: int
    nbytes: int
    slope: int = 0
    level: int = 0
    slower: int = 0
    looked: bool = False
    chain: Chain | None = None

    @property
    def chained(self) -> int:
        """Steps that run row by row."""
        return self.last - self.first + 1 if self.last > self.first else 0


@dataclass(frozen=True)
class Costs:
    """What bounds are counted from; links, rings and sizes by step, those of tensors by owner.

    begun, ended: words of the tensors that are alive at a step or before, and of those that have died before it.
    rings: bytes of the smallest ring that could hold a step's output. spared: the rings of operands, by the steps that
    write them, one of which a step's output may take over. needed: the last step that reads a step's output; beyond
    all where others need it. slower: parts of a million of the program's instructions that a step's form costs more.
    """

    links: tuple[Link | None, ...]
    owner: Mapping[int, int]
    words: Mapping[int, int]
    dies: Mapping[int, int]
    begun: tuple[int, ...]
    ended: tuple[int, ...]
    rings: tuple[int, ...]
    spared: tuple[tuple[int, ...], ...]
    needed: tuple[int, ...]
    slower: tuple[int, ...]

    def alive(self, first: int, last: int) -> int:
        return self.begun[last] - self.ended[first]


def find_form(step: Step) -> RowForm | None:
    """How a step computes rows; None for a view, and where it does not."""
    find = getattr(operator(step.node.kind), "rows", None)
    form: RowForm | None = find(step.node) if find and not isinstance(step.call, View) else None
    return form


def find_levels(program: Program) -> list[list[RowForm | None]]:
    """The row forms of all steps: the widest, and those of fewer and fewer rows at a time, where there are any."""
    ways = [(form, *form.narrower) if (form := find_form(step)) else (None,) for step in program.steps]
    return [[way[min(level, len(way) - 1)] for way in ways] for level in range(max(map(len, ways), default=1))]


def find_segments(program: Program, levels: Sequence[Sequence[RowForm | None]]) -> list[Segment]:
    """Every step alone, and all chains that there could be."""
    claims = find_storage(program).claims
    alone = [
        Segment(k, k, nbytes, nbytes, _slope([claim.distance * WORD for claim in claims[k].values()]), looked=True)
        for k, nbytes in enumerate(least_alive(program)[1:-1])
    ]
    if not any(levels[0]):
        return alone
    costs = [_find_costs(program, forms) for forms in levels]
    return [*alone, *(segment for level in range(len(levels)) for segment in _possible_chains(program, costs, level))]


def look(program: Program, levels: Sequence[Sequence[RowForm | None]], segment: Segment) -> Segment | None:
    """The segment with the best chain found for it, None where there is none."""
    forms = levels[segment.level]
    links = find_links(program, forms, segment.first, segment.last)
    assert links is not None
    stretches = list(islice(find_stretches(links), STRETCHES + 1))
    found, floors = list[tuple[int, Chain]](), list[int]()
    for stretch in stretches[:STRETCHES]:
        rings = smallest_rings(stretch)
        if rings is None:
            floors.append(segment.floor)
            continue
        laid = [lay_out(program, segment.first, segment.last, stretch, rings[0], turns) for turns in (rings[1], ())]
        nbytes, floor = (_alive_in(program, chain) for chain in laid)
        found.append((nbytes, laid[0]))
        floors.append(floor)
    if not found:
        return None
    nbytes, chain = min(found, key=lambda entry: (entry[0], sum(entry[1].overlap.values())))
    floor = min(floors) if len(stretches) <= STRETCHES else segment.floor
    return replace(segment, floor=floor, nbytes=nbytes, slope=_slope(chain.overlap.values()), looked=True, chain=chain)


def _slope(distances: Iterable[int]) -> int:
    return max(min(distances, default=0), 0)


def _alive_in(program: Program, chain: Chain) -> int:
    return least_alive(replace(program, chains=(chain,)))[chain.first + 1]


def _find_costs(program: Program, forms: Sequence[RowForm | None]) -> Costs:
    steps, storage = program.steps, find_storage(program)
    lifetimes = find_lifetimes(program, storage.owner)
    links = tuple(find_link(program.graph, s, f) if f else None for s, f in zip(steps, forms, strict=True))
    begun, ended = [0] * (len(steps) + 2), [0] * (len(steps) + 2)
    for root, (first, last) in lifetimes.items():
        begun[max(first, 0)] += storage.words[root]
        ended[last + 1] += storage.words[root]
    return Costs(
        links,
        storage.owner,
        storage.words,
        {root: last for root, (_, last) in lifetimes.items()},
        tuple(accumulate(begun)),
        tuple(accumulate(ended)),
        _rings(links),
        _spared(links),
        tuple(_needed(program, step) for step in steps),
        _slower(program, forms),
    )


def _rings(links: Sequence[Link | None]) -> tuple[int, ...]:
    """Each output alone, where every step that reads it is in the chain."""
    known = tuple(link for link in links if link is not None)
    stretch = Stretch(known, {link.writes: link.writes for link in known})
    least = stretch.least_rings()
    return tuple(ring_bytes(least.get(link.writes, 0), link.row_bytes) if link else 0 for link in links)


def _spared(links: Sequence[Link | None]) -> tuple[tuple[int, ...], ...]:
    known = [link for link in links if link is not None]
    writer = {link.writes: k for k, link in enumerate(links) if link}
    return tuple(tuple(writer[t] for t in overwritable(known, link)) if link else () for link in links)


def _needed(program: Program, step: Step) -> int:
    readers = [k for k, other in enumerate(program.steps) if set(step.writes) & set(other.reads)]
    return readers[-1] if readers and not set(step.writes) & {*program.graph.outputs} else len(program.steps)


def _slower(program: Program, forms: Sequence[RowForm | None]) -> tuple[int, ...]:
    """Layers counted by their multiply-accumulates, or outputs where they have none."""
    works = [count_macs(step.node) or step.node.output.size for step in program.steps]
    narrow = [form.slower if form else 0.0 for form in forms]
    return tuple(round(1_000_000 * work * part / max(sum(works), 1)) for work, part in zip(works, narrow, strict=True))


def _possible_chains(program: Program, every: Sequence[Costs], level: int) -> Iterator[Segment]:
    """Those of a level that are not the same on the level before.

    A ring that a step's output takes over spares no more than the operand's own ring would take.
    """
    costs, wider = every[level], every[max(level - 1, 0)]
    for first in range(len(costs.links)):
        rings, scratch, within, until, slower, new = 0, 0, 0, 0, 0, level == 0
        inside, outside = set[int](), set[int]()
        for last in range(first, min(first + LONGEST, len(costs.links))):
            if (link := costs.links[last]) is None:
                break
            scratch, slower = max(scratch, link.form.call.scratch_bytes), slower + costs.slower[last]
            new = new or costs.slower[last] != wider.slower[last]
            outside |= {costs.owner[t] for t in link.reads if t not in inside}
            inside.add(link.writes)
            if last == first:
                continue
            rings += costs.rings[last - 1] - max((costs.rings[k] for k in costs.spared[last] if k >= first), default=0)
            within += costs.words[program.steps[last - 1].writes[0]]
            until = max(until, costs.needed[last - 1])
            if until <= last and new:
                dying = sum(costs.words[root] for root in outside if costs.dies[root] <= last)
                shared = min(costs.words[link.writes], dying)
                floor = (costs.alive(first, last) - within + words(rings + scratch) - shared) * WORD
                yield Segment(first, last, floor, floor, level=level, slower=slower)
