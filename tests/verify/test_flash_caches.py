"""The caches in front of a board's flash against a plain model of them, on random traces."""

from __future__ import annotations

import random
from collections import OrderedDict

import pytest
from verify.test_timing import load, no_register, run_block

from edgeq.boards import Cache, FlashTiming
from edgeq.cycles import FLASH_CAUSES
from edgeq.verify.memory import MICROCONTROLLER
from edgeq.verify.timed import Timed
from edgeq.verify.timing import Timing

FLASH = MICROCONTROLLER.flash
FLASHES = (
    FlashTiming(8, 5, "", Cache(32, 32, 32), Cache(8, 32, 8)),
    FlashTiming(16, 5, "", Cache(64, 16, 64), Cache(8, 16, 8), prefetched_cycles=2),
    FlashTiming(16, 3, "", unified_cache=Cache(32, 16, 2)),
    FlashTiming(32, 7, "", Cache(16, 32, 2), Cache(16, 32, 4)),
    FlashTiming(8, 1, "", unified_cache=Cache(8, 8, 1)),
    FlashTiming(4, 2, "", code_cache=Cache(4, 16, 2), prefetched_cycles=0),
    FlashTiming(8, 84, "", unified_cache=Cache(32, 8, 2), burst_cycles=48),
    FlashTiming(16, 9, ""),
)


class PlainCache:
    """Sets of lines, each with the sectors that it holds, the line used longest ago first."""

    def __init__(self, cache: Cache | None, sector_bytes: int) -> None:
        self.cache, self.sector_bytes = cache, sector_bytes
        count = 1 if cache is None else cache.lines // cache.ways
        self.sets = [OrderedDict[int, set[int]]() for _ in range(count)]

    def lacks(self, sector: int) -> bool:
        if self.cache is None:
            return True
        line = sector * self.sector_bytes // self.cache.line_bytes
        lines = self.sets[line % len(self.sets)]
        if line not in lines and len(lines) == self.cache.ways:
            lines.popitem(last=False)
        held = lines.setdefault(line, set())
        lines.move_to_end(line)
        lacks = sector not in held
        held.add(sector)
        return lacks


class PlainFlash:
    """Cycles that fetches and loads wait for."""

    def __init__(self, flash: FlashTiming) -> None:
        self.flash, self.cycles = flash, dict.fromkeys(FLASH_CAUSES, 0)
        self.behind_fetched, self.behind_read = 0, 0
        self.code = PlainCache(flash.unified_cache or flash.code_cache, flash.sector_bytes)
        self.data = PlainCache(flash.data_cache, flash.sector_bytes)
        if flash.unified_cache is not None:
            self.data = self.code

    def sectors(self, offset: int, size: int) -> range:
        each = self.flash.sector_bytes
        return range(offset // each, (offset + size - 1) // each + 1)

    def fetch(self, offset: int, size: int) -> None:
        for sector in self.sectors(offset, size):
            if self.code.lacks(sector):
                ahead = self.flash.prefetched_cycles if sector == self.behind_fetched else None
                self.read("flash, code", sector, ahead)
            self.behind_fetched = sector + 1

    def load(self, offset: int, size: int) -> None:
        for sector in self.sectors(offset, size):
            if self.data.lacks(sector):
                self.read("flash, data", sector, None)

    def read(self, cause: str, sector: int, ahead: int | None) -> None:
        goes_on = self.flash.burst_cycles is not None and sector == self.behind_read
        in_order = self.flash.burst_cycles if goes_on else ahead
        self.cycles[cause] += self.flash.sector_cycles if in_order is None else in_order
        self.behind_read = sector + 1


@pytest.mark.parametrize("seed", range(2))
def test_every_flash_waits_as_a_plain_model_of_its_caches(seed: int) -> None:
    """All at once, so that none takes from another: loops over code and data, and jumps between them."""
    timing = Timing(
        Timed("cortex-m4", FLASHES[0], FLASHES[1:]),
        MICROCONTROLLER,
        b"",
        lambda address, size: b"\x00\xbf" * (size // 2),
        (no_register, no_register, 1),
    )
    plain, chance = [PlainFlash(flash) for flash in FLASHES], random.Random(seed)
    code = [(2 * chance.randrange(1024), 2 * chance.randint(1, 40)) for _ in range(24)]
    for _ in range(60):
        data, blocks = chance.randrange(2048), chance.sample(code, chance.randint(1, 3))
        for turn in range(chance.randint(1, 4)):
            for at, size in blocks:
                run_block(timing, at, size)
                load(timing, FLASH + data + 4 * turn)
                for flash in plain:
                    flash.fetch(at, size)
                    flash.load(data + 4 * turn, 4)
                data = chance.choice((data, data + 16, chance.randrange(2048)))
    waits = timing.lap().waits
    assert [dict(cycles) for cycles in waits] == [flash.cycles for flash in plain]
    assert timing.lap().waits == tuple({} for _ in FLASHES)


def test_the_first_flash_is_the_one_whose_waits_are_in_the_cycles() -> None:
    timing = Timing(
        Timed("cortex-m4", FLASHES[7], FLASHES[:1]),
        MICROCONTROLLER,
        b"",
        lambda address, size: b"\x00\xbf" * (size // 2),
        (no_register, no_register, 1),
    )
    run_block(timing, 0, 2)
    spent = timing.lap()
    assert spent.causes == {"arithmetic": 1, "flash, code": 9}
    assert [dict(cycles) for cycles in spent.waits] == [{"flash, code": 9}, {"flash, code": 5}]


@pytest.mark.parametrize(
    ("flash", "field"),
    [
        pytest.param(FlashTiming(12, 5, ""), "sector_bytes", id="no power of two"),
        pytest.param(FlashTiming(8, -1, ""), "sector_cycles", id="before it was asked for"),
        pytest.param(FlashTiming(8, 5, "", prefetched_cycles=6), "sector_cycles", id="longer"),
        pytest.param(
            FlashTiming(8, 5, "", prefetched_cycles=1, burst_cycles=1), "burst_cycles", id="two"
        ),
        pytest.param(FlashTiming(8, 5, "", Cache(0, 32, 1)), "code_cache", id="no line"),
        pytest.param(FlashTiming(8, 5, "", Cache(4096, 32, 2)), "code_cache", id="too many lines"),
        pytest.param(FlashTiming(8, 5, "", Cache(8, 32, 3)), "code_cache", id="ways"),
        pytest.param(FlashTiming(8, 5, "", Cache(12, 32, 2)), "code_cache", id="six sets"),
        pytest.param(FlashTiming(8, 5, "", data_cache=Cache(8, 4, 2)), "data_cache", id="short"),
        pytest.param(FlashTiming(4, 5, "", data_cache=Cache(8, 256, 2)), "data_cache", id="long"),
        pytest.param(
            FlashTiming(8, 5, "", Cache(8, 8, 1), None, Cache(8, 8, 1)), "unified_cache", id="both"
        ),
    ],
)
def test_what_no_flash_can_be_is_told(flash: FlashTiming, field: str) -> None:
    assert [name for name, _ in flash.faults()] == [field]


@pytest.mark.parametrize("flash", FLASHES)
def test_what_a_flash_can_be_has_no_fault(flash: FlashTiming) -> None:
    assert not list(flash.faults())
