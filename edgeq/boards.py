"""The boards edgeq knows: one validated YAML file each in `boards/`; adding a board touches no Python.

Importing this module is cheap: PyYAML and Pydantic are imported when boards are loaded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

from edgeq.errors import EdgeqError, shown
from edgeq.resources import resource_folder

if TYPE_CHECKING:
    import yaml

Kernels: TypeAlias = Literal["reference", "cmsis-nn", "esp-nn", "chirale"]
RegionKind: TypeAlias = Literal["flash", "ram", "tcm", "iram", "psram", "eeprom"]

LARGEST_FILE = 65_536
_PLAIN_TAGS = {"str", "int", "float", "bool", "null", "seq", "map"}
_PLAIN_TEXT = r"[^\x00-\x1f\x7f\"\\`$<>{}]{1,200}"
_TEXT_OF = {
    "name": r"[a-z0-9][a-z0-9-]{0,39}",
    "core": r"[A-Za-z0-9_-]+(:[A-Za-z0-9_-]+)?",
    "fqbn": r"[A-Za-z0-9_-]+(:[A-Za-z0-9_-]+){2}(:[A-Za-z0-9_]+=[A-Za-z0-9_-]+(,[A-Za-z0-9_]+=[A-Za-z0-9_-]+)*)?",
    "index_url": r"https://[A-Za-z0-9._/%-]+",
    "tflm_library": r"[A-Za-z0-9][A-Za-z0-9 ._-]*",
    "tflm_component": r"[a-z0-9_-]+/[a-z0-9_-]+",
    "target": r"esp32[a-z0-9]*",
    "board": r"[A-Za-z0-9_-]+",
    "platform": r"[A-Za-z0-9_-]+|https://[A-Za-z0-9._/%-]+",
    "framework": r"[A-Za-z0-9_-]+",
    "compiler": r"[A-Za-z0-9_][A-Za-z0-9._+-]{0,63}",
    "cpu_flags": r"-m[a-z0-9-]+(=[A-Za-z0-9._+-]+)?",
}
"""What the text under a key may be: these values end up in build files and command lines."""


@dataclass(frozen=True)
class Region:
    """A contiguous stretch of memory, as the linker or the data sheet sees it."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    name: str
    kind: RegionKind
    bytes: int
    note: str = ""


@dataclass(frozen=True)
class Limits:
    """Bytes a program may have under a framework where that is less than the board's; None: the board's.

    own_flash_bytes, own_ram_bytes: what the framework itself takes of that, None where nobody measured it.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    flash_bytes: int | None = None
    ram_bytes: int | None = None
    own_flash_bytes: int | None = None
    own_ram_bytes: int | None = None


@dataclass(frozen=True)
class Arduino:
    """How the Arduino tools call the board, and the library that carries TFLM; limits as in boards.txt."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    fqbn: str
    core: str
    index_url: str | None = None
    tflm_library: str | None = None
    limits: Limits = Limits()
    note: str = ""


@dataclass(frozen=True)
class EspIdf:
    """The ESP-IDF target and the component that carries TFLM."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    target: str
    tflm_component: str | None = None
    limits: Limits = Limits()
    note: str = ""


@dataclass(frozen=True)
class PlatformIo:
    """PlatformIO's ids."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    board: str
    platform: str
    framework: str
    limits: Limits = Limits()
    note: str = ""


@dataclass(frozen=True)
class CMake:
    """The compiler of a bare-metal build and its flags for the core; nothing but the program is in memory."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    compiler: str
    cpu_flags: tuple[str, ...]
    limits: Limits = Limits()
    note: str = ""


Framework: TypeAlias = Arduino | EspIdf | PlatformIo | CMake


@dataclass(frozen=True)
class Frameworks:
    """The frameworks that build for the board, None where one does not."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    arduino: Arduino | None = None
    espidf: EspIdf | None = None
    platformio: PlatformIo | None = None
    cmake: CMake | None = None


