"""The emulated machines are one interface: the same methods with the same arguments, on every
target.
"""

from __future__ import annotations

import inspect

import pytest

from edgeq.verify.avr import AvrMachine
from edgeq.verify.emulators import EMULATORS, EmulatedMachine
from edgeq.verify.machine import UnicornMachine
from edgeq.verify.memory import PAINT, stack_bytes_used
from edgeq.verify.qemu import QemuMachine
from edgeq.verify.targets import TARGETS

METHODS = [
    name for name, _ in inspect.getmembers(EmulatedMachine, inspect.isfunction) if name[0] != "_"
]


def test_every_emulator_runs_a_target_and_every_target_has_its_emulator() -> None:
    assert {target.runner for target in TARGETS} == {"host", *EMULATORS}


@pytest.mark.parametrize("machine", [UnicornMachine, QemuMachine, AvrMachine])
def test_a_machine_has_all_methods_with_the_same_arguments(machine: type) -> None:
    expected = "call code_address instructions_at lap on_address read stack_used write"
    assert expected.split() == METHODS
    for name in METHODS:
        own, shared = (inspect.signature(getattr(c, name)) for c in (machine, EmulatedMachine))
        assert own == shared, name


def test_every_part_of_the_interface_is_documented() -> None:
    for name in (*METHODS, "instructions", "cycles"):
        assert inspect.getdoc(getattr(EmulatedMachine, name))


@pytest.mark.parametrize("used", [0, 1, 5, 16])
def test_the_stack_used_is_what_is_no_longer_painted(used: int) -> None:
    held = (b"\x01" + bytes([PAINT]) * (used - 1)) if used else b""
    assert stack_bytes_used(bytes([PAINT]) * (16 - used) + held) == used
