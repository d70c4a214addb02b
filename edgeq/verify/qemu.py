"""A bare core in QEMU: driven by its GDB server, instructions counted by a plugin."""

from __future__ import annotations

import mmap
import re
import shutil
import socket
import subprocess
import tempfile
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from edgeq.errors import EdgeqError
from edgeq.resources import resource_folder
from edgeq.verify.counter import COMPILERS
from edgeq.verify.gdb import GdbLink
from edgeq.verify.image import Image
from edgeq.verify.memory import PAINT
from edgeq.verify.targets import Target
from edgeq.verify.toolchain import FirmwareError, MissingToolError, compile_c, compiler_command

SECONDS = 600  # for one call


@dataclass(frozen=True)
class Board:
    """How QEMU is started, and where its core's registers lie among those that GDB reads, in 32-bit words.

    arguments: registers of a call's first arguments; the first one returns its result. status: a register to set
    before each call, and its value. thumb: 1 if code addresses in registers carry bit 0. traps: where the core goes
    when it faults. vectors: where it looks for those addresses, and how many of them; all become the first trap.
    fault: the register that then has the address of the fault, or the offset in the frame on the stack.
    """

    program: str
    options: tuple[str, ...]
    arguments: tuple[int, int, int]
    stack: int
    link: int
    counter: int
    traps: tuple[int, ...]
    fault_register: int | None = None
    fault_frame: int = 0
    status: tuple[int, int] | None = None
    thumb: int = 0
    vectors: tuple[int, int] | None = None


BOARDS: Mapping[str, Board] = {
    "mps3-an547": Board(
        "qemu-system-arm", ("-M", "mps3-an547"), (0, 1, 2), 13, 14, 15,
        traps=(0x10000100,), fault_frame=24, status=(41, 1 << 24), thumb=1, vectors=(0x10000000, 16),
    ),
    "lx106": Board(
        "qemu-system-xtensa", ("-M", "sim", "-cpu", "lx106"), (2, 3, 4), 1, 0, 16,
        traps=(0x40000030, 0x40000050, 0x40000070), fault_register=31,
    ),
}  # fmt: skip


class QemuMachine:
    """One core with an image in its flash; the same doors as `machine.Machine`."""

    def __init__(self, target: Target, image: Image) -> None:
        self._target, self._board, self._memory = target, BOARDS[target.machine], target.memory
        self._exit = self.code_address(image.elf.symbol("edgeq_exit"))
        folder = tempfile.TemporaryDirectory(prefix="edgeq-", ignore_cleanup_errors=True)
        here, there = socket.socketpair()
        with there:
            process = _start(target, image, self._exit, Path(folder.name), there)
        weakref.finalize(self, _stop, process, here, folder)
        self._gdb = GdbLink(here, SECONDS)
        with (Path(folder.name) / "count").open("r+b") as file:
            self._count = mmap.mmap(file.fileno(), 8)
        self._actions: dict[int, Callable[[], None]] = {}
        try:
            self._prepare(image)
        except EdgeqError as error:
            raise _start_failure(target, process, Path(folder.name)) or error from error

    def _prepare(self, image: Image) -> None:
        if self._board.vectors is not None:
            at, count = self._board.vectors
            self.write(at, (self._board.traps[0] | self._board.thumb).to_bytes(4, "little") * count)
        for address in (*self._board.traps, self._exit):
            self._gdb.set_breakpoint(address, True)
        if "edgeq_start" in image.elf.symbols:
            self.call(image.elf.symbol("edgeq_start"))

    cycles = None

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
        registers |= {board.stack: memory.stack + memory.stack_bytes, board.link: self._exit | board.thumb}
        registers |= {board.counter: self.code_address(function)} | dict([board.status] if board.status else [])
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
            at = int.from_bytes(self.read(self._gdb.register(board.stack) + board.fault_frame, 4), "little")
        else:
            at = self._gdb.register(board.fault_register)
        return FirmwareError(f"the generated C fails on {self._target.name}", f"a fault at {at:#x}")

    def stack_used(self) -> int:
        """The most bytes of stack that the last call held, by what is left of the paint."""
        painted = self.read(self._memory.stack, self._memory.stack_bytes)
        return len(painted.lstrip(bytes([PAINT])))


def _start(target: Target, image: Image, end: int, folder: Path, link: socket.socket) -> subprocess.Popen[bytes]:
    """QEMU, halted before its first instruction, with the image loaded."""
    board = BOARDS[target.machine]
    program = qemu_program(target)
    (folder / "image.elf").write_bytes(image.data)
    (folder / "count").write_bytes(bytes(8))
    plugin = f"{_build_plugin(program, folder)},state={folder / 'count'},base={target.memory.flash:#x},end={end:#x}"
    command = [
        program, *board.options, "-display", "none", "-monitor", "none", "-serial", "none", "-nodefaults", "-S",
        "-device", f"loader,file={folder / 'image.elf'},cpu-num=0", "-plugin", plugin,
        "-chardev", f"socket,id=gdb,fd={link.fileno()}", "-gdb", "chardev:gdb",
    ]  # fmt: skip
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(command, pass_fds=[link.fileno()], stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def _start_failure(target: Target, process: subprocess.Popen[bytes], folder: Path) -> MissingToolError | None:
    """Why QEMU ended before it ran anything, such as one built without plugins; None if it still runs."""
    try:
        process.wait(1)
    except subprocess.TimeoutExpired:
        return None
    said = (folder / "log").read_text(errors="replace").strip() or f"exit status {process.returncode}"
    return MissingToolError(f"target {target.name} has no emulator", f"QEMU does not start: {said[:300]}",
                            f"install {target.package} of a QEMU built with plugins")  # fmt: skip


def _stop(process: subprocess.Popen[bytes], link: socket.socket, folder: tempfile.TemporaryDirectory[str]) -> None:
    process.kill()
    process.wait()
    link.close()
    folder.cleanup()


def _build_plugin(program: str, folder: Path) -> Path:
    """The counter as a plugin of this QEMU. Raises MissingToolError where nothing compiles C here."""
    compiler = next((name for name in COMPILERS if compiler_command(name)), None)
    if compiler is None:
        raise MissingToolError("no C compiler", "counting instructions needs one", "pip install edgeq[emulate]")
    shutil.copy(resource_folder("firmware_templates") / "verify" / "qemu_counter.c", folder / "counter.c")
    found = re.search(r"version (\d+)", _version(program))
    version = 2 if found and int(found[1]) >= 9 else 1
    flags = ["-O2", "-shared", "-fPIC", f"-DEDGEQ_PLUGIN_VERSION={version}"]
    compile_c(compiler, [*flags, "counter.c", "-o", "counter.so"], folder)
    return folder / "counter.so"


def qemu_program(target: Target) -> str:
    """QEMU's path. Raises MissingToolError where it is not installed."""
    name = BOARDS[target.machine].program
    path = shutil.which(name)
    if path is None:
        raise MissingToolError(
            f"target {target.name} has no emulator", f"{name} is not installed", f"install {target.package}"
        )
    return path


@lru_cache(maxsize=8)
def _version(program: str) -> str:
    done = subprocess.run([program, "--version"], capture_output=True, text=True, errors="replace", check=False)
    return next(iter(done.stdout.splitlines()), program).strip()


def qemu_version(target: Target) -> str:
    """QEMU's own name and version. Raises MissingToolError where it is not installed."""
    return f"{_version(qemu_program(target))}, {target.machine}"
