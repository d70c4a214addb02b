"""The frameworks that projects are made for: each one folder of `firmware_templates/` with a
`layout.yaml`, found by listing them.

layout.yaml:
    title: what the project is, for people
    sources: folder of the engine's files in the project; `{prefix}` is the model's name
    board_required: whether its build files name a board
    any_board: whether the project fits every board, without an entry in the board's file
    entry_of: another framework, whose entry in a board's file holds for this one too
    archive: folder of the project that an archive beside it holds as well
    archive_file: the archive's name; the folder's with .zip where it is left out
    archive_at_root: whether the archive holds the folder's files at its root, not in that folder
    program: the kind of its program, for which sensors have code (`edgeq/sensors.py`);
        `{framework}` where the entry in a board's file names it; left out where it has none
    wire: whether the project can have a server of the wire (docs/wire.md)
    psram: whether the project can place the arena in a board's PSRAM
    yours: files that are there to be edited, so that they are written once and never again
    tflm_kernels: the kernels in the framework's TFLM library; where it is left out, those that the
        board names
    libraries: vendors' libraries of kernels that the project can bring along, as `--kernels` names them
    board_fields: what the framework's entry in a board's file holds: name of a field -> `pattern`,
        which its text matches whole; `optional: true` where it may be left out; `list: true` for
        several texts. Templates find them in `target`. Every entry can have `limits` and `note` too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import ClassVar, Literal, TypeAlias

from edgeq.errors import EdgeqError
from edgeq.plain_yaml import PlainFile, read_plain, validated
from edgeq.resources import resource_folder, template_folders

Kernels: TypeAlias = Literal["reference", "cmsis-nn", "esp-nn", "chirale"]
"""Implementations of TFLM's kernels."""

COMMON_FIELDS = ("limits", "note")
"""Fields that a board's entry can have for every framework."""


@dataclass(frozen=True)
class BoardField:
    """A field of a framework's entry in a board's file. pattern: of its text, or of each text of a
    list.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    pattern: str
    optional: bool = False
    list: bool = False


@dataclass(frozen=True)
class Layout:
    """A framework's `layout.yaml`, as the docstring of this module explains it."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    name: str
    title: str
    sources: str
    board_required: bool = False
    any_board: bool = False
    entry_of: str | None = None
    archive: str | None = None
    archive_file: str | None = None
    archive_at_root: bool = False
    program: str | None = None
    wire: bool = False
    psram: bool = False
    yours: tuple[str, ...] = ()
    tflm_kernels: Kernels | None = None
    libraries: tuple[str, ...] = ()
    board_fields: Mapping[str, BoardField] = field(default_factory=dict)


FRAMEWORKS = template_folders("*/layout.yaml")


@cache
def load_layout(framework: str) -> Layout:
    """The layout of a framework; EdgeqError, naming those there are, for an unknown one, and with
    file and line for a layout that is wrong.
    """
    if framework not in FRAMEWORKS:
        raise EdgeqError(
            f"framework {framework!r}", "it is not known", f"choose one of {', '.join(FRAMEWORKS)}"
        )
    path = resource_folder("firmware_templates") / framework / "layout.yaml"
    remedy = "correct the layout; the docstring of edgeq/frameworks.py explains its fields"
    file = read_plain(path, f"{framework}/layout.yaml", remedy, lambda place: None)
    layout = validated(file, {"name": framework, **file.data}, Layout)
    _check_fields(layout, file)
    return layout


def entry_names(framework: str) -> tuple[str, ...]:
    """The frameworks for which a board's entry of `framework` holds: itself, and those whose layout
    has it as `entry_of`.
    """
    takers = (name for name in FRAMEWORKS if load_layout(name).entry_of == framework)
    return (framework, *takers)


def _check_fields(layout: Layout, file: PlainFile) -> None:
    if layout.entry_of is not None and (layout.any_board or layout.board_fields):
        raise file.error(("entry_of",), f"{layout.name} has entries of its own")
    if layout.entry_of not in (None, *FRAMEWORKS):
        raise file.error(("entry_of",), f"there is no framework {layout.entry_of}")
    for name in layout.board_fields:
        if name in COMMON_FIELDS:
            raise file.error(("board_fields", name), f"every entry can have {name}")
