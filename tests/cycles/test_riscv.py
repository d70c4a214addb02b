"""Short blocks of RISC-V code against the cycles that Hazard3's documentation states for them."""

from __future__ import annotations

import struct

import pytest

from edgeq.cycles import CORES, TimedBlock, add_up
from edgeq.cycles.riscv import Operation, decode

HAZARD3 = CORES["hazard3"]


def wide(word: int) -> bytes:
    return struct.pack("<I", word)


def short(half: int) -> bytes:
    return struct.pack("<H", half)


# Encodings by riscv64-unknown-elf-as.
LW_A5_A0, ADD_A4_A5, ADD_A4_A3 = wide(0x00052783), wide(0x00F70733), wide(0x00D70733)
SW_A5_A1, SW_A1_A5 = wide(0x00F5A023), wide(0x00B7A023)
LW_A4_A5, LW_A4_A1 = wide(0x0007A703), wide(0x0005A703)
MUL, MULH, DIV, REMU = (wide(word) for word in (0x02F70733, 0x02F71733, 0x02F74733, 0x02F77733))
C_LW, C_ADD, C_SW, C_BNEZ, C_JR = (short(h) for h in (0x411C, 0x973E, 0xC19C, 0xE785, 0x8082))
BNE = wide(0xFEF71EE3)  # bne a4, a5, -4
JAL = wide(0x008000EF)


@pytest.mark.parametrize(
    ("block", "cycles"),
    [
        pytest.param(ADD_A4_A5 * 3, 3, id="arithmetic"),
        pytest.param(LW_A5_A0 + ADD_A4_A5, 3, id="a load whose result is needed at once"),
        pytest.param(LW_A5_A0 + ADD_A4_A3 + ADD_A4_A5, 3, id="or one instruction later"),
        pytest.param(LW_A5_A0 + SW_A5_A1, 2, id="what was loaded is stored"),
        pytest.param(LW_A5_A0 + SW_A1_A5, 3, id="it is the address of a store"),
        pytest.param(LW_A5_A0 + LW_A4_A5, 3, id="of a load"),
        pytest.param(LW_A5_A0 + LW_A4_A1, 2, id="loads in a row"),
        pytest.param(MUL + ADD_A4_A5, 2, id="multiply"),
        pytest.param(MULH, 1, id="the upper half of a product"),
        pytest.param(DIV, 18, id="divide"),
        pytest.param(REMU, 18, id="remainder"),
        pytest.param(C_LW + C_ADD, 3, id="compressed instructions wait as long ones do"),
        pytest.param(C_LW + C_SW, 2, id="a compressed store does not"),
        pytest.param(C_LW + C_BNEZ, 3, id="a condition waits"),
        pytest.param(C_JR, 1, id="the refill is counted where jumps are"),
    ],
)
def test_a_block_takes_what_the_documentation_says(block: bytes, cycles: int) -> None:
    assert sum(HAZARD3.issue.price(block, 0).causes.values()) == cycles


@pytest.mark.parametrize(
    ("code", "operation"),
    [
        (0x1141, Operation("arithmetic", 2, 2)),  # addi sp, sp, -16
        (0x0808, Operation("arithmetic", 10, 2)),  # addi a0, sp, 16
        (0x4100, Operation("load", 8, 10)),  # lw s0, 0(a0)
        (0x40B2, Operation("load", 1, 2)),  # lw ra, 12(sp)
        (0xC04A, Operation("store", 0, 2, 18)),  # sw s2, 0(sp)
        (0xC09C, Operation("store", 0, 9, 15)),  # sw a5, 0(s1)
        (0x6505, Operation("arithmetic", 10)),  # lui a0, 1
        (0x6165, Operation("arithmetic", 2, 2)),  # addi sp, sp, 112
        (0x4501, Operation("arithmetic", 10)),  # li a0, 0
        (0x8622, Operation("arithmetic", 12, 0, 8)),  # mv a2, s0
        (0x97C2, Operation("arithmetic", 15, 15, 16)),  # add a5, a5, a6
        (0x8F99, Operation("arithmetic", 15, 15, 14)),  # sub a5, a5, a4
        (0x8785, Operation("arithmetic", 15, 15)),  # srai a5, a5, 1
        (0x0786, Operation("arithmetic", 15, 15)),  # slli a5, a5, 1
        (0x8782, Operation("jump", 0, 15)),  # jr a5
        (0x9782, Operation("jump", 1, 15)),  # jalr a5
        (0x9002, Operation("arithmetic")),  # ebreak
        (0xA001, Operation("jump")),  # j .
        (0xE509, Operation("branch", 0, 10)),  # bnez a0
        (0x0075F513, Operation("arithmetic", 10, 11)),  # andi a0, a1, 7
        (0x00C77763, Operation("branch", 0, 14, 12)),  # bgeu a4, a2
        (0x01055783, Operation("load", 15, 10)),  # lhu a5, 16(a0)
        (0x25D000EF, Operation("jump", 1)),  # jal
        (0x00000013, Operation("arithmetic")),  # nop
    ],
)
def test_registers_and_kinds_of_instructions(code: int, operation: Operation) -> None:
    size = 4 if code & 3 == 3 else 2
    assert list(decode(code.to_bytes(size, "little"))) == [operation]


def refills(block: TimedBlock, memory: bytes) -> tuple[int, int]:
    def read(address: int, size: int) -> bytes:
        return memory[address : address + size]

    price = HAZARD3.issue.price
    spent = add_up([block], lambda at, n: price(read(at, n), at), read, HAZARD3).causes
    return spent["refill"], spent["misaligned target"]


def test_branches_that_were_foretold_take_no_refill() -> None:
    loop = ADD_A4_A3 + BNE
    once_learned = TimedBlock(0, 8, count=10, fell=1, foretold=8, mistaken=1)
    assert refills(once_learned, loop) == (2, 0)
    assert refills(TimedBlock(0, 8, count=10, fell=1), loop) == (9, 0)


def test_a_jump_to_a_long_instruction_that_is_not_aligned_takes_one_more() -> None:
    assert refills(TimedBlock(2, 8, count=3, fell=1), short(1) + ADD_A4_A3 + BNE) == (2, 3)
    assert refills(TimedBlock(2, 4, count=3, fell=1), short(1) + C_ADD + C_BNEZ) == (2, 0)
