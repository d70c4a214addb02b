"""Vector instructions by their pipe; encodings by llvm-mc."""

from __future__ import annotations

import pytest

from edgeq.cycles import CORES
from edgeq.cycles.mve import CONTROL, INTEGER, LOOP_END, LOOP_START, MEMORY, MULTIPLY, vector_kind

VLDRB, VLDRB_Q6, VMLAVA, VADD = "b1ec109e", "b3ec101f", "f0ee28cf", "24ef4668"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (VLDRB, MEMORY),
        ("98ed005f", MEMORY),  # vldrw.u32 q2, [r8]
        ("86ec0c6f", MEMORY),  # vstrb.32 q3, [r6, q6]
        ("93fc211f", MEMORY),  # vld41.32
        ("a1fc611e", MEMORY),  # vst43.8
        (VMLAVA, MULTIPLY),
        ("f0ee022f", MULTIPLY),  # vmlav.s8 r2, q0, q1
        ("25ee075e", MULTIPLY),  # vrmulh.s32
        ("27ee036e", MULTIPLY),  # vmulh.s32
        ("29ee635e", MULTIPLY),  # vmul.i32 q2, q4, r3
        ("17ee647e", MULTIPLY),  # vmul.i16 q3, q3, r4
        ("23ee410e", MULTIPLY),  # vmla.s32 q0, q1, r1
        (VADD, INTEGER),
        ("a1ef5460", INTEGER),  # vshr.s32
        ("a2ef5ea5", INTEGER),  # vshl.i32
        ("24ef4664", INTEGER),  # vshl.s32
        ("b9ffc223", INTEGER),  # vneg.s32
        ("37ee076e", INTEGER),  # vqmovnb.s32
        ("33ee076e", INTEGER),  # vqmovnb.s16
        ("23eeeeef", INTEGER),  # vidup.u32
        ("13ee6e6f", INTEGER),  # vidup.u16
        ("a6ee103b", INTEGER),  # vdup.32
        ("e0ee102b", INTEGER),  # vdup.8
        ("71fe4d0f", CONTROL),  # vpst
        ("2ef001e8", CONTROL),  # vctp.32
        ("0ff011c0", LOOP_END),  # le
        ("1ff005c0", LOOP_END),  # letp
        ("42f001e0", LOOP_START),  # dls
        ("46f015c0", LOOP_START),  # wls
        ("0cf005c0", LOOP_START),  # wlstp.8
        ("2ded108b", None),  # vpush {d8-d15}
        ("edee10aa", None),  # vmsr p0, r10
        ("52eaef73", None),  # asrl
        ("01fb0020", None),  # mla
        ("51f8040b", None),  # ldr r0, [r1], #4
        ("00f000b8", None),  # b.w
        ("fff7feff", None),  # bl
    ],
)
def test_each_goes_down_the_pipe_that_llvm_says(code: str, kind: str | None) -> None:
    assert vector_kind(bytes.fromhex(code)) == kind


@pytest.mark.parametrize(
    ("block", "cycles", "most"),
    [
        pytest.param((VLDRB, VMLAVA), 2, 4, id="beats of two pipes overlap"),
        pytest.param((VLDRB, VMLAVA) * 2, 4, 8, id="and go on"),
        pytest.param((VLDRB, VLDRB_Q6), 3, 4, id="beats of one pipe do not"),
        pytest.param((VLDRB, VADD, VMLAVA), 3, 6, id="three pipes"),
        pytest.param((VMLAVA, "0ff011c0"), 1, 2, id="a loop's end is free"),
        pytest.param((VLDRB, "0868"), 3, 3, id="a scalar load uses that pipe"),
        pytest.param(("0130", "0132"), 1, 2, id="two additions of 2 bytes"),
    ],
)
def test_a_cortex_m55_overlaps_vectors(block: tuple[str, ...], cycles: int, most: int) -> None:
    priced = CORES["cortex-m55"].issue.price(bytes.fromhex("".join(block)), 0)
    taken = sum(priced.causes.values())
    assert (taken - priced.fewer, taken, taken + priced.more) == (cycles, cycles, most)
