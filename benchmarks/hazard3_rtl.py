"""Cycles by the rules of Hazard3 against its RTL under Verilator: the table of docs/cycles.md.

python benchmarks/hazard3_rtl.py HAZARD3_TREE MODEL.tflite ...

HAZARD3_TREE: a clone of https://github.com/Wren6991/Hazard3. Needs verilator and a C++ compiler. The firmware is built
for rv32imc, prepared by the emulator, and run on both from the same memory; its outputs must be equal.
"""

from __future__ import annotations

import argparse
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from edgeq.cleanup import cleaned
from edgeq.codegen.native import render_native
from edgeq.simulate.execute import random_inputs
from edgeq.verify.emulated import Core
from edgeq.verify.emulators import EmulatedMachine
from edgeq.verify.image import Image, build_image
from edgeq.verify.memory import GUARD_BYTES
from edgeq.verify.targets import Compiler, find_target
from edgeq.verify.timed import Timed

RTL = Path(__file__).parent / "rtl"
START, MARKS, RAM_BYTES, FLASH_BYTES = 0x1000, 0xF0000000, 1 << 20, 2 << 20
SP, S0, T0, A0 = 2, 8, 5, 10
TARGET = find_target("rv32imc")
QUEUE = ("fifo_mem", "fifo_err", "fifo_predbranch", "fifo_valid_hw")
"""Arrays of the fetch queue, whose last place is not a register but what memory answers. Verilator 5.006 loses that
place where it moves the queue on, so that words vanish; its index is made one that exists, for the queue has two
places, and behind the second nothing is valid.
"""


def declares(line: str) -> bool:
    """Whether a line declares one of the arrays."""
    return any(f" {name} " in line for name in QUEUE) and line.endswith("[0:FIFO_DEPTH];")


def mend_queue(frontend: Path) -> None:
    """Takes the last place out of the arrays of the fetch queue."""
    text = frontend.read_text()
    lines = [
        line.replace("[0:FIFO_DEPTH]", "[0:FIFO_DEPTH-1]") if declares(line) else line
        for line in text.split("\n")
        if not any(line.strip().startswith(f"{name}[FIFO_DEPTH] = ") for name in QUEUE)
    ]
    text = "\n".join(lines)
    first = "for (i = 0; i < FIFO_DEPTH; i = i + 1) begin\n\t\tfifo_valid[i] ="
    text = text.replace(first, f"fifo_valid[FIFO_DEPTH] = 1'b0;\n\t{first}")
    for name in QUEUE:
        text = text.replace(f"{name}[i + 1]", f"{name}[FIFO_DEPTH - 1]")
    frontend.write_text(text)


def build_rtl(tree: Path, folder: Path) -> Path:
    """The core as a program of this machine."""
    shutil.copytree(tree / "hdl", folder / "hdl")
    mend_queue(folder / "hdl" / "hazard3_frontend.v")
    files = sorted((folder / "hdl").glob("*.v")) + sorted((folder / "hdl" / "arith").glob("*.v"))
    command = [
        "verilator",
        "-Wno-fatal",
        "-Wno-lint",
        "-Wno-style",
        "-O3",
        "--cc",
        "--exe",
        "--build",
    ]
    places = [f"-I{folder / 'hdl'}", "--top-module", "hazard3", "--Mdir", str(folder / "made")]
    sources = [str(RTL / "hazard3.v"), *map(str, files), str(RTL / "hazard3.cpp")]
    subprocess.run(
        [*command, *places, *sources, "-CFLAGS", "-O2", "-o", "core"],
        check=True,
        capture_output=True,
    )
    return folder / "made" / "core"


def load_constant(register: int, value: int) -> bytes:
    """lui and addi."""
    low = (value & 0xFFF ^ 0x800) - 0x800
    high = (value - low) & 0xFFFFF000
    add = (low & 0xFFF) << 20 | register << 15 | register << 7 | 0x13
    return struct.pack("<II", high | register << 7 | 0x37, add)


def start(function: int, stack: int, argument: int) -> bytes:
    """A program that calls a function between writes to the two marks."""
    begin, end = ((at << 7) | 0x2023 | S0 << 15 for at in (0, 4))
    call = T0 << 15 | 1 << 7 | 0x67
    constants = {A0: argument, SP: stack, S0: MARKS, T0: function}
    return b"".join(load_constant(*of) for of in constants.items()) + struct.pack(
        "<IIII", begin, call, end, 0x6F
    )


def run_rtl(program: Path, machine: EmulatedMachine, image: Image) -> tuple[int, bytes]:
    """Cycles of an inference on what the machine's memory holds, and the RAM behind it."""
    memory, symbol = TARGET.memory, image.elf.symbol
    stack = memory.stack + memory.stack_bytes
    pieces = {
        START: start(symbol(f"{image.prefix}_invoke"), stack, symbol("edgeq_model")).ljust(
            256, b"\0"
        ),
        memory.stack: machine.read(memory.stack, memory.stack_bytes),
        memory.flash: machine.read(memory.flash, FLASH_BYTES),
        memory.ram: machine.read(memory.ram, RAM_BYTES),
    }
    before, after = program.with_name("before"), program.with_name("after")
    before.write_bytes(
        b"".join(struct.pack("<II", at, len(data)) + data for at, data in pieces.items())
    )
    done = subprocess.run([program, before, after], check=True, capture_output=True, text=True)
    return int(done.stdout), after.read_bytes()[-RAM_BYTES:]


def compare(program: Path, path: Path, compiler: Compiler) -> str:
    """A row of the table. Raises ValueError where outputs differ."""
    model = cleaned(path)
    engine = render_native(model, "m")
    image = build_image(engine, compiler)
    core = Core(TARGET, image, engine, timed=Timed("hazard3"))
    inputs = random_inputs(model.main, 1, 0)
    run = core.run(inputs)
    arena = image.elf.symbol("edgeq_memory") + GUARD_BYTES
    places = engine.plan.offsets
    given = {
        t: core.machine.read(arena + places[t], model.main.tensors[t].nbytes)
        for t in model.main.outputs
    }
    for t, x in zip(model.main.inputs, inputs, strict=True):
        core.machine.write(arena + places[t], np.ascontiguousarray(x[0]).tobytes())
    cycles, ram = run_rtl(program, core.machine, image)
    for t, data in given.items():
        if ram[arena + places[t] - TARGET.memory.ram :][: len(data)] != data:
            raise ValueError(f"{path.stem}: the RTL's outputs differ")
    computed = run.causes[0].total()
    names = (path.stem, compiler.name.split("-")[-1], f"{run.instructions[0]:,}")
    return f"| {' | '.join(names)} | {cycles:,} | {computed:,} | {computed / cycles:.4f} |"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tree", type=Path)
    parser.add_argument("models", type=Path, nargs="+")
    options = parser.parse_args(arguments)
    print("| model | compiler | instructions | RTL | computed | computed / RTL |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        program = build_rtl(options.tree, Path(folder))
        for path in options.models:
            for compiler in TARGET.compilers:
                print(compare(program, path, compiler), flush=True)


if __name__ == "__main__":
    main()
