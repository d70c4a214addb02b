"""The generated C on this machine: built with warnings as errors and sanitizers, run on samples,
every tensor read.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from edgeq.codegen.native import NativeEngine
from edgeq.codegen.templates import render
from edgeq.opkit.libraries import Library
from edgeq.opkit.node import Values
from edgeq.verify.compare import split_bytes, written_tensors
from edgeq.verify.elf import ALLOC, is_elf, parse_elf
from edgeq.verify.library import build_library, library_options
from edgeq.verify.targets import Compiler, find_target
from edgeq.verify.toolchain import WARNINGS, FirmwareError, choose_compiler, compile_c

SANITIZERS = ("-g1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
SECONDS = 3600  # for one run of the test program


def build_host(
    folder: Path,
    compiler: str | None = None,
    sanitize: bool = True,
    optimization: str = "-O2",
    more: Sequence[str] = (),
    library: Library | None = None,
) -> Path:
    """Compiles the engine and its test program, which `write_sources` has written into `folder`;
    gives the executable.

    more: further options of the compiler. library: that the engine calls.
    Raises MissingToolError without a compiler, CompileError if the compiler refuses the code.
    """
    chosen = choose_compiler(find_target("host"), compiler)
    objects = build_library(library, chosen.name, [*chosen.flags, optimization], folder)
    flags = [*chosen.flags, *WARNINGS, optimization, *(SANITIZERS if sanitize else ()), *more]
    flags += library_options(library)
    files = ["host-main.c", *objects]
    compile_c(chosen.name, [*flags, *files, "-o", "host-main", "-lm"], folder, optimization)
    return folder / "host-main"


def write_sources(engine: NativeEngine, folder: Path, gaps: Sequence[tuple[int, int]] = ()) -> None:
    """The engine and the test program, whose name has a hyphen so that no model's file can have it.

    gaps: (offset, bytes) within the arena that no layer may touch, which the address sanitizer
    watches.
    """
    program, tensors, offsets = engine.program, engine.program.graph.tensors, engine.plan.offsets
    pipelines = program.schedule.pipelines
    pipeline_bytes, written = [0] * len(pipelines), list[dict[str, Any]]()
    for k, step in enumerate(program.steps):
        places = [{"offset": offsets[t], "nbytes": tensors[t].nbytes} for t in step.writes]
        of = next((i for i, pipeline in enumerate(pipelines) if k in pipeline.steps), None)
        written.append(
            {"tensors": places, "pipeline": of, "start": 0 if of is None else pipeline_bytes[of]}
        )
        if of is not None:
            pipeline_bytes[of] += places[0]["nbytes"]
    for name, text in engine.files.items():
        (folder / name).write_text(text)
    context = {
        **engine.context,
        "written": written,
        "pipeline_bytes": pipeline_bytes,
        "gaps": gaps,
    }
    (folder / "host-main.c").write_text(render("verify/host_main.c.j2", context))


def run_binary(binary: Path, engine: NativeEngine, inputs: Sequence[Values]) -> list[Values]:
    """What the test program reports for samples: one array [samples, *shape] for each of
    `written_tensors`.

    Raises FirmwareError with the sanitizer's first line if it fails.
    """
    samples = len(inputs[0]) if inputs else 1
    command = [str(binary), str(samples)]
    try:
        done = subprocess.run(
            command, input=interleave(inputs), capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise FirmwareError(
            "the generated C hangs on this machine", f"no end after {SECONDS} s"
        ) from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        why = next(
            (line for line in said if "error:" in line.lower()), f"exit status {done.returncode}"
        )
        raise FirmwareError("the generated C failed on this machine", why)
    return split_bytes(engine.program, done.stdout, samples)


def run_host(
    engine: NativeEngine,
    inputs: Sequence[Values],
    compiler: str | None = None,
    sanitize: bool = True,
    optimization: str = "-O2",
    more: Sequence[str] = (),
) -> dict[int, Values]:
    """Tensor index -> values [samples, *shape] of every operator's output, as the compiled C
    computed them.

    more: further options of the compiler.
    """
    with tempfile.TemporaryDirectory(prefix="edgeq-") as name:
        write_sources(engine, Path(name))
        library = engine.context["library"]
        binary = build_host(Path(name), compiler, sanitize, optimization, more, library)
        values = run_binary(binary, engine, inputs)
    return {
        written.tensor: part
        for written, part in zip(written_tensors(engine.program), values, strict=True)
    }


def interleave(inputs: Sequence[Values]) -> bytes:
    """The bytes of all samples: input 0, 1, ... of the first sample, then of the second."""
    flat = [np.ascontiguousarray(x).reshape(len(x), -1).view(np.uint8) for x in inputs]
    return np.concatenate(flat, axis=1).tobytes() if flat else b""


def host_code_bytes(engine: NativeEngine, folder: Path, compiler: Compiler) -> int | None:
    """Bytes of code for this machine at -Os, the model's constants and a vendor's library apart; None
    where object files are not ELF.

    folder: where `write_sources` has written the engine. The object is another than that of
    `build_host`, since neither sanitizers nor the test program are in firmware.
    """
    flags = [*compiler.flags, "-std=c99", "-Os", "-fno-asynchronous-unwind-tables"]
    flags += library_options(engine.context["library"])
    compile_c(compiler.name, [*flags, "-c", f"{engine.name}.c", "-o", "engine-size.o"], folder)
    data = (folder / "engine-size.o").read_bytes()
    if not is_elf(data):
        return None
    kept = (
        s
        for s in parse_elf(data).sections
        if s.flags & ALLOC and not s.name.startswith((".note", ".eh_frame"))
    )
    return sum(s.size for s in kept) - engine.model_bytes
