"""The sources of a vendor's library, compiled beside the generated C that calls it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from edgeq.errors import EdgeqError, shown
from edgeq.opkit.libraries import Library
from edgeq.verify.toolchain import MissingToolError, compile_c

TOGETHER = 2  # compilers that run at a time


@dataclass(frozen=True)
class Sources:
    """Where a library's tree has what is compiled. headers: folders of headers; files: patterns of C
    files, some of which must be there; options: of the compiler, for them and for what includes them;
    bare: whether they do without a C library.
    """

    headers: tuple[str, ...]
    files: tuple[str, ...]
    options: tuple[str, ...] = ()
    bare: bool = False


SOURCES: Mapping[str, Sources] = {
    "esp-nn": Sources(
        ("include", "src/common"),
        ("src/*/*_ansi.c", "src/*/*_opt.c"),
        ("-DCONFIG_NN_OPTIMIZED",),
    ),
    "cmsis-nn": Sources(
        ("Include",),
        (
            "Source/*/arm_*s8*.c",
            "Source/*/arm_nntables.c",
            "Source/*/arm_nn_activation_s16.c",
            "Source/*/arm_elementwise_mul_*s16.c",
            "Source/*/arm_q7_to_q15_with_offset.c",
        ),
        bare=True,
    ),
}


def library_tree(library: Library) -> Path:
    """The folder of a library's sources that its environment variable names. Raises EdgeqError where
    it names none, or one without these sources.
    """
    named = os.environ.get(library.tree, "")
    if not named:
        raise EdgeqError(
            f"--kernels {library.name} on this machine",
            f"the sources of {library.title} are not part of edgeq",
            f"set {library.tree} to a folder with them",
        )
    tree = Path(named).absolute()
    if not _files(tree, SOURCES[library.name]):
        raise EdgeqError(
            f"{library.tree}={shown(named)}",
            f"it has no {SOURCES[library.name].files[0]}",
            f"name the folder of {library.title}'s sources",
        )
    return tree


def check_tree(library: Library | None) -> None:
    """Raises what `library_tree` raises for a library; nothing is wrong with None."""
    if library is not None:
        library_tree(library)


def _files(tree: Path, sources: Sources) -> list[Path]:
    return sorted(path for pattern in sources.files for path in tree.glob(pattern))


def check_bare(library: Library | None) -> None:
    """Raises MissingToolError for a library that cannot be compiled for a core without a C library."""
    if library is not None and not SOURCES[library.name].bare:
        what = f"--kernels {library.name} on an emulated core"
        raise MissingToolError(what, "its sources need a C library", "take the target host")


def library_options(library: Library | None) -> list[str]:
    """What a compiler needs to read the headers of a library; nothing for None."""
    if library is None:
        return []
    sources, tree = SOURCES[library.name], library_tree(library)
    places = [word for place in sources.headers for word in ("-isystem", str(tree / place))]
    return [*places, *sources.options]


def build_library(
    library: Library | None, compiler: str, options: Sequence[str], folder: Path
) -> list[str]:
    """Compiles a library, and gives its object files in `folder`; none for None. options: of the
    compiler; warnings are the vendor's own affair.
    """
    if library is None:
        return []
    common = [*options, "-w", *library_options(library), "-c"]

    def compiled(number: int, file: Path) -> str:
        compile_c(compiler, [*common, str(file), "-o", f"library-{number}.o"], folder)
        return f"library-{number}.o"

    files = _files(library_tree(library), SOURCES[library.name])
    with ThreadPoolExecutor(TOGETHER) as pool:
        return list(pool.map(compiled, range(len(files)), files))
