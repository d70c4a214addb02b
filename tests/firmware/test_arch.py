"""What the core is is asked below `native/arch/` alone, and every file of `native/` compiles by
itself, pieces of an instruction set by its own compilers.
"""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest
from ops.test_conv_2d import convolution

from edgeq.codegen.kernels import kernels_source
from edgeq.opkit.instruction_sets import CHOSEN, PORTABLE, instruction_sets, native_folder
from edgeq.plan import lower
from edgeq.verify.targets import TARGETS, find_target
from edgeq.verify.toolchain import WARNINGS, compile_c, compiler_command

NATIVE = native_folder()
FOLDERS = sorted(p.name for p in NATIVE.iterdir() if p.is_dir() and p.name != "arch")
FILES = sorted(path.relative_to(NATIVE).as_posix() for path in NATIVE.rglob("*.[ch]"))
RENDERED = "Rendered for the rows of the files that include it"
"""In headers that are no C before, see edgeq/codegen/kernel_rows.py."""
CORE = re.compile(
    r"__(?:ARM|arm|aarch64|thumb|riscv|AVR|xtensa|XTENSA|mips|SSE|x86|i386|SIZEOF|BYTE_ORDER)\w*"
)
COMPILER = re.compile(r"__(?:GNUC|clang|llvm)\w*|_MSC_VER")


def conditions(text: str) -> str:
    """The lines of the preprocessor that ask something."""
    lines = re.findall(r"^[ \t]*#[ \t]*(?:if|elif)\w*\b.*", text.replace("\\\n", ""), re.M)
    return "\n".join(lines)


@pytest.mark.parametrize("name", [name for name in FILES if not name.startswith("arch/")])
def test_core_macros_are_asked_below_arch_alone(name: str) -> None:
    text = conditions((NATIVE / name).read_text())
    assert CORE.findall(text) == []
    assert name == "common/compiler.h" or COMPILER.findall(text) == []


@pytest.mark.parametrize(
    "line",
    [
        "#if defined(__ARM_FEATURE_MVE)",
        "# ifdef __thumb__",
        "#if A && \\\n    defined(__riscv_mul)",
        "#elif __SIZEOF_INT__ < 4",
    ],
)
def test_a_core_macro_is_noticed(line: str) -> None:
    assert len(CORE.findall(conditions(f"int x;\n{line}\n#endif\n"))) == 1
    assert CORE.findall(conditions(f"/* {line.replace('#', '')} */\n")) == []


def test_generated_text_has_a_condition_for_every_instruction_set_and_no_file_to_include() -> None:
    text = kernels_source([lower(convolution((1, 5, 5, 4), (4, 3, 3, 4)).main)])
    for one in instruction_sets():
        for file in one.pieces.get("GEMM_TILE", ()):
            number = text.split(f" /* {file} */")[0].split()[-1]
            assert f"EDGEQ_GEMM_TILE == {number} /* {file} */" in text
    assert re.findall(r"#include (?!<\w+\.h>).*", text) == []
    assert "EDGEQ_MAX_POOL" not in text, "what the model does not use is left out"


FLASH_POINTERS = {("avr-atmega2560", "-std=c99"): "-std=gnu99"}
VENDORS = Path(__file__).resolve().parent.parent / "vendors"
"""What generated C calls of vendors' libraries."""
HEADERS = [f"-isystem{folder}" for folder in sorted(VENDORS.glob("*/[Ii]nclude"))]
HARNESS = ("-ffreestanding", "-isystem", str(NATIVE.parent / "verify" / "freestanding"))


def builds() -> list[tuple[str, str]]:
    """(target, compiler) of all that edgeq knows."""
    return [(t.name, c.name) for t in TARGETS for c in t.compilers if c.name != "cc"]


def flags(target: str, compiler: str) -> list[str]:
    """A compiler's flags for one file of any kind; AVR's flash pointers are no C99."""
    (row,) = (c for c in find_target(target).compilers if c.name == compiler)
    warnings = [FLASH_POINTERS.get((target, flag), flag) for flag in WARNINGS]
    of_headers = ("-include", "stdint.h", "-DEDGEQ_KERNEL=", "-Wno-unused-function")
    harness = () if target == "host" else HARNESS
    return [*row.flags, *warnings, *of_headers, *harness, *HEADERS, "-O2", f"-I{NATIVE}", "-xc"]


@cache
def chosen(target: str, compiler: str) -> str:
    """The instruction set that `arch/arch.h` chooses there, by whose arch.h defines the word for it."""
    command = compiler_command(compiler)
    assert command is not None, f"{compiler} is not installed"
    preprocess = [*command, *flags(target, compiler), "-E", "-dD", str(NATIVE / "arch" / "arch.h")]
    said = subprocess.run(preprocess, capture_output=True, text=True, check=True).stdout
    before, found, _ = said.partition(f"#define {CHOSEN}")
    return re.findall(r'^# .*arch/(\w+)/arch\.h"', before, re.M)[-1] if found else PORTABLE


@pytest.mark.slow
def test_every_instruction_set_is_chosen_somewhere() -> None:
    found = {chosen(*build) for build in builds()}
    assert found == {one.name for one in instruction_sets()}


@pytest.mark.slow
@pytest.mark.parametrize(("target", "compiler"), builds())
def test_every_file_compiles_by_itself(target: str, compiler: str, tmp_path: Path) -> None:
    """Those below arch/ where they are chosen, all others and the portable ones on this machine."""
    sets = {chosen(target, compiler), *(("portable",) if target == "host" else ())}
    places = {f"arch/{name}/" for name in sets}
    if target == "host":
        places |= {f"{place}/" for place in FOLDERS}
    alone = [file for file in FILES if RENDERED not in (NATIVE / file).read_text()]
    files = [str(NATIVE / file) for file in alone if file.startswith(tuple(places))]
    if target == "host":
        compile_c(compiler, [*flags(target, compiler), "-fsyntax-only", *files], tmp_path)
        return
    for file in files:
        compile_c(compiler, [*flags(target, compiler), "-c", "-oalone.o", file], tmp_path)
