"""Short blocks of Thumb code against the cycles that Arm's manuals state for them."""

from __future__ import annotations

import struct

import pytest

from edgeq.cycles import CORES, TimedBlock, add_up
from edgeq.cycles.thumb import decode

M4, M3, M0 = (CORES[f"cortex-m{n}"] for n in (4, 3, 0))


def code(*halfwords: int) -> bytes:
    return struct.pack(f"<{len(halfwords)}H", *halfwords)


LDR_R0_R1, LDR_R2_R3, LDR_R2_R0 = 0x6808, 0x681A, 0x6802
STR_R0_R1, ADDS_R1_4, ADDS_R0_1 = 0x6008, 0x3104, 0x3001
PUSH_4, POP_3_PC, MULS = 0xB570, 0xBD70, 0x4348
SDIV = (0xFB91, 0xF0F2)
MLA = (0xFB01, 0x2003)
SMLAD = (0xFB21, 0x2003)
LDRD = (0xE9D0, 0x2300)
NOP_W = (0xF3AF, 0x8000)


@pytest.mark.parametrize(
    ("block", "m4", "m3", "m0"),
    [
        pytest.param((LDR_R0_R1,), 2, 2, 2, id="a load whose result is waited for"),
        pytest.param((LDR_R0_R1, LDR_R2_R3), 3, 3, 4, id="loads in a row overlap"),
        pytest.param((LDR_R0_R1, LDR_R2_R0), 4, 4, 4, id="not where the address is loaded"),
        pytest.param((STR_R0_R1,), 1, 1, 2, id="a store"),
        pytest.param((ADDS_R1_4, LDR_R0_R1), 4, 4, 3, id="an address that was just computed"),
        pytest.param((ADDS_R0_1, LDR_R0_R1), 3, 3, 3, id="another register was"),
        pytest.param((PUSH_4,), 5, 5, 5, id="push of four"),
        pytest.param((POP_3_PC,), 7, 7, 6, id="return by pop"),
        pytest.param((MULS,), 1, 1, 1, id="multiply"),
        pytest.param(MLA, 1, 2, None, id="multiply-add"),
        pytest.param(SMLAD, 1, 1, None, id="two multiplications in one"),
        pytest.param(SDIV, 6, 6, None, id="divide"),
        pytest.param(LDRD, 3, 3, None, id="load of two words"),
        pytest.param((0xBF08, ADDS_R0_1), 2, 2, None, id="IT in front"),
        pytest.param(
            (ADDS_R0_1, 0xBF08, ADDS_R0_1), 2, 2, None, id="IT behind a short instruction"
        ),
        pytest.param((0xBF00, *NOP_W * 3), 5, 5, None, id="three long ones that are not aligned"),
        pytest.param((0xBF00, *NOP_W * 2), 3, 3, None, id="two"),
    ],
)
def test_a_block_takes_what_the_manual_says(
    block: tuple[int, ...], m4: int, m3: int, m0: int | None
) -> None:
    for core, expected in ((M4, m4), (M3, m3), (M0, m0)):
        if expected is not None:  # None: the core lacks an instruction
            causes = core.issue.price(code(*block), 0x0800_0000).causes
            assert sum(causes.values()) == expected


def test_instructions_are_told_apart() -> None:
    kinds = [i.kind for i in decode(code(0xD0FE, 0x4770, *SMLAD, 0xF7FF, 0xFFFE, 0xBA40), 0)]
    assert kinds == ["branch", "jump", "multiply", "call", "arithmetic"]  # beq, bx, -, bl, rev16


def test_what_capstone_cannot_decode_takes_a_cycle() -> None:
    assert M4.issue.price(code(0xFFFF, 0xFFFF), 0).causes == {"arithmetic": 1}


def total(*blocks: TimedBlock, memory: bytes) -> dict[str, int]:
    def read(address: int, size: int) -> bytes:
        return memory[address : address + size]

    spent = add_up(blocks, lambda at, n: M4.issue.price(read(at, n), at), read, M4)
    return dict(spent.causes)


def test_a_taken_branch_refills_the_pipeline() -> None:
    loop = code(ADDS_R0_1, 0xD1FD)  # adds; bne to itself
    ten = TimedBlock(0, 4, count=10, fell=1)
    assert total(ten, memory=loop) == {"arithmetic": 10, "branch": 10, "refill": 9}


def test_a_jump_to_a_long_instruction_that_is_not_aligned_costs_one_more() -> None:
    memory = code(0xBF00, *NOP_W, 0xD1FC)  # nop; L: nop.w; bne L
    first, loop = TimedBlock(0, 8, count=1), TimedBlock(2, 6, count=4, fell=1)
    assert total(first, loop, memory=memory)["misaligned target"] == 4
    aligned = TimedBlock(0, 2, count=1, fell=1)
    assert total(aligned, TimedBlock(2, 6, 4, 1), memory=memory)["misaligned target"] == 3


def test_misaligned_accesses_take_a_cycle_more() -> None:
    block = TimedBlock(0, 2, count=1, fell=1, misaligned=1)
    assert total(block, memory=code(ADDS_R0_1)) == {"arithmetic": 1, "misaligned access": 1}
