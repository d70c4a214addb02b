"""QEMU as a process: started halted with an image and the plugin that counts instructions."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path

import numpy as np

from edgeq.resources import resource_folder
from edgeq.verify.counter import COMPILERS
from edgeq.verify.image import Image
from edgeq.verify.qemu_boards import BOARDS
from edgeq.verify.targets import Target
from edgeq.verify.toolchain import MissingToolError, compile_c, compiler_command

BLOCK = np.dtype([("address", "<u4"), ("size", "<u4"), ("count", "<u8"), ("fell", "<u8")])
"""`edgeq_block` of qemu_counter.c."""
PLACES = 8192  # BLOCKS there
COUNTS_BYTES = 8 + PLACES * BLOCK.itemsize


def start(
    target: Target, image: Image, end: int, folder: Path, link: socket.socket
) -> subprocess.Popen[bytes]:
    """QEMU, halted before its first instruction, with the image loaded."""
    board = BOARDS[target.machine]
    program = qemu_program(target)
    (folder / "image.elf").write_bytes(image.data)
    (folder / "count").write_bytes(bytes(COUNTS_BYTES))
    plugin = f"{_build_plugin(program, folder)},state={folder / 'count'},base={target.memory.flash:#x},end={end:#x}"
    command = [
        program,
        *board.options,
        "-display",
        "none",
        "-monitor",
        "none",
        "-serial",
        "none",
        "-nodefaults",
        "-S",
        "-device",
        f"loader,file={folder / 'image.elf'},cpu-num=0",
        "-plugin",
        plugin,
        "-chardev",
        f"socket,id=gdb,fd={link.fileno()}",
        "-gdb",
        "chardev:gdb",
    ]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            command, pass_fds=[link.fileno()], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )


def start_failure(
    target: Target, process: subprocess.Popen[bytes], folder: Path
) -> MissingToolError | None:
    """Why QEMU ended before it ran anything, such as one built without plugins; None if it still
    runs.
    """
    try:
        process.wait(1)
    except subprocess.TimeoutExpired:
        return None
    said = (folder / "log").read_text(
        errors="replace"
    ).strip() or f"exit status {process.returncode}"
    return MissingToolError(
        f"target {target.name} has no emulator",
        f"QEMU does not start: {said[:300]}",
        f"install {target.package} of a QEMU built with plugins",
    )


def stop(
    process: subprocess.Popen[bytes], link: socket.socket, folder: tempfile.TemporaryDirectory[str]
) -> None:
    """Ends QEMU and removes what it was started with."""
    process.kill()
    process.wait()
    link.close()
    folder.cleanup()


def _build_plugin(program: str, folder: Path) -> Path:
    """The counter as a plugin of this QEMU. Raises MissingToolError where nothing compiles C here."""
    compiler = next((name for name in COMPILERS if compiler_command(name)), None)
    if compiler is None:
        raise MissingToolError(
            "no C compiler", "counting instructions needs one", "pip install edgeq[emulate]"
        )
    shutil.copy(
        resource_folder("firmware_templates") / "verify" / "qemu_counter.c", folder / "counter.c"
    )
    found = re.search(r"version (\d+)", _version(program))
    version = 2 if found and int(found[1]) >= 9 else 1
    flags = ["-O2", "-shared", "-fPIC", f"-DEDGEQ_PLUGIN_VERSION={version}"]
    compile_c(compiler, [*flags, "counter.c", "-o", "counter.so"], folder)
    return folder / "counter.so"


def qemu_program(target: Target) -> str:
    """QEMU's path. Raises MissingToolError where it is not installed."""
    name = BOARDS[target.machine].program
    path = shutil.which(name)
    if path is None:
        raise MissingToolError(
            f"target {target.name} has no emulator",
            f"{name} is not installed",
            f"install {target.package}",
        )
    return path


@lru_cache(maxsize=8)
def _version(program: str) -> str:
    done = subprocess.run(
        [program, "--version"], capture_output=True, text=True, errors="replace", check=False
    )
    return next(iter(done.stdout.splitlines()), program).strip()


def qemu_version(target: Target) -> str:
    """QEMU's own name and version. Raises MissingToolError where it is not installed."""
    return f"{_version(qemu_program(target))}, {target.machine}"
