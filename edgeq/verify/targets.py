"""The targets that `edgeq verify` knows: one row of data each."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from edgeq.errors import EdgeqError
from edgeq.verify.memory import ATMEGA2560, LX106, MICROCONTROLLER, MPS3_AN547, Memory


@dataclass(frozen=True)
class Compiler:
    """A C compiler and what selects the core. name: `zig` (from PyPI's ziglang) or a program on the
    path.

    small: what makes smaller code beside -Os, and is used with it.
    """

    name: str
    flags: tuple[str, ...] = ()
    small: tuple[str, ...] = ()

    def level(self, optimization: str) -> tuple[str, ...]:
        """The flags of an optimization level."""
        return (optimization, *self.small) if optimization == "-Os" else (optimization,)


@dataclass(frozen=True)
class Target:
    """A place where generated C runs.

    runner: `host`, `emulator` (Unicorn), `qemu` or `simavr`. compilers: the first that is installed
    is used. package:
    what to install if it is missing. machine: a row of `machine.ISAS` or `qemu_boards.BOARDS`, or simavr's
    name of it. cpu: Unicorn's name of the core, None for its default. unaligned: whether single loads
    and stores may lie anywhere.
    """

    name: str
    runner: str
    compilers: tuple[Compiler, ...]
    package: str
    machine: str = ""
    cpu: str | None = None
    memory: Memory = MICROCONTROLLER
    unaligned: bool = False


def _cortex_m(core: str, features: str = "") -> Target:
    compilers = (
        Compiler("zig", ("-target", "thumb-freestanding-eabi", f"-mcpu=cortex_{core}{features}")),
        Compiler("arm-none-eabi-gcc", (f"-mcpu=cortex-{core}", "-mthumb", "-mfloat-abi=soft")),
    )
    name = f"cortex-{core}"
    cpu = f"UC_CPU_ARM_CORTEX_{core.upper()}"
    return Target(
        name, "emulator", compilers, "edgeq[emulate]", "thumb", cpu, unaligned=core != "m0"
    )


RV32IMC = (
    Compiler("zig", ("-target", "riscv32-freestanding-none", "-mcpu=generic_rv32+m+c")),
    Compiler(
        "riscv64-unknown-elf-gcc",
        ("-march=rv32imc", "-mabi=ilp32", "-msmall-data-limit=0"),
        ("-msave-restore",),
    ),
)

CORTEX_M55 = (
    Compiler("arm-none-eabi-gcc", ("-mcpu=cortex-m55", "-mthumb", "-mfloat-abi=hard")),
    Compiler(
        "zig", ("-target", "thumb-freestanding-eabihf", "-mcpu=cortex_m55+mve_fp")
    ),  # zig leaves MVE out
)

XTENSA = (Compiler("xtensa-lx106-elf-gcc"),)

ATMEGA2560_GCC = (Compiler("avr-gcc", ("-mmcu=atmega2560",)),)

TARGETS = (
    Target("host", "host", (Compiler("gcc"), Compiler("clang"), Compiler("cc")), "gcc or clang"),
    _cortex_m("m0"),
    _cortex_m("m3"),
    _cortex_m("m4"),
    _cortex_m("m7"),
    _cortex_m("m33", "+dsp"),  # zig leaves out what every M33 on the market has, gcc does not
    Target(
        "cortex-m55",
        "qemu",
        CORTEX_M55,
        "qemu-system-arm and gcc-arm-none-eabi",
        "mps3-an547",
        memory=MPS3_AN547,
    ),
    Target(
        "xtensa-lx106",
        "qemu",
        XTENSA,
        "qemu-system-misc and gcc-xtensa-lx106",
        "lx106",
        memory=LX106,
    ),
    Target(
        "avr-atmega2560",
        "simavr",
        ATMEGA2560_GCC,
        "gcc-avr, avr-libc and libsimavr-dev",
        "atmega2560",
        memory=ATMEGA2560,
    ),
    Target("rv32imc", "emulator", RV32IMC, "edgeq[emulate]", "riscv"),
)
BY_NAME = {target.name: target for target in TARGETS}


def find_target(name: str) -> Target:
    """The row of a target. Raises EdgeqError that lists the names and suggests the nearest."""
    if name in BY_NAME:
        return BY_NAME[name]
    near = difflib.get_close_matches(name, BY_NAME, 1)
    remedy = f"did you mean {near[0]}?" if near else "name one of them"
    raise EdgeqError(f"unknown target {name!r}", f"the targets are {', '.join(BY_NAME)}", remedy)


def select_targets(names: tuple[str, ...]) -> tuple[Target, ...]:
    """The rows for names in their order, each once; `all` stands for every target."""
    wanted = [
        target for name in names for target in (TARGETS if name == "all" else (find_target(name),))
    ]
    return tuple(dict.fromkeys(wanted))
