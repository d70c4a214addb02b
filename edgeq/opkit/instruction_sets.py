"""What the instruction sets offer that kernels are written for, as their C headers state it.

`native/arch/arch.h` lists the instruction sets, each with an `arch.h` of its own; that of `portable`
states everything that can be stated, the others what differs. A statement is

    #define EDGEQ_TILE_PIXELS 4                             a number
    #define EDGEQ_GEMM_TILE "arch/helium/gemm_tile.h"       a piece of C

All of an `arch.h` but that of `portable` stands below the condition of its instruction set:

    #if !defined(EDGEQ_INSTRUCTION_SET) && defined(__ARM_FEATURE_MVE)
    #define EDGEQ_INSTRUCTION_SET

Statements may stand below further conditions, of which nothing is known here: all their values
count. The same generated C is compiled for every core, so a plan takes the largest of all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from edgeq.resources import resource_folder

PORTABLE = "portable"
LISTED = re.compile(r'^#\s*include "arch/(\w+)/arch\.h"$', re.M)
DEFINE = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)[ \t]*(.*?)[ \t]*(?:/\*.*)?$", re.M)
PIECE = re.compile(r'"(arch/\w+/\w+\.h)"')
CHOSEN = "EDGEQ_INSTRUCTION_SET"
CONDITION = re.compile(rf"^#if !defined\({CHOSEN}\) && (?:.*\\\n)*.+\n#define {CHOSEN}$", re.M)
QUALIFIER = re.compile(r"(__\w+)?")


@dataclass(frozen=True)
class InstructionSet:
    """The statements of one `arch.h`. numbers, pieces: name without `EDGEQ_` -> its values."""

    name: str
    numbers: Mapping[str, tuple[int, ...]]
    pieces: Mapping[str, tuple[str, ...]]


@lru_cache(maxsize=1)
def instruction_sets() -> tuple[InstructionSet, ...]:
    """The instruction sets of this installation, in the order in which C chooses them."""
    return read_instruction_sets(native_folder())


def native_folder() -> Path:
    """The folder of the native engine's C files."""
    return resource_folder("firmware_templates") / "native"


def read_instruction_sets(native: Path) -> tuple[InstructionSet, ...]:
    """The instruction sets that `native/arch/arch.h` lists, `portable` last.

    Raises ValueError, naming the file, for one without the condition of its instruction set, a
    define that is no statement, a piece that does not exist, and a name that `portable` does not
    state.
    """
    names = LISTED.findall((native / "arch" / "arch.h").read_text())
    found = tuple(_read(native, name) for name in names)
    known = {*found[-1].numbers, *found[-1].pieces}
    for one in found:
        strange = sorted({*one.numbers, *one.pieces} - known)
        if one.name != PORTABLE and strange:
            raise ValueError(
                f"arch/{one.name}/arch.h states EDGEQ_{strange[0]}, which portable does not"
            )
    return found


def _read(native: Path, name: str) -> InstructionSet:
    numbers: dict[str, list[int]] = {}
    pieces: dict[str, list[str]] = {}
    text = (native / "arch" / name / "arch.h").read_text()
    if name != PORTABLE and not CONDITION.search(text):
        raise ValueError(f"arch/{name}/arch.h has no #if !defined({CHOSEN}) && ... that chooses it")
    for define, value in DEFINE.findall(text):
        key, piece = define.removeprefix("EDGEQ_"), PIECE.fullmatch(value)
        if value.isdecimal():
            numbers.setdefault(key, []).append(int(value))
        elif piece and (native / piece[1]).is_file():
            pieces.setdefault(key, []).append(piece[1])
        elif not QUALIFIER.fullmatch(value):
            raise ValueError(f"arch/{name}/arch.h: {define} is neither a number nor a file")
    return InstructionSet(
        name,
        {key: tuple(values) for key, values in numbers.items()},
        {key: tuple(files) for key, files in pieces.items()},
    )


def values(name: str) -> tuple[int, ...]:
    """The values of a number on the instruction sets, each once, from the smallest up.

    Raises KeyError for a number that none states.
    """
    return tuple(sorted({value for one in instruction_sets() for value in _own(one, name)}))


def _own(one: InstructionSet, name: str) -> tuple[int, ...]:
    portable = instruction_sets()[-1].numbers[name]
    return one.numbers.get(name, portable)


def largest(name: str) -> int:
    """The largest value of a number on any instruction set."""
    return values(name)[-1]


def smallest(name: str) -> int:
    """The smallest value of a number on any instruction set."""
    return values(name)[0]


def most(name: str, one: InstructionSet) -> int:
    """The largest value of a number on one instruction set."""
    return max(_own(one, name))


@lru_cache(maxsize=64)
def piece_files(name: str) -> tuple[str, ...]:
    """The files that stand for a piece, each once, in the order of the instruction sets.

    Raises KeyError for a piece that none states.
    """
    portable = instruction_sets()[-1].pieces[name]
    files = [file for one in instruction_sets() for file in one.pieces.get(name, portable)]
    return tuple(dict.fromkeys((*files, *portable)))


@lru_cache(maxsize=64)
def kernel_number(file: str, name: str) -> int:
    """A number that a kernel's file defines, such as `EDGEQ_MOST_TILES`.

    Raises ValueError where it does not define it, once and as a number.
    """
    text = (native_folder() / file).read_text()
    found = [value for define, value in DEFINE.findall(text) if define == name]
    if len(found) != 1 or not found[0].isdecimal():
        raise ValueError(f"{file} does not define {name} as a number")
    return int(found[0])
