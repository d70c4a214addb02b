"""What an inference takes from the supply, by the run current that the chip's data sheet states."""

from __future__ import annotations

from dataclasses import dataclass

from edgeq.boards import Board
from edgeq.verify.latency import Latency


@dataclass(frozen=True)
class Energy:
    """Millijoules of an inference, over the range of its milliseconds."""

    middle: float
    low: float
    high: float


def board_energy(board: Board, latency: Latency | None) -> Energy | None:
    """Power times time: of the chip alone, with its radio off. None where current or time is not known."""
    if board.run_current is None or latency is None:
        return None
    watts = board.run_current.milliwatts / 1e3
    return Energy(watts * latency.middle, watts * latency.low, watts * latency.high)


def energy_basis(board: Board) -> str:
    """The current and where it is stated, in a sentence."""
    current = board.run_current
    if current is None:
        return "no run current of the chip's data sheet is on file"
    note = f" ({current.note})" if current.note else ""
    return f"{current.milliamperes:g} mA at {current.volts:g} V{note}, {current.source}"
