"""Vector instructions (MVE) and low-overhead loops of Armv8.1-M, which Capstone does not decode, by the pipe
that they go down.

Sources: the Armv8-M architecture reference manual (Arm DDI 0553) for encodings; LLVM's
llvm/lib/Target/ARM/ARMScheduleM55.td for the pipe of each.
"""

from __future__ import annotations

MEMORY, INTEGER, MULTIPLY, CONTROL = (
    f"vector {pipe}" for pipe in ("memory", "integer", "multiply", "control")
)
LOOP_START, LOOP_END = "loop start", "loop end"
PATTERNS = (
    (0xFFCF_F001, 0xF00F_C001, LOOP_END),  # le, letp
    (0xFF80_F001, 0xF000_C001, LOOP_START),  # wls, wlstp
    (0xFF80_FFFF, 0xF000_E001, LOOP_START),  # dls, dlstp
    (0xFFC0_F801, 0xF000_E801, CONTROL),  # vctp
    (0xFFBF_FFFF, 0xFE31_0F4D, CONTROL),  # vpst, vpnot
    (0xEE00_0E00, 0xEC00_0E00, MEMORY),  # vldr, vstr, vld4, vst4 of coprocessors 14 and 15
    (0xEF81_0E00, 0xEE80_0E00, MULTIPLY),  # vmladav, vmlaldav, vaddv
    (0xEFA1_0E51, 0xEE01_0E01, MULTIPLY),  # vmulh, vmull of elements of 1 and 2 bytes
    (0xEFB1_0E51, 0xEE21_0E01, MULTIPLY),  # of 4 bytes
    (0xEF81_0E70, 0xEE01_0E40, MULTIPLY),  # vmla by a scalar
    (0xEF81_1E70, 0xEE01_1E60, MULTIPLY),  # vmul by a scalar
    (0xEF80_0F51, 0xEF00_0950, MULTIPLY),  # vmul
    (0xFF90_0F5F, 0xEE80_0B10, INTEGER),  # vdup
    (0xEF00_0000, 0xEF00_0000, INTEGER),
    (0xEF00_0E00, 0xEE00_0E00, INTEGER),
)
"""Mask and value of an instruction's halfwords, the first above the second; the first that fits decides."""


def vector_kind(code: bytes) -> str | None:
    """The kind of the instruction of 4 bytes that `code` begins with, None for what is no vector's."""
    if len(code) < 4:
        return None
    word = int.from_bytes(code[:2], "little") << 16 | int.from_bytes(code[2:4], "little")
    return next((kind for mask, value, kind in PATTERNS if word & mask == value), None)
