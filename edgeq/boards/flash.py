"""The timing of a board's flash and of the caches in front of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

MOST_LINES = 2048
"""Lines of a cache that `timing.c` has room for."""
MOST_SECTORS = 32
"""Sectors of a line, a bit each in `timing.c`."""
FlashBasis: TypeAlias = Literal["stated", "estimate"]


@dataclass(frozen=True)
class Cache:
    """A cache that drops the line of a set which was used longest ago.

    ways: lines of a set; as many as `lines` where any line of flash may lie in any of them.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    lines: int
    line_bytes: int
    ways: int


@dataclass(frozen=True)
class FlashTiming:
    """The timing of reads from flash at the board's clock, which adds cycles to those of the core.

    sector_bytes: what one read of the flash gives; a cache fills its lines by it. sector_cycles: how
    long the core waits for it. code_cache, data_cache: of fetches and of loads, None where every one
    of them reads flash. unified_cache: of both, in place of those two. prefetched_cycles: how long a
    fetch waits for the sector behind the one that was fetched before, where hardware asks for it
    ahead. burst_cycles: how long any access waits for the sector behind the one that was read before,
    where a serial flash goes on with it. Both None where such a sector takes as long as any.
    basis: `stated` where documents have all of these figures, `estimate` where some were derived,
    which `note` explains. source: the documents. note: what else is assumed.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    sector_bytes: int
    sector_cycles: int
    source: str
    code_cache: Cache | None = None
    data_cache: Cache | None = None
    unified_cache: Cache | None = None
    prefetched_cycles: int | None = None
    burst_cycles: int | None = None
    basis: FlashBasis = "stated"
    note: str = ""

    @property
    def in_order_cycles(self) -> int:
        """How long an access waits for a sector that is read in order, prefetched or in a burst."""
        known = (self.prefetched_cycles, self.burst_cycles, self.sector_cycles)
        return next(cycles for cycles in known if cycles is not None)

    def faults(self) -> Iterator[tuple[str, str]]:
        """Fields whose value no flash can have, and why."""
        if not _is_power(self.sector_bytes):
            yield "sector_bytes", "it must be a power of two"
        if not 0 <= self.in_order_cycles <= self.sector_cycles:
            yield (
                "sector_cycles",
                "it must be at least prefetched_cycles or burst_cycles, and those 0",
            )
        if self.prefetched_cycles is not None and self.burst_cycles is not None:
            yield "burst_cycles", "prefetched_cycles is instead of it"
        if self.unified_cache is not None and (self.code_cache or self.data_cache):
            yield "unified_cache", "code_cache and data_cache are instead of it"
        caches = (self.code_cache, self.data_cache, self.unified_cache)
        names = ("code_cache", "data_cache", "unified_cache")
        for name, cache in zip(names, caches, strict=True):
            why = "" if cache is None else _fault(cache, self.sector_bytes)
            if why:
                yield name, why


NO_WAITING = FlashTiming(sector_bytes=32, sector_cycles=0, source="")
"""Flash that answers at once: what remains is the core's own time."""


def flash_basis(flash: FlashTiming | None) -> str:
    """What milliseconds rest on, as far as flash goes. flash: None where it is not known."""
    if flash is None:
        return "flash taken as never waited for"
    if not flash.sector_cycles:
        return "its flash never waited for, as documented"
    return "its flash included" if flash.basis == "stated" else "an estimate of its flash included"


def _fault(cache: Cache, sector_bytes: int) -> str:
    """Why a cache cannot be, or nothing."""
    if not 0 < cache.lines <= MOST_LINES:
        return f"lines must be 1 to {MOST_LINES}"
    if not 0 < cache.ways <= cache.lines or cache.lines % cache.ways:
        return "lines must be a multiple of ways"
    if not (_is_power(cache.lines // cache.ways) and _is_power(cache.line_bytes)):
        return "line_bytes, and lines for each way, must be powers of two"
    if not sector_bytes <= cache.line_bytes <= MOST_SECTORS * sector_bytes:
        return f"line_bytes must be 1 to {MOST_SECTORS} times sector_bytes"
    return ""


def _is_power(number: int) -> bool:
    return number > 0 and number & (number - 1) == 0
