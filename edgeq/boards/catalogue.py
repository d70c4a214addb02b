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
