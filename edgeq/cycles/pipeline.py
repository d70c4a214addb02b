"""What blocks of Thumb code cost on cores that issue up to two instructions a cycle, in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from edgeq.cycles.core import Cycles, Priced
from edgeq.cycles.thumb import Instruction, decode

DIRECT = frozenset({"branch", "call"})
PAIR = 2
NARROW = 2  # bytes


@dataclass(frozen=True)
class Way:
    """How an instruction goes through the core; numbers are cycles.

    units: what it takes, for as many cycles as it `holds` them. latency: from its issue until another
    can be issued that needs its result. early: how long before others it needs its operands, and
    early_address those that an address is made of; less than 0: later. late_sum: how much later what
    it adds to. occupies: how long nothing is issued behind it, and by_word, for each word that it
    moves besides; 0: it costs nothing. alone: it is never issued with another; first: only as the
    first of two.
    """

    units: tuple[str, ...] = ()
    latency: int = 1
    early: int = 0
    early_address: int = 0
    late_sum: int = 0
    occupies: int = 1
    by_word: float = 0
    holds: int = 1
    alone: bool = False
    first: bool = False


@dataclass(frozen=True)
class Pipeline:
    """Rules of a core that issues in order.

    ways: by kind of instruction, and `shifted` where an operand is shifted by the way; those that
    differ from `ALU`. by_name: by the first letters of mnemonics, which come before kinds; the longest
    that fits. units: how many there are of each, one of those that are not named. light: mnemonics one
    of which must be in a pair, both of 2 bytes; None where any two may pair. vectors: whether the core
    has those of Armv8.1-M. width: how many are taken to be issued in a cycle at most, 1 or 2.
    """

    ways: Mapping[str, Way]
    by_name: Mapping[str, Way] = field(default_factory=dict)
    units: Mapping[str, int] = field(default_factory=dict)
    light: frozenset[str] | None = None
    vectors: bool = False
    width: int = PAIR

    def price(self, code: bytes, address: int) -> Priced:
        """The price of a block of Thumb code: by `width`, and what it takes with and without pairs."""
        block = decode(code, address, self.vectors)
        causes = {width: issue(block, self, width) for width in (1, PAIR)}
        singly, pairs = causes[1].total(), causes[PAIR].total()
        cost = causes[self.width].total()
        branches = bool(block) and block[-1].kind in DIRECT
        return Priced(causes[self.width], branches, max(0, cost - pairs), max(0, singly - cost))

    def way(self, instruction: Instruction) -> Way:
        """The row of an instruction."""
        fitting = [name for name in self.by_name if instruction.mnemonic.startswith(name)]
        if fitting:
            return self.by_name[max(fitting, key=len)]
        kind = "shifted" if instruction.shifted else instruction.kind
        return self.ways.get(kind, self.ways.get(instruction.kind, ALU))


ALU = Way()


def issue(block: Sequence[Instruction], core: Pipeline, width: int) -> Cycles:
    """Cycles of one execution by cause, without what a branch at its end adds. width: 1: nothing is
    issued either while an instruction holds its units.
    """
    causes, ready, used = Cycles(), dict[str, int](), Counter[str]()
    free = dict[str, int]()  # when units that were held may be taken again
    now, left = -1, 0  # how many may still be issued in this cycle
    before: Instruction | None = None
    for this in block:
        way = core.way(this)
        if way.occupies == 0:
            continue
        at = now if left and _pairs(before, this, way, core, used) else now + 1
        needed = max(
            (ready[r] + _early(this, way, r) for r in this.reads & ready.keys()), default=0
        )
        if needed > at:
            causes["result"] += needed - max(at, now + 1)
            at = needed
        held = max((free.get(unit, 0) for unit in way.units), default=0)
        if held > at:
            causes["unit"] += held - max(at, now + 1)
            at = held
        if at > now:
            causes[this.kind] += 1
            used, left = Counter(), width
        longer = way.occupies - 1 + int(way.by_word * this.registers)
        longer += way.holds - 1 if width == 1 else 0
        causes[this.kind] += longer
        now = at + longer
        used.update(way.units)
        free.update(dict.fromkeys(way.units, at + way.holds) if way.holds > 1 else ())
        left = 0 if way.alone or longer else left - 1
        before = this
        for register in this.writes:
            ready[register] = at + longer + way.latency
        for register in this.base & this.writes if this.written_back else ():
            ready[register] = at + 1 - way.early_address
    return +causes


def _pairs(
    before: Instruction | None, this: Instruction, way: Way, core: Pipeline, used: Counter[str]
) -> bool:
    """Whether an instruction may be issued in the cycle of the one before it."""
    if before is None or way.alone or way.first:
        return False
    if core.light is not None:
        narrow = before.size == this.size == NARROW
        if not narrow or not {before.mnemonic, this.mnemonic} & core.light:
            return False
    return all(used[unit] < core.units.get(unit, 1) for unit in way.units)


def _early(this: Instruction, way: Way, register: str) -> int:
    """How long before the issue of an instruction it needs a register, less than 0: behind it."""
    if register in this.base:
        return way.early_address
    return way.early - (way.late_sum if register in this.writes else 0)
