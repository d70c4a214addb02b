"""A bare core in Unicorn: memory, calls of C functions, instructions counted, the stack measured."""

from __future__ import annotations

import ctypes
import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from edgeq.cycles import CORES, Spent
from edgeq.errors import EdgeqError
from edgeq.verify.counter import Counter
from edgeq.verify.image import Image
from edgeq.verify.memory import PAINT, stack_bytes_used
from edgeq.verify.targets import Target
from edgeq.verify.timed import Timed
from edgeq.verify.timing import NO_STATUS, Timing
from edgeq.verify.toolchain import FirmwareError, MissingToolError

REMEDY = "pip install unicorn==2.1.4"
EVERYWHERE = (1, 0)  # for hooks of Unicorn, as its end is below its beginning
TIMEOUT_MICROSECONDS = 600_000_000  # for one call


@dataclass(frozen=True)
class Isa:
    """How an instruction set is told to Unicorn: module of constants and the names in it.

    arguments: registers of a call's first arguments. thumb: 1 if code addresses in registers carry
    bit 0. encoding: of
    instructions, as Counter takes it. result: the register of a call's result, if not the first
    argument's. frame:
    bytes above the stack that belong to what is called. status: the register with the state of
    Thumb's IT blocks.
    """

    module: str
    arch: str
    modes: tuple[str, ...]
    arguments: tuple[str, ...]
    stack: str
    link: str
    counter: str
    thumb: int
    encoding: int = 0
    result: str | None = None
    frame: int = 0
    status: str | None = None


ISAS: Mapping[str, Isa] = {
    "thumb": Isa(
        "arm_const",
        "UC_ARCH_ARM",
        ("UC_MODE_THUMB", "UC_MODE_MCLASS"),
        ("UC_ARM_REG_R0", "UC_ARM_REG_R1", "UC_ARM_REG_R2"),
        "UC_ARM_REG_SP",
        "UC_ARM_REG_LR",
        "UC_ARM_REG_PC",
        1,
        status="UC_ARM_REG_XPSR",
    ),
    "riscv": Isa(
        "riscv_const",
        "UC_ARCH_RISCV",
        ("UC_MODE_RISCV32",),
        ("UC_RISCV_REG_A0", "UC_RISCV_REG_A1", "UC_RISCV_REG_A2"),
        "UC_RISCV_REG_SP",
        "UC_RISCV_REG_RA",
        "UC_RISCV_REG_PC",
        0,
        encoding=1,
    ),
    "mips-big-endian": Isa(
        "mips_const",
        "UC_ARCH_MIPS",
        ("UC_MODE_MIPS32", "UC_MODE_BIG_ENDIAN"),
        ("UC_MIPS_REG_A0", "UC_MIPS_REG_A1", "UC_MIPS_REG_A2"),
        "UC_MIPS_REG_SP",
        "UC_MIPS_REG_RA",
        "UC_MIPS_REG_PC",
        0,
        encoding=2,
        result="UC_MIPS_REG_V0",
        frame=16,
    ),
}


