"""The generated C as an image for a bare core: compiled, linked, taken apart and measured."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from edgeq.codegen.native import NativeEngine
from edgeq.codegen.templates import render
from edgeq.resources import resource_folder
from edgeq.verify.elf import Elf, parse_elf
from edgeq.verify.targets import Compiler
from edgeq.verify.toolchain import WARNINGS, compile_c

# Places in the emulated core's memory: where microcontrollers have them, large enough for any model.
FLASH_ORIGIN, FLASH_BYTES = 0x08000000, 64 << 20
RAM_ORIGIN, RAM_BYTES = 0x20000000, 64 << 20
STACK_BYTES = 64 << 10  # above RAM, with nothing mapped on either side
STACK_ORIGIN = RAM_ORIGIN + RAM_BYTES + (1 << 20)
GUARD_BYTES = 64  # on each side of the arena

SECTIONS = ("-ffunction-sections", "-fdata-sections", "-fno-asynchronous-unwind-tables")
# zig sanitizes at -O0 unless told not to
FREESTANDING = ("-ffreestanding", "-fno-stack-protector", "-fno-exceptions", "-fno-sanitize=all", *SECTIONS)
LINK = ("-Wl,--gc-sections", "-Wl,--build-id=none")
LIBRARIES = {"zig": ()}  # zig brings the compiler's library along, other compilers are asked for it
GCC_LIBRARIES = ("-nostdlib", "-lgcc")


@dataclass(frozen=True)
class Image:
    """A linked image and its sizes in bytes, without the harness. static_bytes: RAM besides arena and stack."""

    elf: Elf
    prefix: str
    flash_bytes: int
    static_bytes: int


def build_image(engine: NativeEngine, compiler: Compiler, optimization: str = "-O2") -> Image:
    """Compiles the engine for a bare core. Raises EdgeqError with the compiler's first error if it refuses the code."""
    with tempfile.TemporaryDirectory(prefix="edgeq-") as name:
        folder = Path(name)
        write_sources(engine, folder)
        harness = resource_folder("firmware_templates") / "verify" / "freestanding"
        common = [*compiler.flags, optimization, *FREESTANDING, "-isystem", str(harness)]
        compile_c(compiler.name, [*common, *WARNINGS, "-c", "edgeq-image.c", "-o", "engine.o"], folder)
        compile_c(compiler.name, [*common, "-fno-builtin", "-c", str(harness / "runtime.c"), "-o", "runtime.o"], folder)
        libraries = LIBRARIES.get(compiler.name, GCC_LIBRARIES)
        link = ["engine.o", "runtime.o", *libraries, *LINK, "-T", "edgeq-image.ld", "-o", "image.elf"]
        compile_c(compiler.name, [*compiler.flags, *link], folder)
        elf = parse_elf((folder / "image.elf").read_bytes())
    _, instance = elf.symbols.get("edgeq_model", (0, 0))
    flash, statics = elf.allocated(".text", ".rodata", ".data"), elf.allocated(".data", ".bss")
    return Image(elf, engine.name, flash, statics + instance)


def write_sources(engine: NativeEngine, folder: Path) -> None:
    """The engine, the image's source and its linker script; names with a hyphen, which no engine's file has."""
    context = {
        **engine.context,
        "guard_bytes": GUARD_BYTES,
        "flash_origin": hex(FLASH_ORIGIN),
        "flash_bytes": FLASH_BYTES,
        "ram_origin": hex(RAM_ORIGIN),
        "ram_bytes": RAM_BYTES,
    }
    for name, text in engine.files.items():
        (folder / name).write_text(text)
    (folder / "edgeq-image.c").write_text(render("verify/image.c.j2", context))
    (folder / "edgeq-image.ld").write_text(render("verify/image.ld.j2", context))
