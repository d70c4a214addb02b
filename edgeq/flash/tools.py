"""The tools that flash a framework's projects, read from `firmware_templates/<framework>/flash.yaml`.

flash.yaml:
    tools: the ways there are, the usual one first. Each has
        package: what to install, and where it is from
        steps: the commands, each a list of arguments; the last one flashes, others build before it.
            A list among the arguments is left out where one of the names in it has no value.
        port: whether the tool takes the board's serial port: `required`, `optional` or `none`
        folder: of the project in which the commands run, the project's own by default
        needs: a file in that folder without which the tool cannot be used

Arguments hold names in braces: `{prefix}`, the project's name; `{port}`; `{image}`, the program of
a project that links elsewhere; and the fields of the framework's entry in the board's file.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from edgeq.errors import EdgeqError
from edgeq.plain_yaml import read_plain, validated
from edgeq.resources import resource_folder

Argument: TypeAlias = str | tuple[str, ...]
"""One argument, or several that are there together or not at all."""


@dataclass(frozen=True)
class FlashTool:
    """A way to flash, as the docstring of this module explains it."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    package: str
    steps: tuple[tuple[Argument, ...], ...]
    port: Literal["required", "optional", "none"] = "none"
    folder: str = ""
    needs: str | None = None

    @property
    def takes_image(self) -> bool:
        """Whether it flashes a program that is built elsewhere."""
        return "image" in {name for step in self.steps for name in _names(_flat(step))}


@dataclass(frozen=True)
class _FlashFile:
    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    tools: tuple[FlashTool, ...]


def flash_tools(framework: str) -> tuple[FlashTool, ...]:
    """The tools of a framework, none where its projects are not flashed by themselves. Raises
    EdgeqError with file and line where `flash.yaml` is wrong.
    """
    path = resource_folder("firmware_templates") / framework / "flash.yaml"
    if not path.is_file():
        return ()
    remedy = "correct it; the docstring of edgeq/flash/tools.py explains its fields"
    file = read_plain(path, f"{framework}/flash.yaml", remedy, lambda place: None)
    return validated(file, file.data, _FlashFile).tools


def commands_of(tool: FlashTool, values: Mapping[str, str]) -> tuple[tuple[str, ...], ...]:
    """The commands of a tool. values: of the names in its arguments.

    Raises EdgeqError for a name without a value, which a project made without a board has.
    """
    return tuple(tuple(_filled(step, values)) for step in tool.steps)


def _filled(step: Iterable[Argument], values: Mapping[str, str]) -> Iterable[str]:
    for argument in step:
        group = (argument,) if isinstance(argument, str) else argument
        unknown = _names(group) - set(values)
        if unknown and isinstance(argument, str):
            raise EdgeqError(
                "the project",
                f"it was made without a board, whose {min(unknown)} the tool asks for",
                "generate it again with --board; `edgeq boards` lists them",
            )
        if not unknown:
            yield from (text.format_map(values) for text in group)


def _flat(step: Iterable[Argument]) -> tuple[str, ...]:
    return tuple(text for part in step for text in ((part,) if isinstance(part, str) else part))


def _names(texts: Iterable[str]) -> set[str]:
    """The names in braces."""
    parsed = (part for text in texts for part in string.Formatter().parse(text))
    return {name for _, name, _, _ in parsed if name}
