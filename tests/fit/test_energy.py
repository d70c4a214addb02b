"""Energy of an inference: the data sheet's current, times the milliseconds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgeq.boards import Board, RunCurrent, find_board, load_boards
from edgeq.fit.energy import board_energy, energy_basis
from edgeq.verify.latency import Latency

LATENCY = Latency(10, 9, 11, "cycles", "")


def test_energy_is_power_times_time() -> None:
    current = RunCurrent(10, 3, "https://example.org/sheet")
    board = replace(find_board("nucleo-l4r5zi"), run_current=current)
    found = board_energy(board, LATENCY)
    assert found is not None
    assert (found.middle, found.low, found.high) == pytest.approx((0.3, 0.27, 0.33))
    assert energy_basis(board) == "10 mA at 3 V, https://example.org/sheet"


def test_energy_without_a_data_sheet_is_not_known() -> None:
    board = replace(find_board("nucleo-l4r5zi"), run_current=None)
    assert board_energy(board, LATENCY) is None
    assert board_energy(find_board("nucleo-l4r5zi"), None) is None
    assert energy_basis(board) == "no run current of the chip's data sheet is on file"


@pytest.mark.parametrize("board", load_boards(), ids=lambda board: board.name)
def test_every_current_has_its_page(board: Board) -> None:
    if board.run_current is not None:
        assert board.run_current.source.startswith("https://")
        assert 1.7 <= board.run_current.volts <= 5.5
        microamperes_per_mhz = 1e9 * board.run_current.milliamperes / board.clock_hz
        assert 10 < microamperes_per_mhz < 400
