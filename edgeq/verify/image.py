"""The generated C as an image for a bare core: compiled, linked, taken apart and measured."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from edgeq.codegen.native import NativeEngine
from edgeq.codegen.templates import render
from edgeq.resources import resource_folder
from edgeq.verify.elf import Elf, parse_elf
from edgeq.verify.memory import GUARD_BYTES, MICROCONTROLLER, Memory
from edgeq.verify.targets import Compiler
from edgeq.verify.toolchain import WARNINGS, compile_c

SECTIONS = ("-ffunction-sections", "-fdata-sections", "-fno-asynchronous-unwind-tables")
# zig sanitizes at -O0 unless told not to
FREESTANDING = ("-ffreestanding", "-fno-stack-protector", "-fno-exceptions", "-fno-sanitize=all", *SECTIONS)
LINK = ("-Wl,--gc-sections", "-Wl,--build-id=none")
LIBRARIES = {"zig": ()}  # zig brings the compiler's library along, other compilers are asked for it
GCC_LIBRARIES = ("-nostdlib", "-lgcc")
RUNTIMES = {"xtensa-lx106-elf-gcc": ("runtime.c", "lx106.c")}


@dataclass(frozen=True)
class Image:
    """A linked image and its sizes in bytes, without the harness. static_bytes: RAM besides arena and stack."""

    elf: Elf
    data: bytes  # the file
    prefix: str
    flash_bytes: int
    static_bytes: int


def build_image(engine: NativeEngine, compiler: Compiler, optimization: str = "-O2",
                memory: Memory = MICROCONTROLLER) -> Image:  # fmt: skip
    """Compiles the engine for a bare core. Raises EdgeqError with the compiler's first error if it refuses the code."""
    with tempfile.TemporaryDirectory(prefix="edgeq-") as name:
        folder = Path(name)
        write_sources(engine, folder, memory)
        harness = resource_folder("firmware_templates") / "verify" / "freestanding"
        common = [*compiler.flags, optimization, *FREESTANDING, "-isystem", str(harness)]
        compile_c(compiler.name, [*common, *WARNINGS, "-c", "edgeq-image.c", "-o", "engine.o"], folder)
        runtimes = RUNTIMES.get(compiler.name, ("runtime.c",))
        for file in runtimes:
            compile_c(compiler.name, [*common, "-fno-builtin", "-c", str(harness / file), "-o", f"{file}.o"], folder)
        libraries = LIBRARIES.get(compiler.name, GCC_LIBRARIES)
        link = [
            "engine.o",
            *(f"{file}.o" for file in runtimes),
            *libraries,
            *LINK,
            "-T",
            "edgeq-image.ld",
            "-o",
            "image.elf",
        ]
        compile_c(compiler.name, [*compiler.flags, *link], folder)
        data = (folder / "image.elf").read_bytes()
    elf = parse_elf(data)
    _, instance = elf.symbols.get("edgeq_model", (0, 0))
    flash, statics = elf.allocated(".text", ".rodata", ".data"), elf.allocated(".data", ".bss")
    return Image(elf, data, engine.name, flash, statics + instance)


def write_sources(engine: NativeEngine, folder: Path, memory: Memory) -> None:
    """The engine, the image's source and its linker script; names with a hyphen, which no engine's file has."""
    context = {
        **engine.context,
        "guard_bytes": GUARD_BYTES,
        "flash_origin": hex(memory.flash),
        "flash_bytes": memory.flash_bytes,
        "ram_origin": hex(memory.ram),
        "ram_bytes": memory.ram_bytes,
    }
    for name, text in engine.files.items():
        (folder / name).write_text(text)
    (folder / "edgeq-image.c").write_text(render("verify/image.c.j2", context))
    (folder / "edgeq-image.ld").write_text(render("verify/image.ld.j2", context))
