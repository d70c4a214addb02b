"""Steps that run row by row: which turns they take, and how few rows of each tensor must be kept.

A step may compute its next rows as soon as the rows that they see exist and nobody needs the rows that they
overwrite. No turn takes away what another one needs, so whether all steps come to their end depends on the rings
alone, not on the order of turns (it is a dataflow graph with bounded buffers, Lee and Messerschmitt 1987). Where they
stop, one of the rings that were too full must grow; the search grows them cheapest first.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, product
from math import lcm

from edgeq.opkit.rows import RowForm, Span
from edgeq.plan.program import Chain, Program, Ring, Turn

RINGS_TRIED = 200  # before the search for the smallest rings of a chain gives up
BYTES = 8  # rings are aligned as scratch is


@dataclass(frozen=True)
class Link:
    """A step of a chain: how it computes rows, what it reads within the chain, what it writes. Tensors are indices.

    reads: those of the row form's inputs, in order; height, row_bytes: of the output.
    """

    form: RowForm
    reads: tuple[int, ...]
    writes: int
    height: int
    row_bytes: int

    def next_turn(self, step: int, done: int) -> Turn:
        return Turn(step, done, min(self.form.rows, self.height - done))

    def next_reads(self, done: int) -> Span:
        """The input rows of the next turn; beyond all rows where the step has done all of its own."""
        if done == self.height:
            return Span(1 << 30, 1 << 30)
        return self.form.reads(Span(done, min(done + self.form.rows, self.height)))


@dataclass(frozen=True)
class Stretch:
    """Links with the tensor at whose rows each tensor's rows lie: `home`, itself unless a kernel works in place."""

    links: tuple[Link, ...]
    home: Mapping[int, int]

    @property
    def output(self) -> int:
        return self.links[-1].writes

    @property
    def inside(self) -> dict[int, int]:
        """Bytes of a row of each tensor that has a ring of its own."""
        return {
            link.writes: link.row_bytes for link in self.links if self.home[link.writes] == link.writes != self.output
        }

    def least_rings(self) -> dict[int, int]:
        """The rows that one turn writes, or the most that one turn reads."""
        rings = dict.fromkeys(self.inside, 1)
        for link in self.links:
            for t in {self.home[t] for t in link.reads if t in self.home} & rings.keys():
                spans = (link.next_reads(done) for done in range(0, link.height, link.form.rows))
                rings[t] = max(rings[t], *(span.end - span.first for span in spans))
        return {t: self._whole_turns(t, rows) for t, rows in rings.items()}

    def grown(self, rings: Mapping[int, int], t: int) -> dict[int, int]:
        return {**rings, t: self._whole_turns(t, rings[t] + 1)}

    def _whole_turns(self, t: int, rows: int) -> int:
        """As many rows as hold those that each turn writes, or reads in one piece, without a break."""
        pieces = [link.form.rows for link in self.links if self.home[link.writes] == t]
        readers = [link for link in self.links for x in link.reads if self.home.get(x) == t]
        pieces += [link.form.advance for link in readers if not link.form.ringed]
        return -(-rows // lcm(*pieces)) * lcm(*pieces)

    def cost(self, rings: Mapping[int, int]) -> int:
        return sum(-(-rings[t] * row_bytes // BYTES) * BYTES for t, row_bytes in self.inside.items())


def play(stretch: Stretch, rings: Mapping[int, int]) -> tuple[list[Turn], set[int]]:
    """Turns, always of the earliest step that can, and the rings that are too full where not all come to their end.

    The earliest first reads the chain's inputs as early as can be, so its output may overlap them the most.
    """
    links, home = stretch.links, stretch.home
    writer = {link.writes: k for k, link in enumerate(links)}
    sources = [[writer[t] for t in link.reads if t in writer] for link in links]
    users = [
        [u for u, other in enumerate(links) for t in other.reads if home.get(t) == home[link.writes]] for link in links
    ]
    limits = [rings.get(home[link.writes]) for link in links]
    done, turns = [0] * len(links), list[Turn]()
    wanted = [link.next_reads(0) for link in links]
    while True:
        full = set[int]()
        for k, link in enumerate(links):
            turn, limit = link.next_turn(k, done[k]), limits[k]
            end = turn.end
            if turn.rows == 0 or any(done[source] < wanted[k].end for source in sources[k]):
                continue
            if limit is not None and any(end - limit > wanted[user].first for user in users[k]):
                full.add(home[link.writes])
                continue
            turns.append(turn)
            done[k], wanted[k] = end, link.next_reads(end)
            break
        else:
            return turns, full


def smallest_rings(stretch: Stretch) -> tuple[dict[int, int], list[Turn]] | None:
    """Rings of the fewest bytes with which all steps come to their end, and the turns; None where none are found."""
    serial, least = count(), stretch.least_rings()
    heap, seen = [(stretch.cost(least), next(serial), least)], set[tuple[int, ...]]()
    for _ in range(RINGS_TRIED):
        _, _, rings = heapq.heappop(heap)
        turns, full = play(stretch, rings)
        if not full:
            return rings, turns
        for larger in (stretch.grown(rings, t) for t in sorted(full)):
            if tuple(larger.values()) not in seen:
                seen.add(tuple(larger.values()))
                heapq.heappush(heap, (stretch.cost(larger), next(serial), larger))
    return None


def find_links(program: Program, forms: Sequence[RowForm | None], first: int, last: int) -> tuple[Link, ...] | None:
    """The steps as links, or None where they are no chain: a step without row form, or a tensor that others need."""
    graph, links = program.graph, list[Link]()
    for k in range(first, last + 1):
        form, step = forms[k], program.steps[k]
        if form is None:
            return None
        inputs = graph.ops[step.node.index].inputs
        reads = tuple(t for t in (inputs[p] for p in form.call.inputs) if not graph.tensors[t].constant)
        shape = step.node.output.shape
        links.append(Link(form, reads, step.writes[0], shape[1], step.node.output.nbytes // shape[1]))
    inside = {link.writes for link in links[:-1]}
    others = [s for k, s in enumerate(program.steps) if not first <= k <= last]
    if inside & {*graph.outputs, *(t for s in others for t in s.reads)} or not _all_lead_on(links):
        return None
    return tuple(links)


def _all_lead_on(links: Sequence[Link]) -> bool:
    read = {t for link in links for t in link.reads}
    return all(link.writes in read for link in links[:-1])


def find_stretches(links: tuple[Link, ...]) -> Iterator[Stretch]:
    """The chain with each choice of the operand that every element-wise step overwrites."""
    pairs = [[(link.writes, t) for t in _overwritable(links, link)] for link in links]
    for chosen in product(*(some for some in pairs if some)):
        home = {link.writes: link.writes for link in links}
        for over, under in reversed(chosen):  # later steps first: in place may follow in place
            home[under] = home[over]
        yield Stretch(links, home)


def _overwritable(links: Sequence[Link], link: Link) -> Iterator[int]:
    """Tensors of the chain that this step alone reads, and whose rows its output may replace."""
    if link.form.window is not None:
        return
    rows = {other.writes: other.row_bytes for other in links}
    everywhere = [t for other in links for t in other.reads]
    for t, distance in zip(link.reads, link.form.call.overlap, strict=True):
        if distance == 0 and everywhere.count(t) == 1 and rows.get(t) == link.row_bytes:
            yield t


def make_chain(program: Program, first: int, last: int, stretch: Stretch) -> Chain | None:
    """The chain with its smallest rings; None where no rings were found that let it come to its end."""
    found = smallest_rings(stretch)
    return None if found is None else lay_out(program, first, last, stretch, *found)


def lay_out(program: Program, first: int, last: int, stretch: Stretch, rows: Mapping[int, int],
            turns: Sequence[Turn]) -> Chain:  # fmt: skip
    """Rings one behind the other, then scratch; tensors read or written whole as rings of all their rows."""
    tensors, at, rings = program.graph.tensors, 0, dict[int, Ring]()
    for t, row_bytes in stretch.inside.items():
        rings[t] = Ring(None, at, rows[t], row_bytes)
        at += -(-rows[t] * row_bytes // BYTES) * BYTES
    for link in stretch.links:
        for t in (*link.reads, link.writes):
            if (home := stretch.home.get(t, t)) not in rings:
                height = tensors[home].shape[1]
                rings[home] = Ring(home, 0, height, tensors[home].nbytes // height)
            rings[t] = rings[home]
    forms = tuple(link.form for link in stretch.links)
    scratch = max(form.call.scratch_bytes for form in forms)
    return Chain(first, last, forms, rings, tuple(turns), at, at + scratch, find_overlap(stretch, rings, turns))


def find_overlap(stretch: Stretch, rings: Mapping[int, Ring], turns: Sequence[Turn]) -> dict[int, int]:
    """For each tensor read whole: by how much the last byte written exceeds the first one still read, at the most."""
    written = {link.writes for link in stretch.links}
    outside = {t for link in stretch.links for t in link.reads} - written
    distances = dict.fromkeys(outside, -(1 << 31) + 1)
    later = dict.fromkeys(outside, 1 << 31)
    for turn in reversed(turns):
        link = stretch.links[turn.step]
        first_read = link.form.reads(Span(turn.first, turn.end)).first
        for t in outside & {*link.reads}:
            later[t] = min(later[t], first_read * rings[t].row_bytes)
        if stretch.home[link.writes] == stretch.output:
            end = turn.end * link.row_bytes
            distances = {t: max(d, end - later[t]) for t, d in distances.items()}
    return distances
