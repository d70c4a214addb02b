"""What an inference takes from the supply, by the run current that the chip's data sheet states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from edgeq.boards import Board
from edgeq.boards.model import CurrentBasis
from edgeq.verify.latency import Latency

RESTS: Mapping[CurrentBasis, str] = {
    "stated": "",
    "scaled": "scaled from another clock",
    "best case": "a best case",
}
"""Basis of a run current -> what a sentence says of it."""


@dataclass(frozen=True)
class Energy:
    """Millijoules of an inference, over the range of its milliseconds.

    high: infinite where the current is a vendor's best case.
    """

    middle: float
    low: float
    high: float


def board_energy(board: Board, latency: Latency | None) -> Energy | None:
    """Power times time: of the chip alone, with its radio off. None where current or time is not known."""
    if board.run_current is None or latency is None:
        return None
    watts = board.run_current.milliwatts / 1e3
    best = board.run_current.basis == "best case"
    high = float("inf") if best else watts * latency.high
    return Energy(watts * latency.middle, watts * latency.low, high)


def energy_basis(board: Board) -> str:
    """The current and where it is stated, in a sentence."""
    current = board.run_current
    if current is None:
        return "no run current of the chip's data sheet is on file"
    note = f" ({current.note})" if current.note else ""
    drawn = f"{current.milliamperes:g} mA at {current.volts:g} V{note}"
    return ", ".join(filter(None, (drawn, RESTS[current.basis], current.source)))
