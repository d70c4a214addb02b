"""What blocks of Thumb code cost on cores that issue one instruction at a time, in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from edgeq.cycles.core import Cycles, Priced
from edgeq.cycles.thumb import Instruction, decode

LOADS = frozenset({"load", "real load"})
ACCESSES = frozenset(
    {
        *LOADS,
        "store",
        "real store",
        *(
            f"{real}{way} {size}"
            for real in ("", "real ")
            for way in ("load", "store")
            for size in ("multiple", "double")
        ),
    }
)
ARITHMETIC = frozenset({"arithmetic", "multiply"})
DIRECT = frozenset({"branch", "call"})
REAL = frozenset({"real", "real multiply-add", "real divide"})


@dataclass(frozen=True)
class SingleIssue:
    """Rules of a core that issues one Thumb instruction at a time, in order; all in cycles.

    multiply: of multiplications, by the first letters of their mnemonics; the longest that fits.
    load: of a single load whose result the next instruction waits for.
    pipelined_loads: whether loads in a row whose addresses are known take one each.
    store: of a single store. divide, real_divide, real_multiply_add: of integers and of float32.
    refill: behind an indirect jump. load_refill: behind a load into the program counter.
    misaligned_run: more for three or more instructions of 4 bytes in a row that are not aligned to 4.
    address_stall: where an address comes from the arithmetic instruction just before.
    folded_it: whether IT costs nothing behind an instruction of 2 bytes.
    """

    multiply: Mapping[str, int] = field(default_factory=dict)
    load: int = 2
    pipelined_loads: bool = True
    store: int = 1
    divide: int = 6
    real_divide: int = 14
    real_multiply_add: int = 3
    refill: int = 1
    load_refill: int = 2
    misaligned_run: int = 1
    address_stall: int = 1
    folded_it: bool = True

    def price(self, code: bytes, address: int) -> Priced:
        """The price of a block of Thumb code that lies at `address`."""
        block = decode(code, address)
        return Priced(block_cycles(block, self), bool(block) and block[-1].kind in DIRECT)


def block_cycles(block: Sequence[Instruction], core: SingleIssue) -> Cycles:
    """Cycles of one execution by cause, without what a taken branch at its end adds."""
    causes, run = Cycles(), 0
    for before, this, behind in zip((None, *block[:-1]), block, (*block[1:], None), strict=True):
        causes[this.kind] += _cost(before, this, behind, core)
        if before is not None and _address_waits(before, this):
            causes["address"] += core.address_stall
        if before is not None and before.kind in REAL and before.writes & this.reads:
            causes["real result"] += 1
        run = run + 1 if this.size == 4 and this.address % 4 == 2 else 0
        if run == 3:
            causes["misaligned run"] += core.misaligned_run
    return causes


def _cost(
    before: Instruction | None, this: Instruction, behind: Instruction | None, core: SingleIssue
) -> int:
    """Cycles of an instruction, which depend on its neighbours."""
    if this.kind in LOADS:
        waits = core.load - 1 + (core.load_refill if this.to_pc else 0)
        hidden = core.pipelined_loads and behind is not None and _overlaps(this, behind)
        return this.registers + (0 if hidden and not this.to_pc else waits)
    if this.kind == "store":
        single = before is not None and before.kind in ("load", "store")
        return core.store + (1 if this.indexed and not single and core.pipelined_loads else 0)
    if this.kind == "it":
        return 0 if core.folded_it and before is not None and before.size == 2 else 1
    fixed = _FIXED.get(this.kind)
    return 1 if fixed is None else fixed(this, core)


_FIXED: dict[str, Callable[[Instruction, SingleIssue], int]] = {
    **dict.fromkeys(
        ("load multiple", "real load multiple"),
        lambda i, core: 1 + i.registers + (core.load_refill if i.to_pc else 0),
    ),
    **dict.fromkeys(
        ("store multiple", "real store multiple", "load double", "store double"),
        lambda i, core: 1 + i.registers,
    ),
    "real store": lambda i, core: 1 if i.registers == 1 else 1 + i.registers,
    "table branch": lambda i, core: core.load + 1 + core.load_refill,
    "divide": lambda i, core: core.divide,
    "real divide": lambda i, core: core.real_divide,
    "real multiply-add": lambda i, core: core.real_multiply_add,
    "real move": lambda i, core: i.registers,
    "jump": lambda i, core: 1 + core.refill,
    "multiply": lambda i, core: _longest(core.multiply, i.mnemonic),
}


def _longest(costs: Mapping[str, int], mnemonic: str) -> int:
    fitting = [name for name in costs if mnemonic.startswith(name)]
    return costs[max(fitting, key=len)] if fitting else 1


def _overlaps(load: Instruction, behind: Instruction) -> bool:
    """Whether the next access begins while a load waits for its data: a load, or a store with a
    register as offset, whose address does not need the loaded value.
    """
    access = behind.kind in LOADS or (behind.kind in ("store", "real store") and behind.indexed)
    needed = load.writes & behind.base
    return access and (not needed or (load.written_back and needed <= load.base))


def _address_waits(before: Instruction, this: Instruction) -> bool:
    """Whether the address of an access is the result of the arithmetic instruction before it."""
    made = before.writes & this.base - {"sp"}
    return this.kind in ACCESSES and before.kind in ARITHMETIC and bool(made)
