"""Builds generated projects with the real Pico SDK, ESP-IDF or Zephyr, which the tests stand stubs
in for, and runs those that are for this machine.

python tools/real_projects.py MODEL.tflite [--pico-sdk TREE] [--esp-idf TREE] [--zephyr TREE]

ESP-IDF needs the Python of its own environment (--idf-python), Zephyr needs west.
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

import edgeq

PASSED = " different 0\n"
"""What the last line of a self-test's report ends with."""


@dataclass(frozen=True)
class Build:
    """A project and how it is built: commands in `folder` of it, with TREE and PYTHON replaced.

    replaced: old and new text of a file, as the path of that file below `folder`, old, new.
    program: what runs on this machine, below `folder`; None for a board's.
    """

    framework: str
    board: str | None
    folder: str
    variable: str
    commands: tuple[str, ...]
    program: str | None = None
    replaced: tuple[str, str, str] | None = None


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
BUILDS = {
    "pico_sdk": tuple(
        Build("pico", board, ".", "PICO_SDK_PATH", PICO)
        for board in ("pico", "pico-w", "pico-2", "pico-2-w", "nano-rp2040-connect")
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
    options = parser.parse_args(arguments)
    failed = 0
    for option, builds in BUILDS.items():
        tree = getattr(options, option)
        for build in builds if tree is not None else ():
            with tempfile.TemporaryDirectory() as place:
                said = try_build(build, options.model, tree.resolve(), options.idf_python, place)
            print(f"{build.framework} {build.board or ''}: {said or 'passed'}")
            failed += bool(said)
    return 1 if failed else 0


def try_build(build: Build, model: Path, tree: Path, python: str, place: str) -> str:
    """Generates, builds and runs a project in the folder `place`; what went wrong, or nothing."""
    edgeq.generate(
        model, place, framework=build.framework, board=build.board, name="real", selftest=3
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