class UnicornMachine:
    """One core with an image in its flash, an `EmulatedMachine`. Every access outside flash, RAM and stack ends the run
    with an error.

    check_alignment: so does an access that is no multiple of its size, unless the target allows it;
    a real Cortex-M0 faults there, emulators do not. timed: by what cycles are
    computed, None where they are not wanted. Each is ten times slower.
    """

    def __init__(
        self,
        target: Target,
        image: Image,
        check_alignment: bool = False,
        timed: Timed | None = None,
    ) -> None:
        self._target, self._isa, self._memory = target, ISAS[target.machine], target.memory
        self._unicorn = _import_unicorn(target)
        self._constants = importlib.import_module(f"unicorn.{self._isa.module}")
        self._exit = self.code_address(image.elf.symbol("edgeq_exit"))
        self.code = (
            target.memory.flash,
            self._exit - 1,
        )  # first and last byte of the engine's code and constants
        self._uc = self._open()
        self.counter = self._load(image)
        self._hook(self._unicorn.UC_HOOK_BLOCK, self.counter.on_block, self.counter.address)
        if check_alignment:
            self._watch_accesses()
        self._timing = None if timed is None else self._time(timed)

    def _open(self) -> Any:
        unicorn, isa = self._unicorn, self._isa
        mode = sum(getattr(unicorn, name) for name in isa.modes)
        core = unicorn.Uc(getattr(unicorn, isa.arch), mode)
        if self._target.cpu is not None:
            core.ctl_set_cpu_model(getattr(self._constants, self._target.cpu))
        memory, writable = self._memory, unicorn.UC_PROT_READ | unicorn.UC_PROT_WRITE
        core.mem_map(memory.flash, memory.flash_bytes, unicorn.UC_PROT_READ | unicorn.UC_PROT_EXEC)
        core.mem_map(memory.ram, memory.ram_bytes, writable)
        core.mem_map(memory.stack, memory.stack_bytes, writable)
        return core

    def _load(self, image: Image) -> Counter:
        for at, data in image.elf.segments:
            self._uc.mem_write(at, data)
        flash = self._memory.flash
        code = self.read(flash, self._exit - flash)  # the harness lies behind it and does not count
        return Counter(flash, code, self._isa.encoding)

    def _hook(
        self,
        kind: int,
        function: ctypes.c_void_p,
        state: ctypes.c_void_p,
        within: tuple[int, int] = EVERYWHERE,
    ) -> None:
        """Hands Unicorn a C function itself; the Python binding would put a slow Python call in
        between. within: the first and the last address that it is called for.
        """
        handle, version = ctypes.c_size_t(), unicorn_version(self._target)
        try:
            library = importlib.import_module("unicorn.unicorn_py3.unicorn").uclib
            where = ctypes.cast(ctypes.byref(handle), library.uc_hook_add.argtypes[1])
            status = library.uc_hook_add(self._uc._uch, where, kind, function, state, *within)
        except (ImportError, AttributeError) as error:
            raise EdgeqError(
                f"{version} cannot count", f"its binding differs: {error}", REMEDY
            ) from error
        if status:
            raise EdgeqError(
                f"{version} cannot count", f"it refuses a hook with error {status}", REMEDY
            )

    def _watch_accesses(self) -> None:
        if self._isa.status is not None:
            self.counter.end_it_blocks(*self._status_register(self._isa.status))
        self._hook(self._accesses, self.counter.on_access, self.counter.address)

    @property
    def _accesses(self) -> int:
        kinds: int = self._unicorn.UC_HOOK_MEM_READ | self._unicorn.UC_HOOK_MEM_WRITE
        return kinds

    def _status_register(self, name: str) -> tuple[Any, Any, int]:
        """Unicorn's C functions for registers, and its number of the status register."""
        library = importlib.import_module("unicorn.unicorn_py3.unicorn").uclib
        return library.uc_reg_read, library.uc_reg_write, getattr(self._constants, name)

    def _time(self, timed: Timed) -> Timing:
        status = self._status_register(self._isa.status) if self._isa.status else NO_STATUS
        first, last = self.code
        code = self.read(first, last + 1 - first)
        timing = Timing(timed, self._memory, code, self.read, status)
        self._hook(self._unicorn.UC_HOOK_BLOCK, timing.on_block, timing.address)
        memory = self._memory
        if CORES[timed.core].misaligned_access:
            self._hook(self._accesses, timing.on_access, timing.address)
        elif any(flash.sector_cycles for flash in timed.flashes):
            flash = (memory.flash, memory.flash + memory.flash_bytes - 1)
            loads = self._unicorn.UC_HOOK_MEM_READ
            self._hook(loads, timing.on_access, timing.address, flash)
        return timing

    def lap(self) -> Spent | None:
        """Cycles since the last lap, None where nothing times them."""
        return None if self._timing is None else self._timing.lap()

    @property
    def cycles(self) -> int | None:
        """Unknown as a sum: see `lap`."""
        return None

    @property
    def instructions(self) -> int:
        """Instructions of the engine since the last call began."""
        return int(self.counter.state.instructions)

    def instructions_at(self, address: int) -> int:
        """Instructions executed before the one at `address`, where the core stands."""
        return self.counter.at(address)

    def code_address(self, value: int) -> int:
        """Where the code of a symbol lies."""
        return value & ~self._isa.thumb

    def on_address(self, address: int, action: Callable[[], None]) -> None:
        """Calls `action` whenever the instruction at an address is about to run."""
        self._uc.hook_add(self._unicorn.UC_HOOK_CODE, lambda *_: action(), None, address, address)

    def read(self, address: int, size: int) -> bytes:
        """Bytes of the core's memory."""
        return bytes(self._uc.mem_read(address, size))

    def write(self, address: int, data: bytes) -> None:
        """Puts bytes into the core's memory."""
        self._uc.mem_write(address, data)

    def call(self, function: int, *arguments: int) -> int:
        """Calls a C function on a fresh stack; gives its result (32 bits).

        Raises FirmwareError where the core faults.
        """
        isa, memory = self._isa, self._memory
        self.write(memory.stack, bytes([PAINT]) * memory.stack_bytes)
        for register, value in zip(isa.arguments, arguments, strict=False):
            self._set(register, value)
        self._set(isa.stack, memory.stack + memory.stack_bytes - isa.frame)
        self._set(isa.link, self._exit | isa.thumb)
        self.counter.reset()
        try:
            self._uc.emu_start(function | isa.thumb, self._exit, TIMEOUT_MICROSECONDS)
        except self._unicorn.UcError as error:
            raise self._fault(str(error)) from error
        if self._get(isa.counter) & ~1 != self._exit:
            raise self._fault(f"no end after {TIMEOUT_MICROSECONDS // 1_000_000} s")
        if (address := self.counter.state.misaligned) and not self._target.unaligned:
            raise self._fault(f"misaligned access to {address:#x}")
        return self._get(isa.result or isa.arguments[0])

    def stack_used(self) -> int:
        """The most bytes of stack that the last call held, by what is left of the paint."""
        return stack_bytes_used(self.read(self._memory.stack, self._memory.stack_bytes))

    def _fault(self, why: str) -> FirmwareError:
        at = self._get(self._isa.counter)
        return FirmwareError(f"the generated C fails on {self._target.name}", f"{why} at {at:#x}")

    def _set(self, register: str, value: int) -> None:
        self._uc.reg_write(getattr(self._constants, register), value)

    def _get(self, register: str) -> int:
        return int(self._uc.reg_read(getattr(self._constants, register)))


def _import_unicorn(target: Target) -> Any:
    if importlib.util.find_spec("unicorn") is None:
        raise MissingToolError(
            f"target {target.name} has no emulator",
            "unicorn is not installed",
            f"install {target.package}",
        )
    return importlib.import_module("unicorn")


def unicorn_version(target: Target) -> str:
    """`unicorn` and its version. Raises MissingToolError where it is not installed."""
    return f"unicorn {_import_unicorn(target).__version__}"