@dataclass(frozen=True)
class Board:
    """A board, as its YAML file states it. Sizes in bytes, of the whole chip less its bootloader.

    emulated: the target that verifies and benchmarks in its place, None where no emulator is at hand.
    tflm_kernels: the kernels TFLM is usually built with there, None where TFLM does not run.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    name: str
    title: str
    vendor: str
    mcu: str
    core: str
    clock_hz: int
    flash_bytes: int
    ram_bytes: int
    fpu: bool
    dsp: bool
    emulated: str | None
    tflm_kernels: Kernels | None
    frameworks: Frameworks
    sources: tuple[str, ...]
    memory: tuple[Region, ...] = ()

    @property
    def framework_names(self) -> tuple[str, ...]:
        """The frameworks a project can be generated for; `headers` drops into any project."""
        named = (field.name for field in fields(self.frameworks) if getattr(self.frameworks, field.name))
        return (*named, "headers")

    @property
    def contiguous_ram_bytes(self) -> int:
        """Bytes of the largest RAM region: the most that one static arena can be."""
        return max((region.bytes for region in self.memory if region.kind == "ram"), default=self.ram_bytes)

    def framework(self, name: str) -> Framework | None:
        """The board's entry for a framework; None for `headers`. Raises EdgeqError if there is no such entry."""
        if name not in self.framework_names:
            known = ", ".join(self.framework_names)
            raise EdgeqError(f"framework {name!r}", f"board {self.name!r} has no such framework", f"use one of {known}")
        entry: Framework | None = getattr(self.frameworks, name, None)
        return entry

    def framework_facts(self) -> dict[str, dict[str, Any]]:
        """Framework -> what its entry says, without what it leaves open."""
        entries = {name: self.framework(name) for name in self.framework_names}
        return {name: _stated(asdict(entry)) for name, entry in entries.items() if entry is not None}

    def to_json(self) -> dict[str, Any]:
        """The row of `edgeq boards --json`."""
        keys = ("name", "title", "vendor", "mcu", "core", "clock_hz", "flash_bytes", "ram_bytes", "fpu", "dsp",
                "emulated", "tflm_kernels")  # fmt: skip
        regions = [asdict(region) for region in self.memory]
        return {key: getattr(self, key) for key in keys} | {
            "frameworks": list(self.framework_names),
            "framework_facts": self.framework_facts(),
            "memory": regions,
            "sources": list(self.sources),
        }


def _stated(facts: dict[str, Any]) -> dict[str, Any]:
    """Facts that are there, lists for tuples, as JSON has them."""
    plain = {key: list(value) if isinstance(value, tuple) else value for key, value in facts.items()}
    nested = {key: _stated(value) if isinstance(value, dict) else value for key, value in plain.items()}
    return {key: value for key, value in nested.items() if value not in (None, "", {})}


@dataclass(frozen=True)
class BoardsResult:
    """What `edgeq boards` lists."""

    boards: tuple[Board, ...]

    def to_json(self) -> dict[str, Any]:
        return {"boards": [board.to_json() for board in self.boards]}


@dataclass(frozen=True)
class Fit:
    """Whether a program fits; all in bytes. limit: what the board (and framework) leaves; over: 0 if it fits."""

    flash_bytes: int
    flash_limit: int
    ram_bytes: int
    ram_limit: int

    @property
    def flash_over(self) -> int:
        return max(0, self.flash_bytes - self.flash_limit)

    @property
    def ram_over(self) -> int:
        return max(0, self.ram_bytes - self.ram_limit)

    @property
    def fits(self) -> bool:
        return not (self.flash_over or self.ram_over)

    @property
    def why(self) -> str:
        """By how much it does not fit, for a person: `ram needs 9000 bytes, 808 more than the 8192 there are`."""
        needs = (("flash", self.flash_bytes, self.flash_limit), ("ram", self.ram_bytes, self.ram_limit))
        return " and ".join(
            f"{memory} needs {need} bytes, {need - limit} more than the {limit} there are"
            for memory, need, limit in needs
            if need > limit
        )


def fits(board: Board, flash_bytes: int, ram_bytes: int, framework: str = "headers") -> Fit:
    """Compare a program's flash and static RAM (bytes) with what the board and the framework leave to it.

    The RAM limit is what one contiguous static buffer can have. Raises EdgeqError if the framework is unknown there.
    """
    entry = board.framework(framework)
    if entry is None:
        return Fit(flash_bytes, board.flash_bytes, ram_bytes, board.contiguous_ram_bytes)
    limits = entry.limits
    flash = board.flash_bytes if limits.flash_bytes is None else limits.flash_bytes
    ram = board.contiguous_ram_bytes if limits.ram_bytes is None else limits.ram_bytes
    return Fit(flash_bytes, flash - (limits.own_flash_bytes or 0), ram_bytes, ram - (limits.own_ram_bytes or 0))


@cache
def load_boards(folder: Path | None = None) -> tuple[Board, ...]:
    """All boards of `folder` (edgeq's own by default), by name. Raises EdgeqError, naming file and line."""
    files = (folder or resource_folder("boards")).glob("*.yaml")
    return tuple(read_board(path) for path in sorted(files, key=lambda path: path.stem))


