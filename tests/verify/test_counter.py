"""The instruction counter by hand: widths of Thumb and RISC-V, blocks seen again, a place inside a
block.
"""

import ctypes
from pathlib import Path

import pytest

from edgeq.resources import resource_folder
from edgeq.verify.counter import Counter, load_counter
from edgeq.verify.toolchain import WARNINGS, compile_c

BASE = 0x08000000
# push {r7, lr}; bl; movw; ldrsb.w; adds; beq
THUMB = bytes.fromhex("80b5 fff7feff 40f29c20 11f9024c 0133 fbd0")
# c.addi; lui; add; c.lw; jal
RISCV = bytes.fromhex("0505 b7170000 3385a700 1043 ef000000")


def enter(counter: Counter, offset: int, size: int) -> None:
    """What Unicorn does at the start of a block."""
    load_counter().edgeq_count_block(
        None, ctypes.c_uint64(BASE + offset), ctypes.c_uint32(size), counter.address
    )


@pytest.mark.parametrize(
    ("code", "riscv", "starts"),
    [(THUMB, False, (0, 2, 6, 10, 14, 16)), (RISCV, True, (0, 2, 6, 10, 12))],
)
def test_instructions_of_two_and_four_bytes(
    code: bytes, riscv: bool, starts: tuple[int, ...]
) -> None:
    counter = Counter(BASE, code, riscv)
    enter(counter, 0, len(code))
    assert counter.state.instructions == len(starts)
    assert [counter.at(BASE + start) for start in starts] == list(range(len(starts)))


def test_blocks_add_up_and_a_shorter_block_at_the_same_start_is_counted_anew() -> None:
    counter = Counter(BASE, THUMB, False)
    for offset, size in ((0, 6), (6, 12), (0, 6), (0, 2)):
        enter(counter, offset, size)
    assert counter.state.instructions == 2 + 4 + 2 + 1
    enter(counter, 6, 12)
    assert counter.at(BASE + 14) == 9 + 2
    counter.reset()
    assert counter.state.instructions == 0


def test_code_outside_the_image_does_not_count() -> None:
    counter = Counter(BASE, THUMB, False)
    for offset, size in ((len(THUMB), 2), (-2, 2), (len(THUMB) - 2, 4)):
        enter(counter, offset, size)
    assert counter.state.instructions == 0


@pytest.mark.parametrize("compiler", ["gcc", "clang", "zig"])
def test_it_compiles_without_warnings(compiler: str, tmp_path: Path) -> None:
    source = resource_folder("firmware_templates") / "verify" / "counter.c"
    compile_c(compiler, [*WARNINGS, "-c", str(source), "-o", "counter.o"], tmp_path)
