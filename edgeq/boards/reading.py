"""A board's YAML file, validated: against the types of `Board`, and each framework's entry against
what the framework's own layout declares.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edgeq.boards.model import Board
from edgeq.frameworks import COMMON_FIELDS, FRAMEWORKS, BoardField, load_layout
from edgeq.plain_yaml import PLAIN_TEXT, Place, PlainFile, read_plain, validated

REMEDY = "correct the board file; boards/nano-33-ble.yaml is an example"
PATTERNS: Mapping[Place, str] = {
    ("name",): r"[a-z0-9][a-z0-9-]{0,39}",
    ("core",): r"[A-Za-z0-9_-]+",
}
"""What the text of the board's own fields may be, where it is not just plain."""


def read_board(path: Path) -> Board:
    """One board from its YAML file. Raises EdgeqError with `file:line` for anything but a complete,
    sane board.
    """
    file = read_plain(path, path.name, REMEDY, _pattern)
    board = validated(file, {**file.data, "frameworks": _entries(file)}, Board)
    for place, size in board.sizes():
        if size <= 0:
            raise file.error(place, f"{place[-1]} is {size}, it must be positive")
    for field, why in () if board.flash_timing is None else board.flash_timing.faults():
        raise file.error(("flash_timing", field), f"flash_timing.{field}: {why}")
    if board.name != path.stem:
        why = f"name is {board.name!r}, the file {path.stem!r}; they must be the same"
        raise file.error(("name",), why)
    return board


def _pattern(place: Place) -> str:
    """The regular expression that the text at a place of a board's file must match, since it ends
    up in build files and command lines.
    """
    if place[:1] != ("frameworks",) or len(place) < 3 or place[1] not in FRAMEWORKS:
        return PATTERNS.get(place, PLAIN_TEXT)
    declared = load_layout(str(place[1])).board_fields.get(str(place[2]))
    return PLAIN_TEXT if declared is None else declared.pattern


def _entries(file: PlainFile) -> object:
    """The frameworks' entries with the fields that each layout declares apart from those that all
    have.
    """
    entries = file.data.get("frameworks")
    if not isinstance(entries, dict):
        return entries
    return {name: _entry(file, str(name), entry) for name, entry in entries.items()}


def _entry(file: PlainFile, name: str, entry: object) -> object:
    place = ("frameworks", name)
    takers = [known for known in FRAMEWORKS if load_layout(known).board_fields]
    if name not in takers:
        raise file.error(
            place,
            f"frameworks.{name}: no framework of that name takes an entry, but {', '.join(takers)} do",
        )
    if not isinstance(entry, dict):
        return entry
    declared = load_layout(name).board_fields
    for key in entry:
        if key not in declared and key not in COMMON_FIELDS:
            known = ", ".join((*declared, *COMMON_FIELDS))
            why = f"frameworks.{name}.{key}: {name} takes no such field, but {known}"
            raise file.error((*place, str(key)), why)
    fields = {key: _field(file, (*place, key), entry, each) for key, each in declared.items()}
    return {"fields": fields, **{key: entry[key] for key in COMMON_FIELDS if key in entry}}


def _field(file: PlainFile, place: Place, entry: Mapping[str, Any], declared: BoardField) -> object:
    """The value of a field. EdgeqError where it is missing, or not of the kind that is declared."""
    value, key = entry.get(str(place[-1])), ".".join(map(str, place))
    if value is None and declared.optional:
        return None
    if value is None:
        raise file.error(place, f"{key}: it is missing")
    texts = value if declared.list else [value]
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        wanted = "a list of texts" if declared.list else "text"
        raise file.error(place, f"{key}: it is not {wanted}")
    return value
