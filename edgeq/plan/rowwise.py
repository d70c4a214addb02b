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

from edgeq.graph import Graph
from edgeq.opkit.rows import RowForm, Span
from edgeq.plan.program import Chain, Program, Ring, Step, Turn

RINGS_TRIED = 200  # before the search for the smallest rings of a chain gives up
BYTES = 8  # rings are aligned as scratch is


@dataclass(frozen=True)
class Link:
    """A step of a chain: how it computes rows, what it reads within the chain, what it writes. Tensors are indices.

    reads: those of the row form's inputs, in order; overlap: of each, how far below its row that of the output must lie
    to take its place, None: apart; height, row_bytes: of the output.
    """

    form: RowForm
    reads: tuple[int, ...]
    overlap: tuple[int | None, ...]
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
        """As many rows as hold those that each turn writes, or reads in one piece, without a break; at most all."""
        writers = [link for link in self.links if self.home[link.writes] == t]
        pieces = [link.form.rows for link in writers]
        readers = [link for link in self.links for x in link.reads if self.home.get(x) == t]
        pieces += [link.form.advance for link in readers if not link.form.ringed]
        return min(-(-rows // lcm(*pieces)) * lcm(*pieces), writers[0].height)

    def cost(self, rings: Mapping[int, int]) -> int:
        return sum(ring_bytes(rings[t], row_bytes) for t, row_bytes in self.inside.items())


def ring_bytes(rows: int, row_bytes: int) -> int:
    return -(-rows * row_bytes // BYTES) * BYTES


def play(stretch: Stretch, rings: Mapping[int, int]) -> tuple[list[Turn], set[int]]:
    """Turns, always of the first step in `eagerness` that can, and the rings that are too full where not all come to
    their end.
    """
    links, home = stretch.links, stretch.home
    writer = {link.writes: k for k, link in enumerate(links)}
    sources = [[writer[t] for t in link.reads if t in writer] for link in links]
    users = [
        [u for u, other in enumerate(links) for t in other.reads if home.get(t) == home[link.writes]] for link in links
    ]
    limits = [rings.get(home[link.writes]) for link in links]
    done, turns, order = [0] * len(links), list[Turn](), eagerness(stretch)
    wanted = [link.next_reads(0) for link in links]
    while True:
        full = set[int]()
        for k in order:
            link, limit = links[k], limits[k]
            turn = link.next_turn(k, done[k])
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


def eagerness(stretch: Stretch) -> list[int]:
    """Steps that finish rows of the output in place, then all others, the earliest first.

    So the chain's inputs are read as early as can be, and its output may overlap them the most: what a step needs of
    them to finish rows that are there already it reads before more rows are written.
    """

    def finishes(link: Link) -> bool:
        return any(stretch.home.get(t) == stretch.output for t in link.reads)

    return sorted(range(len(stretch.links)), key=lambda k: (not finishes(stretch.links[k]), k))


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


def find_link(graph: Graph, step: Step, form: RowForm) -> Link:
    """A step as the link of a chain."""
    call, inputs, output = form.call, graph.ops[step.node.index].inputs, step.node.output
    claims = call.overlap if form.window is None and not call.exact else (None,) * len(call.inputs)
    computed = [
        (inputs[p], d) for p, d in zip(call.inputs, claims, strict=True) if not graph.tensors[inputs[p]].constant
    ]
    reads, overlap = zip(*computed, strict=True)
    return Link(form, reads, overlap, step.writes[0], output.shape[1], output.nbytes // output.shape[1])


def find_links(program: Program, forms: Sequence[RowForm | None], first: int, last: int) -> tuple[Link, ...] | None:
    """The steps as links, or None where they are no chain: a step without row form, or a tensor that others need."""
    graph, links = program.graph, list[Link]()
    for k in range(first, last + 1):
        if (form := forms[k]) is None:
            return None
        links.append(find_link(graph, program.steps[k], form))
    inside = {link.writes for link in links[:-1]}
    others = [s for k, s in enumerate(program.steps) if not first <= k <= last]
    if inside & {*graph.outputs, *(t for s in others for t in s.reads)} or not _all_lead_on(links):
        return None
    return tuple(links)


def _all_lead_on(links: Sequence[Link]) -> bool:
    read = {t for link in links for t in link.reads}
    return all(link.writes in read for link in links[:-1])


def find_stretches(links: tuple[Link, ...]) -> Iterator[Stretch]:
    """The chain with each choice of the operand that every element-wise step overwrites.

    The last may overwrite none, so that no row of the output is begun before the step that finishes it.
    """
    pairs = [[(link.writes, t) for t in overwritable(links, link)] for link in links]
    choices: list[list[tuple[int, int] | None]] = [list(some) for some in pairs[:-1] if some]
    for chosen in product([*pairs[-1], None], *choices):
        home = {link.writes: link.writes for link in links}
        for over, under in (pair for pair in (chosen[0], *reversed(chosen[1:])) if pair is not None):
            home[under] = home[over]  # later steps first: in place may follow in place
        yield Stretch(links, home)


def overwritable(links: Sequence[Link], link: Link) -> Iterator[int]:
    """Tensors of the chain that this step alone reads, and whose rows its output may replace."""
    rows = {other.writes: other.row_bytes for other in links}
    everywhere = [t for other in links for t in other.reads]
    for t, distance in zip(link.reads, link.overlap, strict=True):
        if distance == 0 and everywhere.count(t) == 1 and rows.get(t) == link.row_bytes:
            yield t


def lay_out(program: Program, first: int, last: int, stretch: Stretch, rows: Mapping[int, int],
            turns: Sequence[Turn]) -> Chain:  # fmt: skip
    """Rings one behind the other, then scratch; tensors read or written whole as rings of all their rows."""
    tensors, at, rings = program.graph.tensors, 0, dict[int, Ring]()
    for t, row_bytes in stretch.inside.items():
        rings[t] = Ring(None, at, rows[t], row_bytes)
        at += ring_bytes(rows[t], row_bytes)
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
    """For each tensor read whole: how far below it the output must start to overwrite no row that is still read.

    That is by how much the end of the rows that a turn writes exceeds the first row still read then. A step that works
    in place still reads the rows of its own turn as far as its claim says.
    """
    written = {link.writes for link in stretch.links}
    outside = {t for link in stretch.links for t in link.reads} - written
    distances = dict.fromkeys(outside, -(1 << 31) + 1)
    later = dict.fromkeys(outside, 1 << 31)
    for turn in reversed(turns):
        link = stretch.links[turn.step]
        start, end = turn.first * link.row_bytes, turn.end * link.row_bytes
        first = {
            t: link.form.reads(Span(turn.first, turn.end)).first * rings[t].row_bytes for t in outside & {*link.reads}
        }
        if stretch.home[link.writes] == stretch.output:
            claims = _claims(link)
            for t in outside:
                distances[t] = max(distances[t], end - later[t])
                if t in first:
                    needed = end if (claim := claims[t]) is None else start + claim
                    distances[t] = max(distances[t], needed - first[t])
        later |= {t: min(later[t], at) for t, at in first.items()}
    return distances


def _claims(link: Link) -> dict[int, int | None]:
    """The overlap of each tensor that a link reads, None where it reads one twice."""
    return {t: d if link.reads.count(t) == 1 else None for t, d in zip(link.reads, link.overlap, strict=True)}
