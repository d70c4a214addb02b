"""The instruction counter of the emulator: a few lines of C, built for this machine and loaded into
the process.
"""

from __future__ import annotations

import ctypes
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

from edgeq.resources import resource_folder
from edgeq.verify.toolchain import MissingToolError, compile_c, compiler_command

COMPILERS = ("gcc", "clang", "cc", "zig")


class CounterState(ctypes.Structure):
    """`edgeq_counter` of counter.c; the block table and the code are kept alive by whoever holds
    them.
    """

    _fields_ = (
        ("instructions", ctypes.c_uint64),
        ("block", ctypes.c_uint64),
        ("block_instructions", ctypes.c_uint64),
        ("base", ctypes.c_uint64),
        ("bytes", ctypes.c_uint64),
        ("code", ctypes.c_void_p),
        ("blocks", ctypes.c_void_p),
        ("encoding", ctypes.c_uint64),
        ("misaligned", ctypes.c_uint64),
        ("read", ctypes.c_void_p),
        ("write", ctypes.c_void_p),
        ("status", ctypes.c_uint64),
    )


class Counter:
    """Counts the instructions of one image, block by block.

    base, code: where the image's code lies, and its bytes. encoding: 0 Thumb, 1 RISC-V
    with compressed instructions, 2 instructions of 4 bytes.
    """

    def __init__(self, base: int, code: bytes, encoding: int) -> None:
        self._library = load_counter()
        self._code = ctypes.create_string_buffer(code, len(code))
        self._blocks = ctypes.create_string_buffer(8 * (len(code) // 2 + 1))
        self.state = CounterState(
            0,
            base,
            0,
            base,
            len(code),
            ctypes.addressof(self._code),
            ctypes.addressof(self._blocks),
            encoding,
        )

    @property
    def on_block(self) -> ctypes.c_void_p:
        """The address of the function for Unicorn's block hook."""
        return ctypes.cast(self._library.edgeq_count_block, ctypes.c_void_p)

    @property
    def on_access(self) -> ctypes.c_void_p:
        """The address of the function for Unicorn's memory hooks, which notes accesses that are not
        aligned.
        """
        return ctypes.cast(self._library.edgeq_check_alignment, ctypes.c_void_p)

    def end_it_blocks(self, read: Any, write: Any, status: int) -> None:
        """Lets on_access undo what Unicorn does to Thumb's IT blocks at a watched access.

        read, write: Unicorn's C functions for registers. status: its number of the status register.
        """
        self.state.read, self.state.write = (
            ctypes.cast(f, ctypes.c_void_p).value for f in (read, write)
        )
        self.state.status = status

    @property
    def address(self) -> ctypes.c_void_p:
        """The address of the state, which the hook hands to the function."""
        return ctypes.c_void_p(ctypes.addressof(self.state))

    def reset(self) -> None:
        """Starts again from 0."""
        self.state.instructions, self.state.block, self.state.block_instructions = (
            0,
            self.state.base,
            0,
        )
        self.state.misaligned = 0

    def at(self, address: int) -> int:
        """Instructions executed before the one at `address`, which lies in the block being
        executed.
        """
        before = self._library.edgeq_count_before(
            ctypes.byref(self.state), ctypes.c_uint64(address)
        )
        return int(self.state.instructions - self.state.block_instructions + before)


@lru_cache(maxsize=1)
def load_counter() -> ctypes.CDLL:
    """The counter, built and loaded once a process. Raises what `load_hooks` raises."""
    library = load_hooks("counter.c")
    library.edgeq_count_before.restype = ctypes.c_uint64
    return library


def load_hooks(file: str) -> ctypes.CDLL:
    """C functions for the emulator's hooks, built for this machine. file: in
    firmware_templates/verify. Raises MissingToolError where nothing compiles C here.
    """
    compiler = next((name for name in COMPILERS if compiler_command(name)), None)
    if compiler is None:
        raise MissingToolError(
            "no C compiler", "counting instructions needs one", "pip install edgeq[emulate]"
        )
    source = resource_folder("firmware_templates") / "verify" / file
    with tempfile.TemporaryDirectory(prefix="edgeq-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        compile_c(compiler, ["-O2", "-shared", "-fPIC", str(source), "-o", "hooks.so"], folder)
        return ctypes.CDLL(str(folder / "hooks.so"))
