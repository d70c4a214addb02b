"""What people see of `edgeq bench`: every figure beside the compiler that it belongs to."""

from __future__ import annotations

import pytest

from edgeq.boards import find_board
from edgeq.cli.bench import show
from edgeq.verify import LayerResult, TargetResult
from edgeq.verify.bench_result import Baseline, BenchResult, BenchRow
from edgeq.verify.latency import Work


def row(compiler: str, board: str | None = None, baselines: tuple[Baseline, ...] = ()) -> BenchRow:
    """100 instructions and 150 cycles by Clang, ten times as many by others."""
    factor = 1 if compiler == "zig" else 10
    layer = LayerResult(0, "CONV_2D", "a", 100 * factor, 50, 150 * factor)
    result = TargetResult(
        "cortex-m4",
        "ok",
        instructions_per_inference=100 * factor,
        cycles_per_inference=150 * factor,
        code_bytes=2000 * factor,
        layers=(layer,),
        cycle_causes={"load": 75 * factor},
    )
    return BenchRow(result, compiler, "-O2", baselines, find_board(board) if board else None)


def shown(capsys: pytest.CaptureFixture[str], *rows: BenchRow) -> str:
    show(BenchResult(rows, None, None, Work(50, 100)))
    return " ".join(capsys.readouterr().out.split())


def test_memory_is_told_by_target_and_compiler(capsys: pytest.CaptureFixture[str]) -> None:
    said = shown(capsys, row("zig"), row("gcc"))
    assert "bytes of code constants arena stack" in said
    assert "cortex-m4 zig 2,000 - - -" in said
    assert "cortex-m4 gcc 20,000 - - -" in said
    assert "instructions layer operator MACs cortex-m4 zig cortex-m4 gcc" in said
    assert "0 CONV_2D 50 100 1,000" in said
    assert "cycles" not in said


def test_a_board_has_cycles_of_each_layer(capsys: pytest.CaptureFixture[str]) -> None:
    said = shown(capsys, row("zig", "nucleo-l4r5zi"), row("gcc", "nano-33-ble"))
    assert "cycles layer operator MACs nucleo-l4r5zi zig nano-33-ble gcc" in said
    assert "0 CONV_2D 50 150 1,500" in said
    assert "cycles go into nucleo-l4r5zi zig nano-33-ble gcc" in said


def test_other_engines_are_columns_where_they_were_measured(
    capsys: pytest.CaptureFixture[str],
) -> None:
    measured = Baseline("cortex-m4", "reference", 500, 4096, None, ratio=0.2)
    assert "of TFLM of CMSIS-NN" in shown(capsys, row("zig", baselines=(measured,)))
    assert "of TFLM" not in shown(capsys, row("zig"))
