"""Builds generated projects with the real Pico SDK, ESP-IDF or Zephyr, which the tests stand stubs
in for, and runs those that are for this machine, and of the Pico's in rp2040js.

python tools/real_projects.py MODEL.tflite [--pico-sdk TREE] [--esp-idf TREE] [--zephyr TREE]

ESP-IDF needs the Python of its own environment (--idf-python), Zephyr needs west. rp2040js needs
node, its npm package (--rp2040js) and the boot ROM in demo/bootrom.ts of its sources (--bootrom).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rp2040_runs import LINES, Emulator, feed_windows, powered, verify_on

import edgeq

PASSED = " different 0\n"
"""What the last line of a self-test's report ends with."""


@dataclass(frozen=True)
class Build:
    """A project and how it is built: commands in `folder` of it, with TREE and PYTHON replaced.

    replaced: old and new text of a file, as the path of that file below `folder`, old, new.
    program: what runs on this machine, below `folder`; None for a board's.
    flash: what an emulated RP2040 runs, below `folder`.
    wire, sensor: of the program, as `generate` takes them.
    """

    framework: str
    board: str | None
    folder: str
    variable: str
    commands: tuple[str, ...]
    program: str | None = None
    replaced: tuple[str, str, str] | None = None
    flash: str | None = None
    wire: bool = False
    sensor: str | None = None


PICO = (
    "cmake -B build -DPICO_SDK_PATH=TREE -DPICO_NO_PICOTOOL=1",
    "cmake --build build",
)
IDF = (
    "cmake -B build -DIDF_TARGET=linux -DCOMPONENTS=main -DPYTHON=PYTHON "
    "-DPYTHON_DEPS_CHECKED=1 -DESP_PLATFORM=1",
    "cmake --build build",
)
FOR_LINUX = ("sdkconfig.defaults", '"esp32"', '"linux"')
FLASH = "build/real_firmware.bin"
BUILDS = {
    "pico_sdk": (
        *(
            Build("pico", "pico", ".", "PICO_SDK_PATH", PICO, flash=FLASH, **program)
            for program in ({}, {"wire": True}, {"sensor": "serial"})
        ),
        *(
            Build("pico", board, ".", "PICO_SDK_PATH", PICO)
            for board in ("pico-w", "pico-2", "pico-2-w", "nano-rp2040-connect")
        ),
    ),
    "esp_idf": (
        Build("espidf", None, ".", "IDF_PATH", IDF, "build/real_firmware.elf", FOR_LINUX),
        Build(
            "espidf-component",
            None,
            "edgeq_real/examples/real_demo",
            "IDF_PATH",
            IDF,
            "build/real_demo.elf",
            FOR_LINUX,
        ),
    ),
    "zephyr": (
        Build(
            "zephyr",
            None,
            "edgeq_real/samples/real_demo",
            "ZEPHYR_BASE",
            ("west build -b native_sim .",),
            "build/zephyr/zephyr.exe",
        ),
    ),
}
"""Option of the command line -> the projects that are built with the tree it gives."""


def main(arguments: Sequence[str]) -> int:
    """0 if every project that was asked for builds, and passes its self-test where it runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    for option in BUILDS:
        parser.add_argument(f"--{option.replace('_', '-')}", type=Path)
    parser.add_argument("--idf-python", default=sys.executable)
    parser.add_argument("--rp2040js", type=Path)
    parser.add_argument("--bootrom", type=Path)
    parser.add_argument("--data", help="what --wire is fed, else random inputs")
    parser.add_argument("--board", help="build for this one alone")
    options = parser.parse_args(arguments)
    if (options.rp2040js is None) != (options.bootrom is None):
        parser.error("--rp2040js and --bootrom belong together")
    emulator = options.rp2040js and Emulator(options.rp2040js, options.bootrom)
    fed = ("--data", options.data) if options.data else ("--random", "20")
    failed = 0
    for option, builds in BUILDS.items():
        tree = getattr(options, option)
        for build in builds if tree is not None else ():
            if options.board not in (None, build.board):
                continue
            print(build.framework, build.board or "", build.sensor or "wire" * build.wire)
            with tempfile.TemporaryDirectory() as place:
                said = try_build(build, options.model, tree.resolve(), options.idf_python, place)
                if not said and build.flash and emulator:
                    flash = Path(place) / build.folder / build.flash
                    said = run_emulated(build, options.model, flash, emulator, fed)
            print(f"    {said or 'passed'}")
            failed += bool(said)
    return 1 if failed else 0


def try_build(build: Build, model: Path, tree: Path, python: str, place: str) -> str:
    """Generates, builds and runs a project in the folder `place`; what went wrong, or nothing."""
    edgeq.generate(
        model,
        place,
        framework=build.framework,
        board=build.board,
        name="real",
        selftest=0 if build.wire else 3,
        wire=build.wire,
        sensor=build.sensor,
    )
    folder = Path(place) / build.folder
    if build.replaced is not None:
        name, old, new = build.replaced
        path = folder / name
        path.write_text(path.read_text().replace(old, new))
    environment = {**os.environ, build.variable: str(tree), "IDF_COMPONENT_MANAGER": "0"}
    for command in build.commands:
        words = command.replace("TREE", str(tree)).replace("=PYTHON ", f"={python} ").split()
        done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True)
        if done.returncode != 0:
            return f"{command}\n{(done.stdout + done.stderr)[-2000:]}"
    return "" if build.program is None else run(folder / build.program)


def run_emulated(
    build: Build, model: Path, flash: Path, emulator: Emulator, fed: tuple[str, ...]
) -> str:
    """Runs a Pico's program, once for each of the board's lines; what went wrong, or nothing."""
    for line in LINES:
        print(f"    rp2040js, {line}")
        with powered(emulator, flash, line) as port:
            if build.sensor is not None:
                said = feed_windows(port, model, flash.parent)
            else:
                options = (*fed, "--limit", "20", "--tensors") if build.wire else ()
                said = verify_on(port, model, options)
        if said:
            return said
    return ""


def run(program: Path) -> str:
    """Runs a program that does not end for five seconds; what it said if its self-test did not
    pass, or nothing.
    """
    try:
        done = subprocess.run([program], capture_output=True, timeout=5)
        said = done.stdout
    except subprocess.TimeoutExpired as stopped:
        said = stopped.stdout or b""
    text = said.decode(errors="replace")
    return "" if PASSED in text else f"the self-test did not pass:\n{text[-2000:]}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
