"""The emulators, a row each, and what all of their machines do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from edgeq.cycles import Spent
from edgeq.verify.avr import AvrMachine, simavr_version
from edgeq.verify.image import Image
from edgeq.verify.machine import UnicornMachine, unicorn_version
from edgeq.verify.qemu import QemuMachine
from edgeq.verify.qemu_process import qemu_version
from edgeq.verify.targets import Target
from edgeq.verify.timed import Timed


class EmulatedMachine(Protocol):
    """One emulated core with an image in its flash, which C functions are called on.

    Addresses are those of the image's symbols; memory is the core's own, guest byte order.
    """

    @property
    def instructions(self) -> int:
        """Instructions of the engine since the last call began."""

    @property
    def cycles(self) -> int | None:
        """Cycles of the last call, None where the emulator has no model of time."""

    def lap(self) -> Spent | None:
        """Cycles since the last lap, None where they are not told apart."""

    def instructions_at(self, address: int) -> int:
        """Instructions executed before the one at `address`, where the core stands."""

    def code_address(self, value: int) -> int:
        """Where the code of a function's symbol lies, without bits that select its encoding."""

    def on_address(self, address: int, action: Callable[[], None]) -> None:
        """Calls `action` whenever the instruction at an address is about to run."""

    def read(self, address: int, size: int) -> bytes:
        """Bytes of the core's memory."""

    def write(self, address: int, data: bytes) -> None:
        """Puts bytes into the core's memory."""

    def call(self, function: int, *arguments: int) -> int:
        """Calls a C function of up to three arguments on a fresh stack; gives its result, 0 for a
        status of success. Raises FirmwareError where the core faults.
        """

    def stack_used(self) -> int:
        """The most bytes of stack that the last call held."""


@dataclass(frozen=True)
class Emulator:
    """How a target's machine is opened, and how its emulator is called, with its version.

    open: target, image, whether an access that is no multiple of its size ends the run, and by what
    cycles are computed, if they are. Unicorn alone can watch for such accesses: QEMU's cores
    allow them, and an AVR has none.
    Both raise MissingToolError where the emulator is not installed.
    """

    open: Callable[[Target, Image, bool, Timed | None], EmulatedMachine]
    version: Callable[[Target], str]


EMULATORS: Mapping[str, Emulator] = {
    "emulator": Emulator(UnicornMachine, unicorn_version),
    "qemu": Emulator(
        lambda target, image, _, timed: QemuMachine(target, image, timed), qemu_version
    ),
    "simavr": Emulator(lambda target, image, *_: AvrMachine(target, image), simavr_version),
}
"""`Target.runner` -> the emulator."""
