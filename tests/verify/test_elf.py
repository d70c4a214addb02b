"""The ELF reader against binutils, on object files of this machine and of a microcontroller."""

import shutil
import subprocess
from pathlib import Path

import pytest

from edgeq.errors import EdgeqError
from edgeq.verify.elf import ALLOC, Elf, parse_elf
from edgeq.verify.targets import find_target
from edgeq.verify.toolchain import compile_c

SOURCE = """
const int table[5] = {1, 2, 3, 4, 5};
static int zeros[9];
int counter = 7;
int twice(int x) { zeros[0] = x; return 2 * x + zeros[x & 7] + table[x & 3]; }
"""
FLAGS = {"gcc": (), "zig": find_target("cortex-m4").compilers[0].flags}


@pytest.fixture(params=FLAGS)
def compiled(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Elf]:
    (tmp_path / "a.c").write_text(SOURCE)
    compile_c(request.param, [*FLAGS[request.param], "-O1", "-c", "a.c", "-o", "a.o"], tmp_path)
    return tmp_path / "a.o", parse_elf((tmp_path / "a.o").read_bytes())


def binutils(tool: str, *arguments: str) -> list[list[str]]:
    path = shutil.which(tool)
    assert path, f"{tool} of binutils is missing"
    done = subprocess.run([path, *arguments], capture_output=True, text=True, check=True)
    return [line.split() for line in done.stdout.splitlines()]


def test_sections_are_as_size_tells(compiled: tuple[Path, Elf]) -> None:
    path, elf = compiled
    told = {
        row[0]: int(row[1])
        for row in binutils("size", "-A", str(path))
        if row and row[0].startswith(".")
    }
    assert elf.allocated(".text", ".rodata") == sum(
        size for name, size in told.items() if name.startswith((".text", ".rodata"))
    )
    assert {
        s.name: s.size for s in elf.sections if s.flags & ALLOC and s.size
    }.items() <= told.items()


def test_symbols_are_as_nm_tells(compiled: tuple[Path, Elf]) -> None:
    path, elf = compiled
    for row in binutils("nm", "-S", str(path)):
        if len(row) == 4 and not row[3].startswith("$"):
            assert elf.symbols[row[3]][1] == int(row[1], 16)
    assert {"twice", "table", "counter"} <= elf.symbols.keys()


def test_symbols_are_found_by_how_their_names_begin() -> None:
    names = ("end_1_a", "end_12_a", "end_1_b", "end", "end_1", "begin_1_a", "f")
    elf = Elf((), (), {name: (k, 0) for k, name in enumerate(names)})
    assert elf.symbols_of("end_1_") == [0, 2]
    assert elf.symbols_of("end_12_") == [1]
    with pytest.raises(EdgeqError, match="the image has no end_2_"):
        elf.symbols_of("end_2_")


def test_what_is_no_elf_or_cut_short_is_refused(compiled: tuple[Path, Elf]) -> None:
    data = compiled[0].read_bytes()
    with pytest.raises(EdgeqError, match="it is no ELF"):
        parse_elf(b"MZ" + data[2:])
    for length in (60, len(data) // 2, len(data) - 1):
        with pytest.raises(EdgeqError, match="cut short"):
            parse_elf(data[:length])


def test_a_missing_symbol_is_named(compiled: tuple[Path, Elf]) -> None:
    with pytest.raises(EdgeqError, match="the image has no nowhere"):
        compiled[1].symbol("nowhere")
