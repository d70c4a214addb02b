"""`boards` of what `bench` found: which rows tell of a board, and what it says where they do not."""

from __future__ import annotations

import pytest

from edgeq.boards import Board, find_board
from edgeq.verify.bench_result import BenchResult, BenchRow
from edgeq.verify.latency import Work
from edgeq.verify.result import Status, TargetResult

L4R5 = "nucleo-l4r5zi"


def row(
    target: str,
    compiler: str,
    cycles: int | None = None,
    board: Board | None = None,
    status: Status = "ok",
) -> BenchRow:
    result = TargetResult(
        target,
        status,
        instructions_per_inference=1_000_000,
        cycles_per_inference=cycles,
        cycle_causes={} if cycles is None else {"load": cycles},
        timed_as=None if cycles is None else target,
    )
    return BenchRow(result, compiler, "-O2", (), board)


def boards(*rows: BenchRow) -> dict[str, dict[str, object]]:
    printed = BenchResult(rows, None, None, Work(500_000, 1000)).to_json()["boards"]
    return {board["name"]: board for board in printed}


def test_a_board_has_the_milliseconds_of_the_fastest_compiler() -> None:
    board = find_board(L4R5)
    found = boards(
        row("cortex-m4", "zig", 1_320_000, board),
        row("cortex-m4", "gcc", 1_200_000, board),
        row("cortex-m4", "wrong", 600_000, board, "different"),
    )
    assert list(found) == [L4R5]
    assert {key: found[L4R5][key] for key in ("compiler", "latency_ms", "low_ms", "high_ms")} == {
        "compiler": "gcc",
        "latency_ms": 10,
        "low_ms": pytest.approx(9),
        "high_ms": pytest.approx(11),
    }
    assert found[L4R5]["basis"] == "1,200,000 cycles by the rules of cortex-m4, its flash included"


def test_a_row_of_one_board_tells_of_no_other() -> None:
    names = (L4R5, "nrf52840-dk")
    found = boards(*(row("cortex-m4", "gcc", 640_000, find_board(name)) for name in names))
    assert {name: found[name]["latency_ms"] for name in found} == {
        L4R5: pytest.approx(640 / 120),
        "nrf52840-dk": 10,
    }


def test_without_a_board_all_whose_core_ran_are_there() -> None:
    found = boards(
        row("cortex-m33", "gcc"), row("cortex-m4", "zig"), row("rv32imc", "zig", status="failed")
    )
    assert {find_board(name).emulated for name in found} == {"cortex-m33", "cortex-m4"}
    assert found["pico-2"]["rests"] == "counted"
    assert found["pico-2"]["compiler"] == "gcc"
    assert found[L4R5]["rests"] == "estimate"
    assert found[L4R5]["compiler"] is None, "an estimate knows no compiler"


def test_what_is_not_known_is_said() -> None:
    result = BenchResult((row("cortex-m4", "zig"),), None, None, Work(0, 1000))
    (board,) = (b.to_json() for b in result.boards if b.board.name == L4R5)
    assert (board["latency_ms"], board["low_ms"], board["high_ms"]) == (None, None, None)
    assert board["basis"] == "not known"


def test_nothing_is_said_of_boards_where_no_target_ran() -> None:
    assert boards(row("cortex-m4", "zig", status="failed")) == {}
