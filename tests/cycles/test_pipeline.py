"""Short blocks of Thumb code on cores that issue up to two instructions a cycle."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import pytest

from edgeq.cycles import CORES, TimedBlock, add_up

M7, M33 = CORES["cortex-m7"], CORES["cortex-m33"]

# Encodings by arm-none-eabi-as.
ADDS_R0_1, ADDS_R2_1, ADDS_R2_R0 = (0x3001,), (0x3201,), (0x1812,)
ADD_W, ADD_LSL = (0xEB01, 0x0502), (0xEB01, 0x05C2)  # add.w r5, r1, r2; with lsl #3
LDR_R0_R1, LDR_R2_R3, LDR_R2_R0, LDRB_R0_R1 = (0x6808,), (0x681A,), (0x6802,), (0x7808,)
LDR_R0_POST = (0xF851, 0x0B04)  # ldr r0, [r1], #4
STR_R0_R1, STR_R2_R3 = (0x6008,), (0x601A,)
SMLAD, SMLAD_R4 = (0xFB21, 0x2003), (0xFB21, 0x4403)  # into r0 from r2; r4 from r4
SXTB16 = (0xFA2F, 0xF581)  # sxtb16 r5, r1
MULS_R0 = (0x4348,)
POP_4 = (0xBC78,)  # r3 to r6
BNE, BX_LR = (0xD1FB,), (0x4770,)


def span(core: str, *block: Sequence[int]) -> tuple[int, int, int]:
    """Least, taken and most cycles of a block."""
    halfwords = [half for instruction in block for half in instruction]
    code = struct.pack(f"<{len(halfwords)}H", *halfwords)
    priced = CORES[core].issue.price(code, 0)
    cycles = sum(priced.causes.values())
    return cycles - priced.fewer, cycles, cycles + priced.more


@pytest.mark.parametrize(
    ("block", "pairs", "singly"),
    [
        pytest.param((ADDS_R0_1, ADDS_R2_1), 1, 2, id="two independent additions"),
        pytest.param((ADDS_R0_1, ADDS_R2_R0), 2, 2, id="one needs the other's result"),
        pytest.param((ADDS_R0_1, ADDS_R2_1, ADD_W), 2, 3, id="there are two adders"),
        pytest.param((LDR_R0_R1, LDR_R2_R3), 1, 2, id="two loads"),
        pytest.param((LDR_R0_R1, LDR_R2_R0), 3, 3, id="an address is needed a cycle early"),
        pytest.param((LDR_R0_R1, ADDS_R2_R0), 2, 2, id="a loaded word is there at once"),
        pytest.param((LDRB_R0_R1, ADDS_R2_R0), 3, 3, id="a loaded byte a cycle later"),
        pytest.param((LDR_R0_POST, LDR_R0_POST), 2, 2, id="a pointer that counts on"),
        pytest.param((STR_R0_R1, STR_R2_R3), 2, 2, id="there is one store"),
        pytest.param((LDR_R2_R3, STR_R0_R1), 1, 2, id="a load beside a store"),
        pytest.param((SMLAD, SMLAD_R4), 2, 2, id="there is one multiplier"),
        pytest.param((SMLAD_R4, SMLAD_R4, SMLAD_R4), 3, 3, id="sums follow each other"),
        pytest.param((MULS_R0, ADDS_R2_R0), 3, 3, id="a product takes two"),
        pytest.param((ADDS_R0_1, SXTB16), 2, 2, id="SIMD is first of a pair"),
        pytest.param((SXTB16, ADDS_R0_1), 1, 2, id="and then pairs"),
        pytest.param((ADD_LSL, ADD_LSL), 2, 2, id="there is one shifter of operands"),
        pytest.param((ADDS_R2_1, ADD_LSL), 3, 3, id="what is shifted is needed a cycle early"),
        pytest.param((POP_4, ADDS_R0_1), 4, 4, id="two registers a cycle, alone"),
        pytest.param((ADDS_R0_1, BNE), 1, 2, id="a branch beside what sets its flags"),
    ],
)
def test_a_cortex_m7_issues_in_pairs_as_llvm_says(
    block: Sequence[Sequence[int]], pairs: int, singly: int
) -> None:
    assert span("cortex-m7", *block) == (pairs, pairs, singly)


@pytest.mark.parametrize(
    ("block", "least", "taken"),
    [
        pytest.param(
            (ADDS_R0_1, ADDS_R2_1), 1, 2, id="a pair of 2 bytes each may be issued together"
        ),
        pytest.param((ADDS_R0_1, ADD_W), 2, 2, id="none of 4"),
        pytest.param((LDR_R0_R1, ADDS_R2_1), 1, 2, id="a load beside an addition"),
        pytest.param((LDR_R0_R1, LDR_R2_R3), 2, 2, id="loads take one each"),
        pytest.param((LDR_R0_R1, ADDS_R2_R0), 3, 3, id="a loaded value is there a cycle later"),
        pytest.param((SMLAD, SMLAD), 2, 2, id="multiply-add"),
        pytest.param((POP_4,), 5, 5, id="pop of four"),
        pytest.param((BX_LR,), 2, 2, id="return"),
    ],
)
def test_a_cortex_m33_takes_single_issue_and_at_least_that_of_pairs(
    block: Sequence[Sequence[int]], least: int, taken: int
) -> None:
    assert span("cortex-m33", *block) == (least, taken, taken)


@pytest.mark.parametrize(
    ("fell", "refill"),
    [pytest.param(1, 4, id="taken"), pytest.param(9, 4, id="not taken"), (0, 0), (10, 0)],
)
def test_a_cortex_m7_foretells_what_a_branch_does_most(fell: int, refill: int) -> None:
    memory = struct.pack("<2H", *ADDS_R0_1, *BNE)
    price = M7.issue.price
    spent = add_up(
        [TimedBlock(0, 4, count=10, fell=fell)],
        lambda at, n: price(memory[at : at + n], at),
        lambda at, n: memory[at : at + n],
        M7,
    )
    assert spent.causes["refill"] == refill
    assert (spent.fewer, spent.more) == (0, 10), "beside the addition"
