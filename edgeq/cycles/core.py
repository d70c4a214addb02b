"""What a core's timing consists of: the issue of instructions within a block, and the edges between blocks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

Cycles: TypeAlias = Counter[str]
"""Cycles by what they go into: kinds of instructions, and reasons to wait."""


@dataclass(frozen=True)
class Priced:
    """What one execution of a block costs by cause.

    branches: whether it ends in a branch whose refill is paid where it is taken. fewer, more: by how
    many cycles it may take less or longer, where rules of the core are not public.
    """

    causes: Mapping[str, int]
    branches: bool
    fewer: int = 0
    more: int = 0


class Issue(Protocol):
    """How a core issues the instructions of a block."""

    def price(self, code: bytes, address: int) -> Priced:
        """The price of a block of machine code that lies at `address`."""


@dataclass(frozen=True)
class Core:
    """The timing of a core; numbers are cycles.

    is_wide: whether an instruction has 4 bytes, by its first two. refill: behind a taken branch.
    misaligned_target: more for a jump to an instruction of 4 bytes that is not aligned to 4.
    misaligned_access: more for an access that is no multiple of its size; 0 where the core faults, or
    where it is not known. foretells: which branches take no refill: none; the conditional branch
    backward that was `last` taken; or `most`, those that do what they did most often. error: share by
    which cycles may differ from hardware, without waits for memory. estimated: why they may be fewer
    or more than that, where part of the rules is not public.
    """

    name: str
    issue: Issue
    is_wide: Callable[[bytes], bool]
    refill: int = 1
    misaligned_target: int = 1
    misaligned_access: int = 1
    foretells: Literal["none", "last", "most"] = "none"
    error: float = 0.1
    estimated: str = ""
