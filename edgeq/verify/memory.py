"""Where flash, RAM and stack of an emulated core lie."""

from __future__ import annotations

from dataclasses import dataclass

PAINT = 0xA5  # what unused stack and arena hold
GUARD_BYTES = 64  # on each side of the arena


def stack_bytes_used(stack: bytes) -> int:
    """The most bytes that a call held of a stack which was painted before it, lowest address first.

    >>> stack_bytes_used(bytes([PAINT, PAINT, 7, PAINT, 0]))
    3
    """
    return len(stack.lstrip(bytes([PAINT])))


@dataclass(frozen=True)
class Memory:
    """Origins and sizes in bytes. The stack lies where overflowing it is a fault: unmapped memory
    is below.
    """

    flash: int
    ram: int
    stack: int
    flash_bytes: int = 64 << 20
    ram_bytes: int = 64 << 20
    stack_bytes: int = 64 << 10


# Where microcontrollers have them, large enough for any model.
MICROCONTROLLER = Memory(0x08000000, 0x20000000, 0x20000000 + (65 << 20))
# QEMU's mps3-an547: the DRAM's secure half, and tightly coupled memory for the stack.
ATMEGA2560 = Memory(0, 0x800200, 0, 256 << 10, 8 << 10, 0)  # its stack takes what RAM is left
LX106 = Memory(0x50000000, 0x60000000, 0x3FF40000)  # of QEMU's sim machine
MPS3_AN547 = Memory(0x70000000, 0x78000000, 0x30000000)
