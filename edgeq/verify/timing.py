"""Cycles of an emulated Thumb core: what its blocks did, counted by C in the emulator, priced by the core's
rules of issue and by the flash of a board.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from edgeq.boards import FlashTiming
from edgeq.cycles import Core, Cycles, Priced, TimedBlock, add_up, price_block
from edgeq.errors import EdgeqError
from edgeq.verify.counter import load_hooks
from edgeq.verify.memory import Memory

BLOCK = np.dtype(
    [
        ("address", "<u4"),
        ("size", "<u4"),
        ("count", "<u8"),
        ("fell", "<u8"),
        ("code_misses", "<u8"),
        ("data_misses", "<u8"),
        ("misaligned", "<u8"),
    ]
)
"""`edgeq_timed_block` of timing.c."""
PLACES = 32768  # BLOCKS of timing.c
COUNTS = BLOCK.names[2:] if BLOCK.names else ()


class Timing:
    """What a core did since the last lap, in cycles.

    read: the bytes of the image. read_register, write_register, status: Unicorn's C functions, and
    its number of the status register.
    """

    def __init__(
        self,
        core: Core,
        flash: FlashTiming,
        memory: Memory,
        read: Callable[[int, int], bytes],
        registers: tuple[Any, Any, int],
    ) -> None:
        self._library = _library()
        self._state = ctypes.create_string_buffer(self._library.edgeq_timing_bytes())
        self._core, self._flash, self._read = core, flash, read
        self._price = lru_cache(maxsize=None)(self._priced)
        read_register, write_register, status = registers
        self._library.edgeq_timing_begin(
            self.address,
            *(
                ctypes.c_uint32(n)
                for n in (
                    memory.flash,
                    memory.flash_bytes,
                    flash.sector_bytes,
                    flash.code_cache_lines,
                    flash.data_cache_lines,
                )
            ),
            *(ctypes.cast(f, ctypes.c_void_p) for f in (read_register, write_register)),
            ctypes.c_uint64(status),
        )
        self._before = np.zeros((len(COUNTS), PLACES), np.uint64)

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

    def lap(self) -> Cycles:
        """Cycles since the last lap, or since the begin, by cause."""
        table = self._blocks()
        used = np.flatnonzero(table["size"])  # a few hundred of the places
        counts = np.stack([table[name][used] for name in COUNTS])
        more = counts - self._before[:, used]
        self._before[:, used] = counts
        changed = np.flatnonzero(more.any(axis=0))
        at = used[changed]
        columns = (table["address"][at], table["size"][at], *more[:, changed])
        blocks = [TimedBlock(*row) for row in zip(*(c.tolist() for c in columns), strict=True)]
        return add_up(blocks, self._price, self._read, self._core, self._flash.sector_cycles)

    def _blocks(self) -> np.ndarray[Any, np.dtype[np.void]]:
        return np.frombuffer(memoryview(self._state), BLOCK, PLACES)

    def _priced(self, address: int, size: int) -> Priced:
        return price_block(self._read(address, size), address, self._core)


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
