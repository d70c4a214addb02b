"""The generated C as an image for a bare core: compiled, linked, taken apart and measured."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from edgeq.boards import LARGEST_OBJECT
from edgeq.codegen.native import NativeEngine
from edgeq.codegen.templates import render
from edgeq.errors import DoesNotFitError, EdgeqError
from edgeq.resources import resource_folder
from edgeq.verify.elf import Elf, parse_elf
from edgeq.verify.library import build_library, check_bare, library_options
from edgeq.verify.memory import GUARD_BYTES, MICROCONTROLLER, Memory
from edgeq.verify.targets import Compiler
from edgeq.verify.toolchain import WARNINGS, compile_c

SECTIONS = ("-ffunction-sections", "-fdata-sections", "-fno-asynchronous-unwind-tables")
# zig sanitizes at -O0 unless told not to
FREESTANDING = (
    "-ffreestanding",
    "-fno-stack-protector",
    "-fno-exceptions",
    "-fno-sanitize=all",
    *SECTIONS,
)
SHARE = 16  # of RAM, what rows may take that are fed together
LINK = ("-Wl,--gc-sections", "-Wl,--build-id=none")


@dataclass(frozen=True)
class Kit:
    """What an image takes beside the engine. dialect: where C99 alone has no word for the core's
    memories.

    headers: the harness's, else the compiler comes with a C library. runtimes: files of the
    harness.
    """

    libraries: tuple[str, ...] = ("-nostdlib", "-lgcc")
    runtimes: tuple[str, ...] = ("runtime.c",)
    headers: bool = True
    dialect: tuple[str, ...] = ()
    script: str = "image.ld.j2"
    largest_array: int | None = None  # bytes


KITS = {
    "zig": Kit(libraries=()),  # which brings the compiler's library along
    "xtensa-lx106-elf-gcc": Kit(runtimes=("runtime.c", "lx106.c")),
    "avr-gcc": Kit(
        ("-nostdlib", "-lgcc", "-lm", "-lc", "-lgcc"),
        (),
        False,
        ("-std=gnu99",),
        "image_avr.ld.j2",
        LARGEST_OBJECT["avr"],
    ),
}


@dataclass(frozen=True)
class Image:
    """A linked image and its sizes in bytes, without the harness. static_bytes: RAM besides arena
    and stack.
    """

    elf: Elf
    data: bytes  # the file
    prefix: str
    flash_bytes: int
    static_bytes: int


def build_image(
    engine: NativeEngine,
    compiler: Compiler,
    optimization: str = "-O2",
    memory: Memory = MICROCONTROLLER,
) -> Image:
    """Compiles the engine for a bare core.

    Raises EdgeqError with the compiler's first error if it refuses the code, DoesNotFitError if
    memory is too small.
    """
    kit, library = KITS.get(compiler.name, Kit()), engine.context["library"]
    check_bare(library)
    _check_arrays(engine, kit)
    with tempfile.TemporaryDirectory(prefix="edgeq-") as name:
        folder = Path(name)
        write_sources(engine, folder, memory, kit.script)
        headers = ("-isystem", str(_harness())) if kit.headers else ()
        common = [*compiler.flags, *compiler.level(optimization), *FREESTANDING, *headers]
        compile_c(
            compiler.name,
            [
                *common,
                *WARNINGS,
                *kit.dialect,
                *library_options(library),
                "-c",
                "edgeq-image.c",
                "-o",
                "engine.o",
            ],
            folder,
            optimization,
        )
        for file in kit.runtimes:
            (folder / f"{file}.o").write_bytes(_runtime(compiler.name, tuple(common), file))
        objects = ["engine.o", *(f"{file}.o" for file in kit.runtimes)]
        hosted = [word for word in common if word != FREESTANDING[0]]  # copies of words are loads
        objects += build_library(library, compiler.name, hosted, folder)
        _link(compiler, [*objects, *kit.libraries], folder)
        data = (folder / "image.elf").read_bytes()
    elf = parse_elf(data)
    _, instance = elf.symbols.get("edgeq_model", (0, 0))
    flash, statics = elf.allocated(".text", ".rodata", ".data"), elf.allocated(".data", ".bss")
    return Image(elf, data, engine.name, flash, statics + instance)


def _harness() -> Path:
    return resource_folder("firmware_templates") / "verify" / "freestanding"


@lru_cache(maxsize=64)
def _runtime(compiler: str, options: tuple[str, ...], file: str) -> bytes:
    """The object of a file of the harness, which is the same for every model."""
    with tempfile.TemporaryDirectory(prefix="edgeq-") as name:
        words = [*options, "-fno-builtin", "-c", str(_harness() / file), "-o", "runtime.o"]
        compile_c(compiler, words, Path(name))
        return (Path(name) / "runtime.o").read_bytes()


def _check_arrays(engine: NativeEngine, kit: Kit) -> None:
    for array in engine.context["arrays"]:
        if kit.largest_array is not None and array.nbytes > kit.largest_array:
            why = f"{array.note} takes {array.nbytes} bytes, an array can have {kit.largest_array}"
            raise DoesNotFitError("the model does not fit the core", why, "choose smaller layers")


def _link(compiler: Compiler, objects: Sequence[str], folder: Path) -> None:
    try:
        compile_c(
            compiler.name,
            [*compiler.flags, *objects, *LINK, "-T", "edgeq-image.ld", "-o", "image.elf"],
            folder,
        )
    except EdgeqError as error:
        if "overflowed" in error.why or "will not fit" in error.why:
            why = error.why.split("ld: ")[-1]
            raise DoesNotFitError(
                "the model does not fit the core", why, "choose a smaller model"
            ) from error
        raise


def rows_together(engine: NativeEngine, memory: Memory) -> int:
    """The most rows of the input that are fed in one call: all, or as many as lie beside the arena in
    a small memory. 0 where the input exists whole.
    """
    fed = engine.context["fed"]
    if fed is None:
        return 0
    return max(1, min(int(fed.rows), memory.ram_bytes // SHARE // int(fed.row_bytes)))


def write_sources(engine: NativeEngine, folder: Path, memory: Memory, script: str) -> None:
    """The engine, the image's source and its linker script; names with a hyphen, which no engine's
    file has.
    """
    context = {
        **engine.context,
        "rows_together": rows_together(engine, memory),
        "guard_bytes": GUARD_BYTES,
        "flash_origin": hex(memory.flash),
        "flash_bytes": memory.flash_bytes,
        "ram_origin": hex(memory.ram),
        "ram_bytes": memory.ram_bytes,
    }
    for name, text in engine.files.items():
        (folder / name).write_text(text)
    (folder / "edgeq-image.c").write_text(render("verify/image.c.j2", context))
    (folder / "edgeq-image.ld").write_text(render(f"verify/{script}", context))
