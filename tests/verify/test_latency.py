"""Milliseconds and their range: by hand from cycles, instructions, and multiply-accumulates."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgeq.boards import Board, find_board, load_boards
from edgeq.cycles import CORES
from edgeq.verify.latency import CYCLES_PER_INSTRUCTION, CYCLES_PER_MAC, Work, board_latency
from edgeq.verify.result import TargetResult


def run(target: str, instructions: int = 1_000_000, cycles: int | None = None) -> TargetResult:
    causes = {} if cycles is None else {"load": cycles - 300_000, "flash, data": 300_000}
    return TargetResult(
        target,
        "ok",
        instructions_per_inference=instructions,
        cycles_per_inference=cycles,
        cycle_causes=causes,
        timed_as=None if cycles is None else CORES[target].name if target in CORES else "hazard3",
    )


def test_cycles_with_the_boards_own_flash_are_within_a_tenth() -> None:
    found = board_latency(
        find_board("nucleo-l4r5zi"), run("cortex-m4", cycles=1_200_000), Work(0, 0)
    )
    assert found is not None
    assert (found.middle, found.low, found.high) == pytest.approx((10, 9, 11))
    assert (found.rests, "1,200,000 cycles" in found.basis) == ("cycles", True)


def test_waits_for_another_boards_flash_do_not_count() -> None:
    found = board_latency(find_board("nrf52840-dk"), run("cortex-m4", cycles=940_000), Work(0, 0))
    assert found is not None
    assert (found.middle, found.low, found.high) == pytest.approx((10, 9, 16))


def test_an_estimate_of_flash_is_from_none_to_twice_of_its_waits() -> None:
    board = find_board("pico")
    assert board.flash_timing is not None
    assert board.flash_timing.basis == "estimate"
    found = board_latency(board, run("cortex-m0", cycles=1_330_000), Work(0, 50_000))
    assert found is not None
    own = (1_330_000 - 300_000) / 133_000
    waits = 300_000 / 133_000
    assert (found.middle, found.low, found.high) == pytest.approx(
        (10, 0.9 * own, 1.1 * (own + 2 * waits))
    )
    assert "an estimate of its flash included (none to twice of 300,000)" in found.basis


def test_flash_that_is_documented_to_be_never_waited_for_is_no_doubt() -> None:
    measured = run("cortex-m7", cycles=600_000 + 300_000)
    measured = replace(measured, cycle_causes={"load": 900_000})
    found = board_latency(find_board("teensy-41"), measured, Work(0, 50_000))
    assert found is not None
    assert (found.middle, found.low, found.high) == pytest.approx((1.5, 0.85 * 1.5, 1.15 * 1.5))
    assert "never waited for, as documented" in found.basis


def test_external_flash_may_take_longer_by_what_reading_all_constants_takes() -> None:
    board = replace(find_board("pico"), flash_timing=None)
    measured = run("cortex-m0", cycles=1_330_000 + 300_000)
    found = board_latency(board, measured, Work(0, 50_000))
    assert found is not None
    assert (found.middle, found.low, found.high) == pytest.approx((10, 9, 16 + 10))
    assert "at most 10.0 ms more" in found.basis


def test_counted_instructions_take_a_range_of_cycles_each() -> None:
    board = replace(find_board("esp32-c3-devkitm"), memory=())
    each = CYCLES_PER_INSTRUCTION["rv32imc"]
    found = board_latency(board, run("rv32imc", 160_000), Work(0, 0))
    assert found is not None
    assert (found.low, found.middle, found.high) == (each.low, each.middle, each.high)
    assert (found.rests, each.source in found.basis) == ("counted", True)


def test_cycles_of_another_core_that_the_target_stands_for_do_not_count() -> None:
    """A Pico 2 and an ESP32-C3 run the same code on cores that differ."""
    measured = replace(run("rv32imc", 150_000, cycles=500_000), timed_as="hazard3")
    for name, rests in (("pico-2-riscv", "cycles"), ("esp32-c3-devkitm", "counted")):
        found = board_latency(find_board(name), measured, Work(0, 0))
        assert found is not None
        assert found.rests == rests


def test_a_core_whose_rules_are_not_all_public_has_a_wider_range() -> None:
    board = replace(find_board("nucleo-f746zg"), flash_timing=None)
    measured = run("cortex-m7", cycles=216_000 + 300_000)
    measured = replace(measured, fewer_cycles=21_600, more_cycles=43_200)
    found = board_latency(board, measured, Work(0, 0))
    assert found is not None
    assert (found.middle, found.rests) == (1, "pipeline")
    assert (found.low, found.high) == pytest.approx((0.9 * 0.85, 1.2 * 1.6))
    assert "194,400 to 259,200" in found.basis


def test_a_core_that_nothing_executes_is_estimated_by_multiply_accumulates() -> None:
    board = replace(find_board("esp32-devkitc"), memory=())
    found = board_latency(board, None, Work(240_000, 0))
    assert found is not None
    assert (found.low, found.middle, found.high) == (3.5, 7, 15)
    assert (found.rests, found.basis.startswith("estimate: ")) == ("estimate", True)
    assert board_latency(board, None, Work(0, 0)) is None


def test_published_measurements_of_this_kind_lie_below_the_estimates_upper_end() -> None:
    """TFLM with esp-nn on an ESP32 (mcufit-bench), which needs more instructions than this C."""
    for macs, constants, published in ((2_656_768, 29_412, 162.3), (12_501_632, 82_792, 724.5)):
        found = board_latency(find_board("esp32-devkitc"), None, Work(macs, constants))
        assert found is not None
        assert found.middle < published < found.high


def test_floats_by_software_may_be_faster_where_the_board_has_a_unit() -> None:
    work, measured = Work(0, 0, floats=True), run("cortex-m4", cycles=1_200_000)
    board = find_board("nucleo-l4r5zi")
    found = board_latency(board, measured, work)
    assert found is not None
    assert (found.middle, found.low, found.high) == pytest.approx((10, 9 / 20, 11))
    assert found.basis.endswith("up to 20 times faster by the board's unit")
    without = board_latency(replace(board, fpu=False), measured, work)
    assert without is not None
    assert without.low == pytest.approx(9)


@pytest.mark.parametrize("board", load_boards(), ids=lambda board: board.name)
def test_every_board_has_figures_with_their_range(board: Board) -> None:
    names = (board.core, board.emulated)
    timed = board.emulated in CORES or board.core == "avr"
    assert timed or board.emulated is None or any(n in CYCLES_PER_INSTRUCTION for n in names)
    assert any(name in CYCLES_PER_MAC for name in names)
    for table in (CYCLES_PER_INSTRUCTION, CYCLES_PER_MAC):
        assert all(0 < row.low < row.middle < row.high and row.source for row in table.values())
