"""What blocks of RISC-V code (RV32IMC) cost on a core that issues one instruction at a time, in order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from edgeq.cycles.core import Cycles, Priced

RA, SP = 1, 2
KINDS = {  # by the opcode of instructions of 4 bytes
    0x03: "load",
    0x23: "store",
    0x63: "branch",
    0x6F: "jump",
    0x67: "jump",
}
READS_ONE = frozenset({0x03, 0x13, 0x67})
READS_TWO = frozenset({0x23, 0x33, 0x63})
WRITES_NONE = frozenset({0x23, 0x63, 0x0F, 0x73})
COMPRESSED = {  # by quadrant and the three bits of the function
    (0, 2): "load",
    (0, 6): "store",
    (1, 1): "jump",
    (1, 5): "jump",
    (1, 6): "branch",
    (1, 7): "branch",
    (2, 2): "load",
    (2, 6): "store",
}


@dataclass(frozen=True)
class Operation:
    """One instruction. writes: its register, 0 for none. first, second: registers that it reads, 0
    for none; of a store the address is made of the first.
    """

    kind: str
    writes: int = 0
    first: int = 0
    second: int = 0


@dataclass(frozen=True)
class RiscvIssue:
    """Rules of a RISC-V core; all in cycles.

    load_use: more for an instruction that needs what the load just before it reads; stored data do
    not. divide: of a division and of a remainder.
    """

    load_use: int = 1
    divide: int = 18

    def price(self, code: bytes, address: int) -> Priced:
        """The price of a block; taken branches and jumps at its end cost a refill besides."""
        del address
        block, causes = tuple(decode(code)), Cycles()
        for before, this in zip((Operation(""), *block), block, strict=False):
            causes[this.kind] += self.divide if this.kind == "divide" else 1
            if before.kind == "load" and before.writes and _needs(this, before.writes):
                causes["load result"] += self.load_use
        return Priced(causes, bool(block) and block[-1].kind in ("branch", "jump"))


def _needs(operation: Operation, register: int) -> bool:
    stored = operation.kind == "store"
    return operation.first == register or (operation.second == register and not stored)


def is_wide(code: bytes) -> bool:
    """Whether an instruction has 4 bytes, by its first two or more."""
    return code[0] & 3 == 3


def decode(code: bytes) -> Iterator[Operation]:
    """The instructions of a block; what is no instruction of RV32IMC counts as arithmetic without
    registers.
    """
    at = 0
    while at + 2 <= len(code):
        wide = is_wide(code[at:])
        word = int.from_bytes(code[at : at + (4 if wide else 2)], "little")
        yield _wide(word) if wide else _compressed(word)
        at += 4 if wide else 2


def _wide(word: int) -> Operation:
    opcode, function = word & 0x7F, word >> 12 & 7
    kind = KINDS.get(opcode, "arithmetic")
    if opcode == 0x33 and word >> 25 == 1:
        kind = "multiply" if function < 4 else "divide"
    return Operation(
        kind,
        0 if opcode in WRITES_NONE else word >> 7 & 31,
        word >> 15 & 31 if opcode in READS_ONE | READS_TWO else 0,
        word >> 20 & 31 if opcode in READS_TWO else 0,
    )


def _compressed(half: int) -> Operation:
    quadrant, function = half & 3, half >> 13
    full, second = half >> 7 & 31, half >> 2 & 31
    high, low = 8 + (half >> 7 & 7), 8 + (half >> 2 & 7)  # of the eight registers from 8 on
    kind = COMPRESSED.get((quadrant, function), "arithmetic")
    match quadrant, function:
        case 0, 0:  # c.addi4spn
            return Operation(kind, low, SP)
        case 0, 2:
            return Operation(kind, low, high)
        case 0, 6:
            return Operation(kind, 0, high, low)
        case 1, 0:
            return Operation(kind, full, full)
        case 1, 1:
            return Operation(kind, RA)
        case 1, 2:
            return Operation(kind, full)
        case 1, 3:  # c.addi16sp and c.lui
            return Operation(kind, full, SP if full == SP else 0)
        case 1, 4:
            return Operation(kind, high, high, low if half >> 10 & 3 == 3 else 0)
        case 1, 6 | 7:
            return Operation(kind, 0, high)
        case 2, 0:
            return Operation(kind, full, full)
        case 2, 2:
            return Operation(kind, full, SP)
        case 2, 6:
            return Operation(kind, 0, SP, second)
        case 2, 4:
            return _moves(half >> 12 & 1, full, second)
    return Operation(kind)


def _moves(adds: int, full: int, second: int) -> Operation:
    """c.jr and c.mv, or c.ebreak, c.jalr and c.add where `adds`."""
    if second:
        return Operation("arithmetic", full, full if adds else 0, second)
    return Operation("jump" if full else "arithmetic", RA if adds and full else 0, full)