def find_board(name: str) -> Board:
    """The board of that name, in any case. Raises EdgeqError with the nearest names on a miss."""
    boards = {board.name: board for board in load_boards()}
    wanted = name.strip().lower().replace("_", "-").replace(" ", "-")
    if wanted in boards:
        return boards[wanted]
    near = get_close_matches(wanted, boards, n=3, cutoff=0.5)
    remedy = f"did you mean {' or '.join(near)}?" if near else "`edgeq boards` lists them"
    raise EdgeqError(f"board {name!r}", f"not among the {len(boards)} known boards", remedy)


def read_board(path: Path) -> Board:
    """One board from its YAML file. Raises EdgeqError with `file:line` for anything but a complete, sane board."""
    import yaml

    if path.stat().st_size > LARGEST_FILE:
        raise _error(path, 1, f"the file has {path.stat().st_size} bytes, the limit is {LARGEST_FILE}")
    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(path.read_text(encoding="utf-8"))
        root = loader.get_single_node()
        if not isinstance(root, yaml.MappingNode):
            raise _error(path, 1, "a board is a mapping of fields")
        lines = {where: node.start_mark.line + 1 for where, node in _walk(path, root, (), set())}
        board = _validated(path, loader.construct_document(root), lines)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise _error(path, line, f"not YAML: {error.problem}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise _error(path, 1, f"not YAML: {error}") from None
    if board.name != path.stem:
        raise _error(path, lines[("name",)], f"name is {board.name!r}, the file {path.stem!r}; they must be the same")
    return board


_Where: TypeAlias = tuple[str | int, ...]


def _walk(path: Path, node: yaml.Node, where: _Where, seen: set[int]) -> Iterator[tuple[_Where, yaml.Node]]:
    """Every node with its place; refuses aliases (they can grow a file without bound), repeats and odd text."""
    import yaml

    line = node.start_mark.line + 1
    if id(node) in seen:
        raise _error(path, line, "aliases (*) are not allowed")
    seen.add(id(node))
    if node.tag.removeprefix("tag:yaml.org,2002:") not in _PLAIN_TAGS:
        raise _error(path, line, f"{_key(where)} is neither text, a number, true, false nor null")
    yield where, node
    if isinstance(node, yaml.ScalarNode):
        _check_text(path, line, where, node)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _walk(path, item, (*where, index), seen)
    else:
        keys = [str(key.value) for key, _ in node.value]
        for (key_node, value), key in zip(node.value, keys, strict=True):
            if keys.count(key) > 1:
                raise _error(path, key_node.start_mark.line + 1, f"field {key!r} is given twice")
            yield from _walk(path, value, (*where, key), seen)


def _check_text(path: Path, line: int, where: _Where, node: yaml.ScalarNode) -> None:
    key = _key(where)
    # Values end up in comments of C and on terminals, so nothing in them may end the one or steer the other.
    harmless = re.fullmatch(_TEXT_OF.get(key, _PLAIN_TEXT), node.value) and shown(node.value, 200) == node.value
    if node.tag == "tag:yaml.org,2002:str" and not (harmless and not re.search(r"\*/|/\*", node.value)):
        raise _error(path, line, f"{key} is {node.value!r}, which has characters that do not belong there")


def _key(where: _Where) -> str:
    return next((part for part in reversed(where) if isinstance(part, str)), "the board")


def _validated(path: Path, data: object, lines: dict[_Where, int]) -> Board:
    import json

    from pydantic import TypeAdapter, ValidationError

    try:
        # JSON is the form in which strict validation still takes lists for tuples and mappings for dataclasses.
        board = TypeAdapter(Board).validate_json(json.dumps(data), strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        where = tuple(first["loc"])
        raise _error(path, _line(lines, where), f"{'.'.join(map(str, where))}: {first['msg']}") from None
    for where, size in _sizes(board):
        if size <= 0:
            raise _error(path, _line(lines, where), f"{where[-1]} is {size}, it must be positive")
    return board


def _sizes(board: Board) -> Iterator[tuple[_Where, int]]:
    yield from (((key,), getattr(board, key)) for key in ("clock_hz", "flash_bytes", "ram_bytes"))
    yield from ((("memory", index, "bytes"), region.bytes) for index, region in enumerate(board.memory))
    for name in board.framework_names:
        entry = board.framework(name)
        limits = {} if entry is None else vars(entry.limits)
        yield from ((("frameworks", name, "limits", key), size) for key, size in limits.items() if size is not None)


def _line(lines: dict[_Where, int], where: _Where) -> int:
    """The line of a place, or of the nearest place around it that is in the file."""
    while where not in lines:
        where = where[:-1]
    return lines[where]


def _error(path: Path, line: int, why: str) -> EdgeqError:
    return EdgeqError(f"{path.name}:{line}", why, "correct the board file; boards/nano-33-ble.yaml is an example")
