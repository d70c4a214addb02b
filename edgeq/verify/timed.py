"""By what cycles of an emulated core are computed."""

from __future__ import annotations

from dataclasses import dataclass

from edgeq.boards import NO_WAITING, Board, FlashTiming
from edgeq.cycles import CORES


@dataclass(frozen=True)
class Timed:
    """The rules of a core, a key of `CORES`, and the flash in front of it.

    others: further flashes, whose waits are told beside those that `flash` adds to the cycles.
    """

    core: str
    flash: FlashTiming = NO_WAITING
    others: tuple[FlashTiming, ...] = ()

    @property
    def flashes(self) -> tuple[FlashTiming, ...]:
        return (self.flash, *self.others)


def timed_by(board: Board) -> Timed | None:
    """The board's core and flash, None where the core's timing is not public."""
    if board.core not in CORES:
        return None
    return Timed(CORES[board.core].name, board.flash_timing or NO_WAITING)
