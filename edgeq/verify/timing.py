"""Cycles of an emulated core: what its blocks did, counted by C in the emulator, priced by the core's rules of
issue and by the flash of a board.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from edgeq.cycles import CORES, Spent
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
        ("code_misses", "<u8"),
        ("data_misses", "<u8"),
        ("misaligned", "<u8"),
        ("foretold", "<u8"),
        ("mistaken", "<u8"),
        ("conditional", "<u8"),
    ]
)
"""`edgeq_timed_block` of timing.c."""
NO_STATUS = (ctypes.c_void_p(), ctypes.c_void_p(), 0)
PLACES = 32768  # BLOCKS of timing.c
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
        self._laps = Laps(core, PLACES, COUNTS, read, timed.flash.sector_cycles)
        read_register, write_register, status = registers
        self._code = code if core.foretells == "last" else None
        self._library.edgeq_timing_begin(
            self.address,
            *(
                ctypes.c_uint32(n)
                for n in (
                    memory.flash,
                    memory.flash_bytes,
                    timed.flash.sector_bytes,
                    timed.flash.code_cache_lines,
                    timed.flash.data_cache_lines,
                )
            ),
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
        return self._laps.lap(self._blocks())

    def _blocks(self) -> np.ndarray[Any, np.dtype[np.void]]:
        return np.frombuffer(memoryview(self._state), BLOCK, PLACES)


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
