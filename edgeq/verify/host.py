"""The generated C on this machine: built with warnings as errors and sanitizers, run on samples, every tensor read."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from edgeq.codegen.native import NativeEngine
from edgeq.codegen.templates import render
from edgeq.errors import EdgeqError
from edgeq.graph import DTYPES
from edgeq.opkit.contract import Values

WARNINGS = ("-std=c99", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror", "-pedantic")
SANITIZERS = ("-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
COMPILERS = ("gcc", "clang", "cc")


def find_compiler(wanted: str | None = None) -> str:
    """The C compiler to use: `wanted`, or the first of gcc, clang and cc. Raises EdgeqError where there is none."""
    for name in (wanted,) if wanted else COMPILERS:
        if path := shutil.which(name):
            return path
    raise EdgeqError(
        f"no C compiler {wanted or 'gcc or clang'}", "target host compiles the generated C", "install gcc or clang"
    )


def build_host(engine: NativeEngine, folder: Path, compiler: str | None = None, sanitize: bool = True,
               optimization: str = "-O2") -> Path:  # fmt: skip
    """Writes the engine and its test program into `folder` and compiles them; gives the executable.

    Raises EdgeqError with the compiler's first line if it refuses the code.
    """
    for name, text in engine.files.items():
        (folder / name).write_text(text)
    (folder / "host_main.c").write_text(render("verify/host_main.c.j2", engine.context))
    binary = folder / "host_main"
    flags = [*WARNINGS, optimization, *(SANITIZERS if sanitize else ())]
    command = [find_compiler(compiler), *flags, "host_main.c", "-o", binary.name, "-lm"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        first = next((line for line in done.stderr.splitlines() if "error" in line), done.stderr[:300])
        raise EdgeqError("the generated C does not compile", first, "report this as a bug of edgeq with the model")
    return binary


def run_host(engine: NativeEngine, inputs: Sequence[Values], compiler: str | None = None, sanitize: bool = True,
             optimization: str = "-O2") -> dict[int, Values]:  # fmt: skip
    """Tensor index -> values [samples, *shape] of every operator's output, as the compiled C computed them."""
    with tempfile.TemporaryDirectory(prefix="edgeq-") as name:
        binary = build_host(engine, Path(name), compiler, sanitize, optimization)
        data = interleave(inputs)
        done = subprocess.run([binary], input=data, capture_output=True, check=False)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        why = next((line for line in said if "error" in line), f"exit status {done.returncode}")
        raise EdgeqError("the generated C failed on this machine", why, "report this as a bug of edgeq with the model")
    return split_trace(engine, done.stdout, len(inputs[0]) if inputs else 1)


def interleave(inputs: Sequence[Values]) -> bytes:
    """The bytes of all samples: input 0, 1, ... of the first sample, then of the second."""
    flat = [np.ascontiguousarray(x).reshape(len(x), -1).view(np.uint8) for x in inputs]
    return np.concatenate(flat, axis=1).tobytes()


def split_trace(engine: NativeEngine, trace: bytes, samples: int) -> dict[int, Values]:
    """Undoes the order in which the test programs write: per sample every layer's output, then the model's outputs."""
    graph = engine.program.graph
    written = [t for step in engine.program.steps for t in step.writes] + list(graph.outputs)
    sizes = [graph.tensors[t].nbytes for t in written]
    if len(trace) != samples * sum(sizes):
        raise EdgeqError(
            f"{len(trace)} bytes came back", f"{samples * sum(sizes)} were expected", "report this as a bug of edgeq"
        )
    table = np.frombuffer(trace, np.uint8).reshape(samples, sum(sizes))
    values, at = dict[int, Values](), 0
    for t, size in zip(written, sizes, strict=True):
        tensor = graph.tensors[t]
        part = np.ascontiguousarray(table[:, at : at + size]).view(DTYPES[tensor.dtype])
        values[t] = part.reshape(samples, *tensor.shape)
        at += size
    return values
