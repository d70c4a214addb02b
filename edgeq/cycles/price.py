"""What blocks of instructions cost on a core, and what many executions of them add up to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from edgeq.cycles.core import Core
from edgeq.cycles.instruction import Instruction, decode

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
WIDE = 0xE8  # the second byte, from here on, of instructions of 4 bytes
REAL = frozenset({"real", "real multiply-add", "real divide"})
FLASH_CAUSES = ("flash, code", "flash, data")
"""Causes of cycles that depend on the flash and its caches; all others are the core's own."""
Cycles: TypeAlias = Counter[str]
"""Cycles by what they go into: kinds of instructions, and reasons to wait."""
Read: TypeAlias = Callable[[int, int], bytes]
"""Address, size -> bytes of the image."""


@dataclass(frozen=True)
class TimedBlock:
    """A basic block as it ran. fell: of the executions, those after which the block behind it in
    memory came next. code_misses, data_misses: sectors of flash that had to be read. misaligned: accesses that
    are no multiple of their size.
    """

    address: int
    size: int
    count: int
    fell: int = 0
    code_misses: int = 0
    data_misses: int = 0
    misaligned: int = 0


@dataclass(frozen=True)
class Priced:
    """What one execution of a block costs by cause, and whether it ends in a direct branch, whose
    refill is paid where it is taken.
    """

    causes: Mapping[str, int]
    branches: bool


def price_block(code: bytes, address: int, core: Core) -> Priced:
    """The price of a block of Thumb code that lies at `address`."""
    block = decode(code, address)
    return Priced(block_cycles(block, core), bool(block) and block[-1].kind in DIRECT)


def add_up(
    blocks: Sequence[TimedBlock],
    price: Callable[[int, int], Priced],
    read: Read,
    core: Core,
    flash_cycles: int = 0,
) -> Cycles:
    """Cycles of all executions by cause. price: of the block at an address, of a size.
    flash_cycles: of one sector read from flash.
    """
    causes = Cycles()
    for block in blocks:
        priced = price(block.address, block.size)
        for cause, cost in priced.causes.items():
            causes[cause] += cost * block.count
        if priced.branches:
            causes["refill"] += core.refill * (block.count - block.fell)
        causes["misaligned access"] += block.misaligned
        for cause, misses in zip(FLASH_CAUSES, (block.code_misses, block.data_misses), strict=True):
            causes[cause] += flash_cycles * misses
    for address, jumps in _jumps(blocks).items():
        if address % 4 == 2 and read(address, 2)[1] >= WIDE:
            causes["misaligned target"] += core.misaligned_target * jumps
    return +causes


def _jumps(blocks: Iterable[TimedBlock]) -> Counter[int]:
    """How often each address was reached by a branch."""
    jumps = Counter[int]()
    for block in blocks:
        jumps[block.address] += block.count
        jumps[block.address + block.size] -= block.fell
    return +jumps


def block_cycles(block: Sequence[Instruction], core: Core) -> Cycles:
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
    before: Instruction | None, this: Instruction, behind: Instruction | None, core: Core
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


_FIXED: dict[str, Callable[[Instruction, Core], int]] = {
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
