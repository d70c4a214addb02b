"""All boards there are, and the one of a name."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from pathlib import Path

from edgeq.boards.model import Board
from edgeq.boards.reading import read_board
from edgeq.errors import EdgeqError
from edgeq.resources import resource_folder


@cache
def load_boards(folder: Path | None = None) -> tuple[Board, ...]:
    """All boards of `folder` (edgeq's own by default), by name. Raises EdgeqError, naming file and
    line.
    """
    files = _files(folder or resource_folder("boards"))
    return tuple(_board(files[name]) for name in sorted(files))


def board_names() -> list[str]:
    """The names of edgeq's boards, sorted; no board's file is read."""
    return sorted(_files(resource_folder("boards")))


def find_board(name: str) -> Board:
    """The board of that name, in any case; no other board's file is read. Raises EdgeqError with
    the nearest names on a miss.
    """
    files = _files(resource_folder("boards"))
    wanted = name.strip().lower().replace("_", "-").replace(" ", "-")
    if wanted in files:
        return _board(files[wanted])
    near = get_close_matches(wanted, sorted(files), n=3, cutoff=0.5)
    remedy = f"did you mean {' or '.join(near)}?" if near else "`edgeq boards` lists them"
    raise EdgeqError(f"board {name!r}", f"not among the {len(files)} known boards", remedy)


def _files(folder: Path) -> dict[str, Path]:
    """The boards' files by their boards' names."""
    return {path.stem: path for path in folder.glob("*.yaml")}


@cache
def _board(path: Path) -> Board:
    return read_board(path)
