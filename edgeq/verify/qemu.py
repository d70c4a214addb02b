"""A bare core in QEMU: driven by its GDB server, instructions and blocks counted by a plugin."""

from __future__ import annotations

import mmap
import socket
import tempfile
import weakref
from collections.abc import Callable
from pathlib import Path

import numpy as np

from edgeq.cycles import CORES, Core, Spent
from edgeq.errors import EdgeqError
from edgeq.verify.gdb import GdbLink
from edgeq.verify.image import Image
from edgeq.verify.laps import Laps
from edgeq.verify.memory import PAINT, stack_bytes_used
from edgeq.verify.qemu_boards import BOARDS
from edgeq.verify.qemu_process import (
    BLOCK,
    COUNTS_BYTES,
    PLACES,
    start,
    start_failure,
    stop,
)
from edgeq.verify.targets import Target
from edgeq.verify.timed import Timed
from edgeq.verify.toolchain import FirmwareError

SECONDS = 600  # for one call


class QemuMachine:
    """One core with an image in its flash, an `EmulatedMachine`.

    timed: by what cycles are computed, as if memory answered at once; None where they are not wanted.
    """

    def __init__(self, target: Target, image: Image, timed: Timed | None = None) -> None:
        self._target, self._board, self._memory = target, BOARDS[target.machine], target.memory
        self._exit = self.code_address(image.elf.symbol("edgeq_exit"))
        folder = tempfile.TemporaryDirectory(prefix="edgeq-", ignore_cleanup_errors=True)
        here, there = socket.socketpair()
        with there:
            process = start(target, image, self._exit, Path(folder.name), there)
        weakref.finalize(self, stop, process, here, folder)
        self._gdb = GdbLink(here, SECONDS)
        with (Path(folder.name) / "count").open("r+b") as file:
            self._count = mmap.mmap(file.fileno(), COUNTS_BYTES)
        self._segments = image.elf.segments
        self._laps = None if timed is None else self._time(CORES[timed.core])
        self._actions: dict[int, Callable[[], None]] = {}
        try:
            self._prepare(image)
        except EdgeqError as error:
            raise start_failure(target, process, Path(folder.name)) or error from error

    def _prepare(self, image: Image) -> None:
        if self._board.vectors is not None:
            at, count = self._board.vectors
            self.write(at, (self._board.traps[0] | self._board.thumb).to_bytes(4, "little") * count)
        for address in (*self._board.traps, self._exit):
            self._gdb.set_breakpoint(address, True)
        if "edgeq_start" in image.elf.symbols:
            self.call(image.elf.symbol("edgeq_start"))

    @property
    def cycles(self) -> int | None:
        """Unknown as a sum: see `lap`."""
        return None

    def lap(self) -> Spent | None:
        """Cycles since the last lap, None where nothing times them."""
        if self._laps is None:
            return None
        return self._laps.lap(np.frombuffer(memoryview(self._count)[8:], BLOCK, PLACES))

    def _time(self, core: Core) -> Laps:
        return Laps(core, PLACES, ("count", "fell"), self._code)

    def _code(self, address: int, size: int) -> bytes:
        """Bytes of the image."""
        return next(
            data[address - at :][:size]
            for at, data in self._segments
            if at <= address < at + len(data)
        )

    @property
    def instructions(self) -> int:
        """Instructions of the engine since the last call began."""
        return int.from_bytes(self._count[:8], "little")

    def instructions_at(self, address: int) -> int:
        """Instructions executed before the one at `address`, where the core stands."""
        del address
        return self.instructions

    def code_address(self, value: int) -> int:
        """Where the code of a symbol lies."""
        return value & ~self._board.thumb

    def on_address(self, address: int, action: Callable[[], None]) -> None:
        """Calls `action` whenever the instruction at an address is about to run."""
        self._actions[address] = action
        self._gdb.set_breakpoint(address, True)

    def read(self, address: int, size: int) -> bytes:
        """Bytes of the core's memory."""
        return self._gdb.read(address, size)

    def write(self, address: int, data: bytes) -> None:
        """Puts bytes into the core's memory."""
        self._gdb.write(address, data)

    def call(self, function: int, *arguments: int) -> int:
        """Calls a C function on a fresh stack; gives its result (32 bits).

        Raises FirmwareError where the core faults.
        """
        board, memory = self._board, self._memory
        self.write(memory.stack, bytes([PAINT]) * memory.stack_bytes)
        registers = dict(zip(board.arguments, arguments, strict=False))
        registers |= {
            board.stack: memory.stack + memory.stack_bytes,
            board.link: self._exit | board.thumb,
        }
        registers |= {board.counter: self.code_address(function)} | dict(
            [board.status] if board.status else []
        )
        self._gdb.set_registers(registers)
        self._count[:8] = bytes(8)
        self._run()
        return self._gdb.register(board.arguments[0])

    def _run(self) -> None:
        while True:
            self._gdb.resume()
            at = self._gdb.register(self._board.counter)
            if at == self._exit:
                return
            if at not in self._actions:
                raise self._fault()
            self._actions[at]()
            self._gdb.set_breakpoint(at, False)
            self._gdb.resume(step=True)
            self._gdb.set_breakpoint(at, True)

    def _fault(self) -> FirmwareError:
        board = self._board
        if board.fault_register is None:
            at = int.from_bytes(
                self.read(self._gdb.register(board.stack) + board.fault_frame, 4), "little"
            )
        else:
            at = self._gdb.register(board.fault_register)
        return FirmwareError(f"the generated C fails on {self._target.name}", f"a fault at {at:#x}")

    def stack_used(self) -> int:
        """The most bytes of stack that the last call used: the stack was filled with a pattern
        before, and what no longer has it counts.
        """
        return stack_bytes_used(self.read(self._memory.stack, self._memory.stack_bytes))
