"""Which file of C each kernel and header comes from: edgeq's own, or one that stands in for it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from edgeq.errors import EdgeqError, shown
from edgeq.files import read_bytes
from edgeq.opkit.instruction_sets import native_folder

INCLUDE = re.compile(r'#include "([a-z0-9_/]+\.[ch])"')
MAX_KERNEL_BYTES = 1 << 20  # of a file that stands in for one of edgeq's


@dataclass(frozen=True)
class KernelFiles:
    """The texts of kernels and headers by their names below `firmware_templates/native/`, such as
    `elementwise/sum.c`.

    names: a file's name without its folder -> its name.
    replacements: name -> the file that stands in for edgeq's, or for the kernel of one function.
    """

    folder: Path
    names: Mapping[str, str]
    replacements: Mapping[str, Path]

    def text(self, name: str) -> str:
        """Raises EdgeqError where a replacement cannot be read or is no text."""
        if name in self.replacements:
            return _replacement_text(self.replacements[name])
        return _own_text(self.folder / name)

    def included(self, line: str) -> str:
        """The file that a line includes, with its folder or without; empty where it is none of them."""
        found = INCLUDE.fullmatch(line)
        if found is None:
            return ""
        name = self.names.get(found[1], found[1])
        return name if name in self.replacements or _is_own(self.folder / name) else ""

    def kernel(self, source: str, function: str) -> str:
        """The file that a function is rendered from: the replacement of that function alone, else
        the source.
        """
        name = self.names[source]
        alone = beside(name, function)
        return alone if alone in self.replacements else name


def kernel_files(calls: Collection[tuple[str, str]], replacements: Path | None) -> KernelFiles:
    """The files for calls of kernels, (file's name without its folder, function) each.

    Raises EdgeqError where there is no such folder of replacements.
    """
    folder = native_folder()
    names = _own_names(folder)
    alone = [beside(names[source], function) for source, function in calls]
    known = {**{Path(name).name: name for name in alone}, **names}
    return KernelFiles(folder, names, _found(replacements, known) if replacements else {})


@cache  # edgeq's own files, which are read many times, stay what they are
def _own_names(folder: Path) -> Mapping[str, str]:
    return {path.name: f"{path.parent.name}/{path.name}" for path in folder.glob("*/*.[ch]")}


@cache
def _own_text(path: Path) -> str:
    return path.read_text()


@cache
def _is_own(path: Path) -> bool:
    return path.is_file()


@cache
def beside(name: str, function: str) -> str:
    """The name of a file for one function of a kernel: `elementwise/sum_s8.c` for `edgeq_sum_s8` of
    `elementwise/sum.c`.
    """
    return Path(name).with_name(f"{function.removeprefix('edgeq_')}.c").as_posix()


def _found(folder: Path, known: Mapping[str, str]) -> dict[str, Path]:
    """The files of a folder by the names of those that they stand in for."""
    if not folder.is_dir():
        raise EdgeqError(
            f"--kernels {folder}", "there is no such folder", "give a folder of C files"
        )
    paths = [path for depth in ("", "*/", "*/*/") for path in folder.glob(f"{depth}*.[ch]")]
    below = {path: path.relative_to(folder).as_posix() for path in paths}
    return {known.get(name, name): path for path, name in below.items()}


def check_used(folder: Path, files: KernelFiles, used: Collection[str]) -> None:
    """Raises EdgeqError where no file of a folder of replacements is used."""
    if not set(used) & set(files.replacements):
        common = ", ".join(sorted(name for name in used if not name.startswith("arch/")))
        why = f"it has none of the files that the model uses: {common}, and pieces in arch/"
        remedy = "give a folder with kernels named like edgeq's"
        raise EdgeqError(f"--kernels {shown(folder)}", why, remedy)


def _replacement_text(path: Path) -> str:
    try:
        return read_bytes(path, "kernel", MAX_KERNEL_BYTES).decode()
    except UnicodeDecodeError as error:
        raise EdgeqError(f"kernel {path}", f"it is no text: {error}", "save it as UTF-8") from error
