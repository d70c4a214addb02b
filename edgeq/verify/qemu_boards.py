"""The boards that QEMU emulates for targets: how it is started, and how their cores are driven."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class QemuBoard:
    """How QEMU is started, and where its core's registers lie among those that GDB reads, in 32-bit
    words.

    arguments: registers of a call's first arguments; the first one returns its result. status: a
    register to set
    before each call, and its value. thumb: 1 if code addresses in registers carry bit 0. traps:
    where the core goes
    when it faults. vectors: where it looks for those addresses, and how many of them; all become
    the first trap.
    fault: the register that then has the address of the fault, or the offset in the frame on the
    stack.
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


BOARDS: Mapping[str, QemuBoard] = {
    "mps3-an547": QemuBoard(
        "qemu-system-arm",
        ("-M", "mps3-an547"),
        (0, 1, 2),
        13,
        14,
        15,
        traps=(0x10000100,),
        fault_frame=24,
        status=(41, 1 << 24),
        thumb=1,
        vectors=(0x10000000, 16),
    ),
    "lx106": QemuBoard(
        "qemu-system-xtensa",
        ("-M", "sim", "-cpu", "lx106"),
        (2, 3, 4),
        1,
        0,
        16,
        traps=(0x40000030, 0x40000050, 0x40000070),
        fault_register=31,
    ),
}
