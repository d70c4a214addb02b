"""Cycles of an emulated core: what its blocks did, counted by C in the emulator, priced by the core's rules of
issue and by the flash of a board.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from edgeq.boards import Cache, FlashTiming
from edgeq.cycles import CORES, FLASH_CAUSES, Cycles, Spent
from edgeq.errors import EdgeqError
from edgeq.verify.counter import load_hooks
from edgeq.verify.laps import Laps
from edgeq.verify.memory import Memory
from edgeq.verify.timed import Timed

BLOCK = np.dtype(
    [
        ("address", "<u4"),
        ("size", "<u4"),
        ("count", "<u8"),
        ("fell", "<u8"),
        ("misaligned", "<u8"),
        ("foretold", "<u8"),
        ("mistaken", "<u8"),
        ("conditional", "<u8"),
    ]
)
"""`edgeq_timed_block` of timing.c."""
NO_STATUS = (ctypes.c_void_p(), ctypes.c_void_p(), 0)
BLOCKS = 16384  # of timing.c
MOST_FLASHES = 16  # FLASHES of timing.c
COUNTS = BLOCK.names[2:-1] if BLOCK.names else ()


class Timing:
    """What a core did since the last lap, in cycles.

    code: the image's flash. read: any bytes of the image. registers: Unicorn's C functions that read
    and write a register of Thumb cores, and its number of the status register; NO_STATUS for other cores.
    """

    def __init__(
        self,
        timed: Timed,
        memory: Memory,
        code: bytes,
        read: Callable[[int, int], bytes],
        registers: tuple[Any, Any, int] = NO_STATUS,
    ) -> None:
        self._library = _library()
        self._state = ctypes.create_string_buffer(self._library.edgeq_timing_bytes())
        core = CORES[timed.core]
        self._laps = Laps(core, BLOCKS, COUNTS, read)
        read_register, write_register, status = registers
        self._code = code if core.foretells == "last" else None
        self._flashes = timed.flashes
        waited = (_shape(flash) for flash in self._flashes if flash.sector_cycles)
        self._shapes = list(dict.fromkeys(waited))  # simulated once each
        self._before = np.zeros((len(self._shapes), 4), np.int64)
        if len(self._shapes) > MOST_FLASHES:
            raise ValueError(f"{len(self._shapes)} flashes, {MOST_FLASHES} at most")
        words = [word for shape in self._shapes for word in shape]
        self._library.edgeq_timing_begin(
            self.address,
            ctypes.c_uint32(memory.flash),
            ctypes.c_uint32(memory.flash_bytes),
            (ctypes.c_uint32 * len(words))(*words),
            ctypes.c_uint32(len(self._shapes)),
            *(ctypes.cast(f, ctypes.c_void_p) for f in (read_register, write_register)),
            ctypes.c_uint64(status),
            self._code,
            ctypes.c_uint32(len(code)),
        )

    @property
    def on_block(self) -> ctypes.c_void_p:
        """The address of the function for Unicorn's block hook."""
        return ctypes.cast(self._library.edgeq_time_block, ctypes.c_void_p)

    @property
    def on_access(self) -> ctypes.c_void_p:
        """The address of the function for Unicorn's memory hooks."""
        return ctypes.cast(self._library.edgeq_time_access, ctypes.c_void_p)

    @property
    def address(self) -> ctypes.c_void_p:
        """The address of the state, which the hooks hand to the functions."""
        return ctypes.c_void_p(ctypes.addressof(self._state))

    def lap(self) -> Spent:
        """Cycles since the last lap, or since the begin."""
        spent, waits = self._laps.lap(self._blocks()), self._waits()
        return replace(spent, causes=spent.causes + waits[0], waits=waits)

    def _waits(self) -> tuple[Cycles, ...]:
        """Cycles since the last lap that each flash took."""
        counts = np.zeros((len(self._shapes), 4), np.int64)
        self._library.edgeq_timing_sectors(self.address, counts.ctypes.data_as(ctypes.c_void_p))
        more, self._before = (counts - self._before).tolist(), counts
        sectors = dict(zip(self._shapes, more, strict=True))
        return tuple(_priced(flash, sectors.get(_shape(flash), [0] * 4)) for flash in self._flashes)

    def _blocks(self) -> np.ndarray[Any, np.dtype[np.void]]:
        """Those seen so far, in the order in which they were."""
        used = int.from_bytes(bytes(memoryview(self._state)[:8]), "little")
        return np.frombuffer(memoryview(self._state), BLOCK, used, offset=8)


def _shape(flash: FlashTiming) -> tuple[int, ...]:
    """`edgeq_flash_shape` of flash_caches.h."""
    code = flash.unified_cache or flash.code_cache
    kinds = (int(flash.unified_cache is not None), int(flash.burst_cycles is not None))
    return (flash.sector_bytes, *kinds, *_cache_shape(code), *_cache_shape(flash.data_cache))


def _cache_shape(cache: Cache | None) -> tuple[int, int, int]:
    return (0, 0, 0) if cache is None else (cache.line_bytes, cache.lines, cache.ways)


def _priced(flash: FlashTiming, sectors: Sequence[int]) -> Cycles:
    """Cycles that reads of sectors take. sectors: for fetches and for loads, out of order and in order."""
    each = (flash.sector_cycles, flash.in_order_cycles) * len(FLASH_CAUSES)
    cycles = [count * cost for count, cost in zip(sectors, each, strict=True)]
    return +Cycles(dict(zip(FLASH_CAUSES, (sum(cycles[:2]), sum(cycles[2:])), strict=True)))


@lru_cache(maxsize=1)
def _library() -> ctypes.CDLL:
    try:
        import capstone  # noqa: F401
    except ImportError:
        raise EdgeqError(
            "no cycles", "capstone is not installed", "pip install edgeq[emulate]"
        ) from None
    library = load_hooks("timing.c")
    library.edgeq_timing_bytes.restype = ctypes.c_uint64
    return library
