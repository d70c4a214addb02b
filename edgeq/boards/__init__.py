"""The boards edgeq knows: one validated YAML file each in `boards/`; adding a board touches no
Python.

Importing this package is cheap: PyYAML and Pydantic are imported when boards are loaded.
"""

from edgeq.boards.catalogue import board_names, find_board, load_boards
from edgeq.boards.cores import LARGEST_OBJECT
from edgeq.boards.fit import Fit, fits
from edgeq.boards.flash import NO_WAITING, Cache, FlashTiming, flash_basis
from edgeq.boards.model import (
    Board,
    BoardsResult,
    FrameworkEntry,
    Limits,
    Region,
    RunCurrent,
)
from edgeq.boards.reading import read_board

__all__ = [
    "LARGEST_OBJECT",
    "NO_WAITING",
    "Board",
    "BoardsResult",
    "Cache",
    "Fit",
    "FlashTiming",
    "FrameworkEntry",
    "Limits",
    "Region",
    "RunCurrent",
    "board_names",
    "find_board",
    "fits",
    "flash_basis",
    "load_boards",
    "read_board",
]
