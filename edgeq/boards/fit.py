"""Whether a program fits a board."""

from __future__ import annotations

from dataclasses import dataclass

from edgeq.boards.model import Board
from edgeq.frameworks import load_layout


@dataclass(frozen=True)
class Fit:
    """Whether a program fits; all in bytes. limit: what the board (and framework) leaves; over: 0
    if it fits.
    """

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
        """By how much it does not fit, for a person: `ram needs 9000 bytes, 808 more than the 8192
        there are`.
        """
        needs = (
            ("flash", self.flash_bytes, self.flash_limit),
            ("ram", self.ram_bytes, self.ram_limit),
        )
        return " and ".join(
            f"{memory} needs {need} bytes, {need - limit} more than the {limit} there are"
            for memory, need, limit in needs
            if need > limit
        )


def fits(
    board: Board,
    flash_bytes: int,
    ram_bytes: int,
    framework: str | None = None,
    *,
    psram: bool = True,
) -> Fit:
    """Compare a program's flash and static RAM (bytes) with what the board and the framework leave
    to it.

    The RAM limit is what one contiguous static buffer can have; with `psram` also in PSRAM, where
    the framework's projects can place the arena there. Raises EdgeqError if the framework is unknown
    on the board.
    """
    entry = None if framework is None else board.framework(framework)
    if entry is None:
        return Fit(flash_bytes, board.flash_bytes, ram_bytes, board.contiguous_ram_bytes)
    limits = entry.limits
    flash = board.flash_bytes if limits.flash_bytes is None else limits.flash_bytes
    ram = board.contiguous_ram_bytes if limits.ram_bytes is None else limits.ram_bytes
    ram -= limits.own_ram_bytes or 0
    if psram and framework is not None and load_layout(framework).psram:
        ram = max(ram, board.psram_bytes)
    return Fit(flash_bytes, flash - (limits.own_flash_bytes or 0), ram_bytes, ram)
