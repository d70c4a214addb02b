"""Energy of an inference: the data sheet's current, times the milliseconds, and how sure that is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgeq.boards import Board, RunCurrent, find_board, load_boards
from edgeq.boards.model import CurrentBasis
from edgeq.fit.energy import board_energy, energy_basis
from edgeq.fit.figures import energy_figure, three_digits
from edgeq.verify.latency import Latency

LATENCY = Latency(10, 9, 11, "cycles", "")
SHEET = "https://example.org/sheet"
NOT_ON_FILE = {  # nobody found a document with a run current of these chips
    "ek-ra8d1",
    "microbit-v2",
    "nrf5340-dk",
    "nucleo-f446re",
    "nucleo-f746zg",
    "nucleo-f767zi",
    "p-nucleo-wb55",
    "pico-2-riscv",
    "stm32f746g-disco",
    "stm32n6570-dk",
    "uno-r4-minima",
    "uno-r4-wifi",
}
STATED = {  # milliamperes and volts, read in the documents apart from the boards' files
    "esp32-devkitc": (68, 3.3),
    "esp32-s3-devkitc": (51.2, 3.3),
    "esp32-c3-devkitm": (23, 3.3),
    "esp32-c6-devkitc": (27, 3.3),
    "esp32-p4-function-ev": (70, 3.3),
    "nrf52840-dk": (3.3, 3),
    "nicla-sense-me": (3.7, 3),
    "nucleo-u575zi-q": (7.15, 3),
    "nucleo-h743zi2": (110, 3.3),
    "nucleo-f411re": (22.5, 3.3),
    "mimxrt1060-evk": (53.1, 3.3),
    "mega-2560": (10 * 16 / 8, 5),
    "pico-2": (38.7 / 3.3, 3.3),
    "pico": (10.9 * 133 / 48, 3.3),
    "b-l475e-iot01a": (0.1 * 80, 3.3),
    "nucleo-l4r5zi": (0.1 * 120, 3),
    "max78000fthr": (0.0222 * 100, 3),
    "sparkfun-artemis-redboard": (0.006 * 48, 3.3),
}


def with_current(basis: CurrentBasis) -> Board:
    current = RunCurrent(10, 3, basis, SHEET)
    return replace(find_board("nucleo-l4r5zi"), run_current=current)


def test_energy_is_power_times_time() -> None:
    board = with_current("stated")
    found = board_energy(board, LATENCY)
    assert found is not None
    assert (found.middle, found.low, found.high) == pytest.approx((0.3, 0.27, 0.33))
    assert energy_basis(board) == f"10 mA at 3 V, {SHEET}"


def test_a_best_case_has_no_upper_end() -> None:
    found = board_energy(with_current("best case"), LATENCY)
    assert found is not None
    assert found.middle == pytest.approx(0.3)
    assert found.high == float("inf")


@pytest.mark.parametrize(
    ("basis", "figure", "words"),
    [
        ("stated", "0.300", "10 mA at 3 V, "),
        ("scaled", "~0.300", "10 mA at 3 V, scaled from another clock, "),
        ("best case", ">0.300", "10 mA at 3 V, a best case, "),
    ],
)
def test_what_energy_rests_on_is_seen(basis: CurrentBasis, figure: str, words: str) -> None:
    board = with_current(basis)
    found = board_energy(board, LATENCY)
    assert found is not None
    assert energy_figure(found.middle, basis) == figure
    assert energy_basis(board) == words + SHEET


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0.000"),
        (0.0000456, "0.000046"),
        (0.00123456, "0.0012"),
        (0.0804, "0.080"),
        (0.0099999, "0.0100"),
        (0.315, "0.315"),
        (1, "1.00"),
        (5.814, "5.81"),
        (49.64, "49.6"),
        (1079.4, "1,079"),
    ],
)
def test_three_digits_count(value: float, text: str) -> None:
    assert three_digits(value) == text


def test_energy_without_a_data_sheet_is_not_known() -> None:
    board = replace(find_board("nucleo-l4r5zi"), run_current=None)
    assert board_energy(board, LATENCY) is None
    assert board_energy(find_board("nucleo-l4r5zi"), None) is None
    assert energy_basis(board) == "no run current of the chip's data sheet is on file"
    assert energy_figure(None, None) == "-"


def test_boards_without_a_run_current_are_known() -> None:
    assert {board.name for board in load_boards() if board.run_current is None} == NOT_ON_FILE


@pytest.mark.parametrize("name", STATED)
def test_a_current_is_that_of_its_document(name: str) -> None:
    current = find_board(name).run_current
    assert current is not None
    assert (current.milliamperes, current.volts) == pytest.approx(STATED[name], rel=3e-3)


@pytest.mark.parametrize("board", load_boards(), ids=lambda board: board.name)
def test_every_current_has_its_page_and_conditions(board: Board) -> None:
    current = board.run_current
    if current is not None:
        assert current.source.startswith("https://")
        assert current.note
        assert 1.7 <= current.volts <= 5.5
        microamperes_per_mhz = 1e9 * current.milliamperes / board.clock_hz
        assert 5 < microamperes_per_mhz < 1300
        if current.basis != "best case":
            assert microamperes_per_mhz > 40, "too little for a core that runs code"


def test_boards_of_a_chip_draw_the_same() -> None:
    """What is stated of a chip's core at one clock is so on every board that has it."""
    drawn: dict[tuple[str, str, int], set[RunCurrent | None]] = {}
    for board in load_boards():
        place = board.mcu, board.core, board.clock_hz
        drawn.setdefault(place, set()).add(board.run_current)
    assert all(len(currents) == 1 for currents in drawn.values())
