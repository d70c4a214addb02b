"""What many executions of blocks of instructions add up to on a core."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from edgeq.cycles.core import Core, Cycles, Priced

FLASH_CAUSES = ("flash, code", "flash, data")
"""Causes of cycles that depend on the flash and its caches; all others are the core's own."""
Read: TypeAlias = Callable[[int, int], bytes]
"""Address, size -> bytes of the image."""


@dataclass(frozen=True)
class TimedBlock:
    """A basic block as it ran. fell: of the executions, those after which the block behind it in
    memory came next. misaligned: accesses that are no multiple of their size. foretold, mistaken:
    executions whose branch at the end was foretold to be taken, and was, or was not.
    """

    address: int
    size: int
    count: int
    fell: int = 0
    misaligned: int = 0
    foretold: int = 0
    mistaken: int = 0


@dataclass(frozen=True)
class Spent:
    """Cycles by cause, and how many fewer or more there may be where rules of the core are not public.

    waits: for each flash that the core was timed with, its cycles of `FLASH_CAUSES`; those of the
    first are in `causes` too.
    """

    causes: Cycles = field(default_factory=Cycles)
    fewer: int = 0
    more: int = 0
    waits: tuple[Cycles, ...] = ()


def add_up(
    blocks: Sequence[TimedBlock],
    price: Callable[[int, int], Priced],
    read: Read,
    core: Core,
) -> Spent:
    """Cycles of all executions, as if flash answered at once. price: of the block at an address, of a size."""
    causes, fewer, more = Cycles(), 0, 0
    for block in blocks:
        priced = price(block.address, block.size)
        for cause, cost in priced.causes.items():
            causes[cause] += cost * block.count
        fewer += priced.fewer * block.count
        more += priced.more * block.count
        if priced.branches:
            causes["refill"] += core.refill * _refills(block, core)
        causes["misaligned access"] += core.misaligned_access * block.misaligned
    for address, jumps in _jumps(blocks).items():
        if core.misaligned_target and address % 4 == 2 and core.is_wide(read(address, 2)):
            causes["misaligned target"] += core.misaligned_target * jumps
    return Spent(+causes, fewer, more)


def _refills(block: TimedBlock, core: Core) -> int:
    """How often the branch at a block's end was not foretold."""
    taken = block.count - block.fell
    if core.foretells == "most":
        return min(taken, block.fell)
    return taken - block.foretold + block.mistaken


def _jumps(blocks: Iterable[TimedBlock]) -> Counter[int]:
    """How often each address was fetched anew: reached by a branch, or where one was foretold wrongly."""
    jumps = Counter[int]()
    for block in blocks:
        jumps[block.address] += block.count
        jumps[block.address + block.size] -= block.fell - block.mistaken
    return +jumps
