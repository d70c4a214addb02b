"""Finding and calling C compilers: those on the path, and zig from PyPI."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from edgeq.errors import EdgeqError, shown
from edgeq.verify.targets import Compiler, Target

WARNINGS = ("-std=c99", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror", "-pedantic")
COMPLAINTS = (
    r"error|undefined reference|will not fit|overflowed|relocation"  # of compilers and linkers
)
LEVELS = "-O0, -O1, -O2, -O3 or -Os"
SECONDS = 600  # a compiler that takes longer hangs


class MissingToolError(EdgeqError):
    """A tool that a target needs is not installed; the remedy names the package."""


def compiler_command(name: str) -> tuple[str, ...] | None:
    """The words that start a compiler, or None where it is not installed."""
    if name == "zig":
        return (
            (sys.executable, "-m", "ziglang", "cc") if importlib.util.find_spec("ziglang") else None
        )
    path = shutil.which(name)
    return (path,) if path else None


def choose_compiler(target: Target, wanted: str | None = None) -> Compiler:
    """The target's first installed compiler, or the one wanted, which must be one of its row.

    Raises MissingToolError where there is none.
    """
    known = [c for c in target.compilers if wanted is None or c.name == wanted]
    if not known:
        names = ", ".join(c.name for c in target.compilers)
        raise MissingToolError(
            f"target {target.name} has no compiler {wanted}",
            f"it takes {names}",
            "name one of them",
        )
    for compiler in known:
        if compiler_command(compiler.name):
            return compiler
    names = " or ".join(c.name for c in known)
    raise MissingToolError(
        f"target {target.name} has no compiler",
        f"{names} is not installed",
        f"install {wanted or target.package}",
    )


class FirmwareError(EdgeqError):
    """The generated C does not compile, faults, hangs or writes where it must not: a bug of whoever
    wrote it.
    """

    def __init__(
        self, what: str, why: str, remedy: str = "report this as a bug of edgeq with the model"
    ) -> None:
        super().__init__(what, why, remedy)


class CompileError(FirmwareError):
    """A compiler refuses the generated C; the reason is its first error."""


class CompilerOptionError(EdgeqError):
    """A compiler refuses an option that the user chose."""


def compile_c(compiler: str, arguments: Sequence[str], folder: Path, level: str = "") -> None:
    """Runs a compiler in a folder. level: the optimization that a user chose, one of the arguments,
    if any.

    Raises CompileError if it refuses the code, CompilerOptionError if it refuses `level`.
    """
    command = compiler_command(compiler)
    if command is None:
        raise MissingToolError(
            f"no C compiler {compiler}", "it is not installed", f"install {compiler}"
        )
    environment = {**os.environ, "LC_ALL": "C", "ZIG_LOCAL_CACHE_DIR": str(folder / "zig-cache")}
    try:
        done = _run([*command, *arguments], folder, environment)
    except subprocess.TimeoutExpired as error:
        raise EdgeqError(
            f"{compiler} hangs", f"no end after {SECONDS} s", "try another compiler"
        ) from error
    if done.returncode:
        if level:
            _try_level(compiler, [*command, *WARNINGS, level], folder, environment)
        why = _first_error(done.stderr) or f"exit status {done.returncode}"
        raise CompileError(f"the generated C does not compile with {compiler}", why)


def _run(
    command: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """A compiler's run in a folder, whatever its exit status; TimeoutExpired after `SECONDS`."""
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=SECONDS,
        check=False,
    )


def _try_level(
    compiler: str, command: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> None:
    """Raises CompilerOptionError where the compiler refuses even a file of one type, so its options
    are to blame.
    """
    (folder / "edgeq-level.c").write_text("typedef int edgeq_nothing;\n")
    done = _run([*command, "-c", "edgeq-level.c", "-o", "edgeq-level.o"], folder, environment)
    if done.returncode:
        what = f"{compiler} does not take {command[-1]}"
        raise CompilerOptionError(what, _first_error(done.stderr), f"use {LEVELS}")


def check_level(level: str) -> None:
    """Raises CompilerOptionError for what is no optimization level: another option would build
    something else.
    """
    if not re.fullmatch(r"-O\w{0,8}", level, re.ASCII):
        raise CompilerOptionError(
            f"optimization {shown(level)}", "no compiler has such a level", f"use {LEVELS}"
        )


def _first_error(text: str) -> str:
    return next(
        (line for line in text.splitlines() if re.search(COMPLAINTS, line, re.I)), text[:300]
    )


@lru_cache(maxsize=16)
def compiler_version(compiler: str) -> str:
    """The compiler's own name and version, such as `gcc (Debian 12.2.0-14) 12.2.0` or `zig 0.13.0,
    clang ...`.
    """
    command = compiler_command(compiler)
    if command is None:
        return compiler
    done = subprocess.run(
        [*command, "--version"], capture_output=True, text=True, errors="replace", check=False
    )
    first = next(iter(done.stdout.splitlines()), compiler).strip()
    return f"zig cc, {first}" if compiler == "zig" else first
