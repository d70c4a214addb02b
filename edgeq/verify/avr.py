"""A bare AVR in simavr: a few lines of C around its library, built for this machine and driven
through pipes.
"""

from __future__ import annotations

import struct
import subprocess
import tempfile
import weakref
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from edgeq.cycles import Spent
from edgeq.errors import DoesNotFitError, EdgeqError
from edgeq.resources import resource_folder
from edgeq.verify.image import Image
from edgeq.verify.memory import PAINT, stack_bytes_used
from edgeq.verify.targets import Target
from edgeq.verify.toolchain import FirmwareError, MissingToolError, compile_c, compiler_command

COMPILERS = ("gcc", "clang", "cc")
ARGUMENTS = (24, 22, 20)  # the lower of the two registers of each argument of 16 bits
STACK_POINTER = 0x80005D
DATA = 0x800000  # where the linker puts the data space
SMALLEST_STACK = 128


class AvrMachine:
    """One core with an image in its flash, an `EmulatedMachine`.

    Raises MissingToolError without simavr, DoesNotFitError where RAM leaves no stack.
    """

    def __init__(self, target: Target, image: Image) -> None:
        self._target, memory = target, target.memory
        self._exit, self._stack = image.elf.symbol("edgeq_exit"), image.elf.symbol("edgeq_stack")
        self._stack_bytes = memory.ram + memory.ram_bytes - self._stack
        if self._stack_bytes < SMALLEST_STACK:
            raise DoesNotFitError(
                f"the model does not fit {target.name}",
                f"{self._stack_bytes} bytes of RAM are left for the stack",
                "choose a smaller model",
            )
        folder = tempfile.TemporaryDirectory(prefix="edgeq-", ignore_cleanup_errors=True)
        command = [str(_build(target, Path(folder.name))), target.machine]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        weakref.finalize(self, _stop, self._process, folder)
        self._actions: dict[int, Callable[[], None]] = {}
        self.instructions = self.cycles = 0
        for at, data in image.elf.segments:
            self.write(at, data)
        self._tell(b"b", self._exit)

    def code_address(self, value: int) -> int:
        """Where the code of a symbol lies."""
        return value

    def instructions_at(self, address: int) -> int:
        """Instructions executed before the one at `address`, where the core stands."""
        del address
        return self.instructions

    def on_address(self, address: int, action: Callable[[], None]) -> None:
        """Calls `action` whenever the instruction at an address is about to run."""
        self._actions[address] = action
        self._tell(b"b", address)

    def read(self, address: int, size: int) -> bytes:
        """Bytes of the core's memory."""
        self._tell(b"r", address, size)
        return self._answer(size)

    def write(self, address: int, data: bytes) -> None:
        """Puts bytes into the core's memory."""
        self._tell(b"w", address, len(data), data=data)

    def call(self, function: int, *arguments: int) -> int:
        """Calls a C function on a fresh stack; gives its result (8 bits).

        Raises FirmwareError where the core faults.
        """
        self.write(
            self._stack,
            bytes([PAINT]) * (self._stack_bytes - 3) + (self._exit // 2).to_bytes(3, "big"),
        )
        for register, value in zip(ARGUMENTS, arguments, strict=False):
            self.write(DATA + register, (value & 0xFFFF).to_bytes(2, "little"))
        self.write(DATA + 1, b"\0")  # as compiled code expects of r1
        top = self._stack + self._stack_bytes - 4 - DATA  # below the address to return to
        self.write(STACK_POINTER, top.to_bytes(2, "little"))
        self._tell(b"z")
        at = self._run(function)
        while at != self._exit:
            self._actions[at]()
            at = self._run(at)
        if self.stack_used() == self._stack_bytes:
            raise self._failure("the stack reaches the arena", at)
        return self.read(DATA + ARGUMENTS[0], 1)[0]

    def _run(self, start: int) -> int:
        self._tell(b"c", start)
        at, failed, self.instructions, self.cycles = struct.unpack("<4Q", self._answer(32))
        if failed:
            raise self._failure("the core crashed", at)
        return int(at)

    def lap(self) -> Spent | None:
        """None: simavr counts cycles, not what they go into."""
        return None

    def stack_used(self) -> int:
        """The most bytes of stack that the last call held, by what is left of the paint."""
        return stack_bytes_used(self.read(self._stack, self._stack_bytes))

    def _failure(self, why: str, at: int) -> FirmwareError:
        return FirmwareError(f"the generated C fails on {self._target.name}", f"{why} at {at:#x}")

    def _tell(self, order: bytes, *words: int, data: bytes = b"") -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(order + struct.pack(f"<{len(words)}I", *words) + data)

    def _answer(self, size: int) -> bytes:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.flush()
        data = self._process.stdout.read(size)
        if len(data) != size:
            raise EdgeqError(
                "simavr failed",
                f"it ended with {self._process.wait()}",
                "report this as a bug of edgeq",
            )
        return data


def _stop(process: subprocess.Popen[bytes], folder: tempfile.TemporaryDirectory[str]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    folder.cleanup()


def _build(target: Target, folder: Path) -> Path:
    """The machine's program. Raises MissingToolError where simavr's library or a compiler is
    missing.
    """
    compiler = next((name for name in COMPILERS if compiler_command(name)), None)
    if compiler is None:
        raise MissingToolError("no C compiler", "running simavr needs one", "install gcc")
    source = resource_folder("firmware_templates") / "verify" / "avr_machine.c"
    try:
        compile_c(compiler, ["-O2", str(source), "-o", "machine", "-lsimavr"], folder)
    except EdgeqError as error:
        why = f"simavr's library is not installed: {error.why}"
        raise MissingToolError(
            f"target {target.name} has no emulator", why, f"install {target.package}"
        ) from error
    return folder / "machine"


def simavr_version(target: Target) -> str:
    """The simulator and the chip. Raises MissingToolError where it is not installed."""
    _check_library(target)
    return f"simavr, {target.machine}"


@lru_cache(maxsize=1)
def _check_library(target: Target) -> None:
    with tempfile.TemporaryDirectory(prefix="edgeq-") as name:
        _build(target, Path(name))
