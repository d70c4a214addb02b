"""Generated projects of one small model, and what they say when they run."""

from __future__ import annotations

import re
from pathlib import Path

from codegen.building import STUBS, run
from codegen.small_models import classifier, identity
from ops.harness import quantized

from edgeq.codegen.generate import generate
from edgeq.graph import Model

LABELS = ("cat", 'dog "rex"??/', "naïve\n%s%n")
COPY = identity(quantized("x", (1, 3)))
PASS = re.compile(
    r"\nEDGEQ SELFTEST BEGIN model ([0-9a-f]{16} vectors [0-9a-f]{16} count 3)\n"
    r"(?:EDGEQ SELFTEST VECTOR [123] same\n){3}EDGEQ SELFTEST END model \1 different 0\n"
)
OUTPUT = re.compile(
    r'cat: (-?[0-9.]+)\ndog "rex"\?\?/: (-?[0-9.]+)\nnaïve\n%s%n: (-?[0-9.]+)\n[0-9.]+ us per inference'
)


def project(
    folder: Path,
    framework: str,
    engine: str = "native",
    board: str | None = None,
    model: Model | None = None,
) -> Path:
    """A project of a model with three outputs, a classifier by default, with labels and three
    self-test vectors.
    """
    generate(
        model or classifier(),
        folder / "p",
        framework=framework,
        engine=engine,
        board=board,
        name="tiny",
        labels=LABELS,
        selftest=3,
    )
    return folder / "p"


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def run_sketch(
    folder: Path, sources: Path, sketch: Path, libraries: Path = STUBS, stdin: str = ""
) -> str:
    """Compiles sources and sketch as Arduino's tools do (gnu11, gnu++11) and runs the result on
    this machine, where the serial port gives it `stdin`. libraries: a folder of headers that the
    sketch includes.
    """
    for source in sorted(sources.glob("*.c")):
        run(
            "gcc",
            "-std=gnu11",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-c",
            source,
            "-o",
            source.with_suffix(".o"),
            cwd=folder,
        )
    flags = (
        "-std=gnu++11",
        "-Wall",
        "-Wextra",
        "-Wshadow",
        "-Werror",
        f'-DSKETCH="{sketch}"',
        f"-I{libraries}",
        f"-I{STUBS}",
        f"-I{STUBS / 'sensors'}",
    )
    objects = sorted(sources.glob("*.o"))
    run(
        "g++",
        *flags,
        f"-I{sources}",
        STUBS / "sketch.cpp",
        *objects,
        "-o",
        "sketch",
        "-lm",
        cwd=folder,
    )
    return run("./sketch", cwd=folder, stdin=stdin.encode()).decode()
