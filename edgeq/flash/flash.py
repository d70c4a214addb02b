"""Flashing a generated project by the ecosystem's own tool, or saying what to type."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from edgeq.boards import find_board
from edgeq.codegen.manifest import ProjectFacts, read_facts
from edgeq.errors import EdgeqError
from edgeq.flash.result import FlashResult
from edgeq.flash.tools import FlashTool, commands_of, flash_tools

SECONDS = 1800.0
"""What one command may take; a first build of ESP-IDF takes minutes."""

PORT = re.compile(r"/dev(/[A-Za-z0-9_][A-Za-z0-9_.:+-]*){1,4}|COM[1-9][0-9]{0,2}", re.ASCII)
"""Serial ports as systems call them, such as /dev/ttyACM0, /dev/serial/by-id/... and COM3."""

IMAGE = re.compile(r"[^\x00-\x1f\x7f{}\\]+")
"""Paths that OpenOCD's language takes as they are between braces."""


def flash(
    folder: str | Path, *, port: str | None = None, image: str | Path | None = None
) -> FlashResult:
    """Builds and flashes the project in a folder by the first tool of its framework that is
    installed; runs nothing where none is, and gives the commands of the usual one.

    What the tools say goes to standard error. They are started without a shell.

    folder: of a project that `generate` wrote; its manifest names framework and board.
    port: the board's serial port. image: the program to flash, for a project whose library is
        linked into firmware elsewhere.

    Raises EdgeqError for a folder without manifest, a framework whose projects are not flashed by
    themselves, a board that is not known, a port or image that does not fit, and a tool that fails.
    """
    place = Path(folder)
    facts = read_facts(place)
    tools = flash_tools(facts.framework)
    if not tools:
        raise EdgeqError(
            f"framework {facts.framework}",
            "its sources are part of a project of yours",
            "flash that project by its own tool",
        )
    values = _values(facts, port, image)
    tool = next((one for one in tools if _usable(one, place, values)), tools[0])
    _check_options(tool, port, image)
    commands = commands_of(tool, values)
    missing = _missing(tool)
    inside = place / tool.folder.format_map(values)
    result = FlashResult(
        "printed" if missing else "done",
        commands[-1],
        commands,
        str(inside),
        tool.package,
        missing,
    )
    if not missing:
        for command in commands:
            _run(command, inside)
    return result


def _values(facts: ProjectFacts, port: str | None, image: str | Path | None) -> dict[str, str]:
    """The values of the names in a tool's arguments."""
    values = {"prefix": facts.name}
    if facts.board is not None:
        entry = find_board(facts.board).framework(facts.framework)
        fields = entry.fields if entry is not None else {}
        values |= {name: text for name, text in fields.items() if isinstance(text, str)}
    if port is not None:
        if not PORT.fullmatch(port):
            why = "it is no name of a serial port"
            raise EdgeqError(f"--port {port}", why, "give one such as /dev/ttyACM0 or COM3")
        values["port"] = port
    if image is not None:
        path = Path(image)
        if not path.is_file():
            raise EdgeqError(f"--image {path}", "there is no such file", "build the firmware first")
        values["image"] = path.absolute().as_posix()
        if not IMAGE.fullmatch(values["image"]):
            why = "its path has braces, backslashes or control characters"
            raise EdgeqError(f"--image {path}", why, "rename it")
    return values


def _check_options(tool: FlashTool, port: str | None, image: str | Path | None) -> None:
    """Raises EdgeqError for a port or image that the tool needs or does not take."""
    if port is None and tool.port == "required":
        why = f"{tool.steps[-1][0]} uploads to a serial port"
        raise EdgeqError("no --port", why, "give it, such as --port /dev/ttyACM0")
    if port is not None and tool.port == "none":
        why = f"{tool.steps[-1][0]} finds the board without a port"
        raise EdgeqError(f"--port {port}", why, "leave it out")
    if image is None and tool.takes_image:
        why = "the project makes a library, which your firmware links"
        raise EdgeqError("no --image", why, "give the file of that firmware, such as .elf or .hex")
    if image is not None and not tool.takes_image:
        why = "the project builds its own program"
        raise EdgeqError(f"--image {image}", why, "leave it out")


def _usable(tool: FlashTool, place: Path, values: dict[str, str]) -> bool:
    """Whether a tool is installed, and the file that it needs is there."""
    inside = place / tool.folder.format_map(values)
    return not _missing(tool) and (tool.needs is None or (inside / tool.needs).is_file())


def _missing(tool: FlashTool) -> tuple[str, ...]:
    """The programs of a tool's commands that are not installed."""
    programs = dict.fromkeys(str(step[0]) for step in tool.steps)
    return tuple(program for program in programs if shutil.which(program) is None)


def _run(command: Sequence[str], folder: Path) -> None:
    """Runs a command in a folder. Raises EdgeqError where it fails or takes too long."""
    program = shutil.which(command[0])
    assert program is not None  # it was looked for before
    remedy = f"its messages are above; in {folder}, type {' '.join(command)}"
    try:
        done = subprocess.run(
            [str(Path(program).absolute()), *command[1:]],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise EdgeqError(command[0], f"it took more than {SECONDS:.0f} s", remedy) from error
    except OSError as error:
        raise EdgeqError(command[0], f"it does not start: {error.strerror}", remedy) from error
    if done.returncode != 0:
        raise EdgeqError(command[0], f"it ended with status {done.returncode}", remedy)
