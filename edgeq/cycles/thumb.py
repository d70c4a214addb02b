"""Thumb machine code as instructions: what each is, and which registers it reads and writes.

Capstone decodes; what it cannot decode counts as one arithmetic instruction of its width.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from edgeq.cycles.mve import vector_kind

PATTERNS = tuple(
    (re.compile(pattern), kind)
    for pattern, kind in (
        ("tb[bh]", "table branch"),
        ("ldm|pop", "load multiple"),
        ("stm|push", "store multiple"),
        ("ldrd", "load double"),
        ("strd", "store double"),
        ("ldr", "load"),
        ("str", "store"),
        ("vldm|vpop", "real load multiple"),
        ("vstm|vpush", "real store multiple"),
        ("vldr", "real load"),
        ("vstr", "real store"),
        ("vdiv|vsqrt", "real divide"),
        ("v(fn?m|n?ml)[as]", "real multiply-add"),
        ("vm(ov|rs|sr)", "real move"),
        ("v", "real"),
        ("[su]div", "divide"),
        ("it[te]*$", "it"),
        ("bl?x", "jump"),
        ("bl(eq|ne|hs|lo|mi|pl|v[sc]|hi|ls|g[et]|l[et])?$", "call"),
        ("cbn?z$|b(eq|ne|hs|lo|mi|pl|v[sc]|hi|ls|g[et]|l[et])?$", "branch"),
        ("mul|ml[as]|[su]mul|[su]mla|[su]mls|umaal|smm|smua|smus", "multiply"),
    )
)
"""The first pattern that a mnemonic begins with decides; everything else is arithmetic."""

BASES = {"load multiple": 1, "store multiple": 1, "real load multiple": 1, "real store multiple": 1}
"""Kinds whose first operand may be the base register."""
WITHOUT_BASE = re.compile("v?(pop|push)")
WIDE = 0xE8  # the second byte, from here on, of instructions of 4 bytes


@dataclass(frozen=True)
class Instruction:
    """One instruction. size: 2 or 4 bytes. registers: how many a multiple or a wide access moves.

    base: registers that its address is made of. indexed: its address has a register as offset.
    written_back: it changes its base register. to_pc: it loads the program counter. shifted: an
    operand is shifted by the way.
    """

    address: int
    size: int
    mnemonic: str
    kind: str
    registers: int = 1
    reads: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()
    base: frozenset[str] = frozenset()
    indexed: bool = False
    written_back: bool = False
    to_pc: bool = False
    shifted: bool = False


def is_wide(code: bytes) -> bool:
    """Whether an instruction has 4 bytes, by its first two or more."""
    return code[1] >= WIDE


def decode(code: bytes, address: int, vectors: bool = False) -> tuple[Instruction, ...]:
    """The instructions of a block of Thumb code that lies at `address`. vectors: the core has those
    of Armv8.1-M, whose registers are left out.
    """
    return tuple(_instructions(code, address, vectors))


def _instructions(code: bytes, address: int, vectors: bool) -> Iterator[Instruction]:
    at = 0
    while at < len(code):
        kind = vector_kind(code[at : at + 4]) if vectors and is_wide(code[at:]) else None
        if kind is not None:
            yield Instruction(address + at, 4, kind, kind)
            at += 4
            continue
        found = next(_decoder().disasm(code[at : at + 4], address + at, 1), None)
        if found is None:
            size = 4 if at + 1 < len(code) and is_wide(code[at:]) else 2
            yield Instruction(address + at, size, "?", "arithmetic")
        else:
            size = found.size
            yield _instruction(found)
        at += size


@lru_cache(maxsize=1)
def _decoder() -> Any:
    import capstone

    decoder = capstone.Cs(capstone.CS_ARCH_ARM, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS)
    decoder.detail = True
    return decoder


def _instruction(found: Any) -> Instruction:
    from capstone import arm

    mnemonic = found.mnemonic.split(".")[0]
    kind = next((kind for pattern, kind in PATTERNS if pattern.match(mnemonic)), "arithmetic")
    named = [found.reg_name(o.reg) for o in found.operands if o.type == arm.ARM_OP_REG]
    memory = next((o.mem for o in found.operands if o.type == arm.ARM_OP_MEM), None)
    reads, writes = ([found.reg_name(r) for r in group] for group in found.regs_access())
    base = [] if memory is None else [r for r in (memory.base, memory.index) if r]
    return Instruction(
        found.address,
        found.size,
        mnemonic,
        kind,
        _registers(kind, mnemonic, named),
        frozenset(reads),
        frozenset(writes),
        frozenset(found.reg_name(r) for r in base),
        len(base) > 1,
        bool(found.writeback)
        or bool(memory is not None and found.operands[-1].type != arm.ARM_OP_MEM),
        kind.startswith("load") and "pc" in named[: None if "multiple" in kind else 1],
        memory is None and any(o.shift.type for o in found.operands),
    )


def _registers(kind: str, mnemonic: str, named: list[str]) -> int:
    """Words that the instruction moves."""
    words = 2 if any(name.startswith("d") for name in named) else 1
    if kind in BASES:
        moved = len(named) - (0 if WITHOUT_BASE.match(mnemonic) else BASES[kind])
        return moved * words if kind.startswith("real") else moved
    if kind in ("load double", "store double"):
        return 2
    if kind in ("real load", "real store"):
        return words
    return 2 if kind == "real move" and len(named) > 2 else 1
