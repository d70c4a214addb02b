"""`edgeq fit`: boards that hold a model, in order, with reasons; against `bench` and `generate`."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from plan.test_feed import by_hand
from quantize.models import RELU, FloatModel
from verify.graphs import dense_model, small_model
from verify.tools import needed

import edgeq
from edgeq.boards import load_boards
from edgeq.cli import run
from edgeq.codegen.native import NativeOptions, render_native
from edgeq.errors import DoesNotFitError, EdgeqError
from edgeq.fit.fit import SORTS, STACK_BYTES
from edgeq.graph import write_tflite
from edgeq.verify.bench import bench
from edgeq.verify.job import Settings
from edgeq.verify.latency import work_of
from edgeq.verify.targets import find_target

XTENSA = ("esp32-devkitc", "esp32-s3-devkitc", "nano-esp32")  # nothing executes their cores here
EMULATED = ("cortex-m0", "cortex-m4", "cortex-m7", "cortex-m33", "cortex-m55", "rv32imc")
FLOOR = {
    "name",
    "fits",
    "why",
    "flash_bytes",
    "ram_bytes",
    "latency_ms",
    "low_ms",
    "high_ms",
    "energy_mj",
    "energy_rests",
    "basis",
}


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.tflite"
    path.write_bytes(write_tflite(small_model()))
    return path


def test_a_board_whose_core_nothing_executes_is_estimated() -> None:
    (row,) = edgeq.fit(small_model(), boards=["esp32-devkitc"], name="small").boards
    assert (row.fits, row.why, row.code, row.toolchain) == (True, "", "estimated", None)
    macs = 6 * 5 * 4 * 27 + 7 * 120
    assert row.latency is not None
    assert row.latency.middle == pytest.approx(7 * macs / 240e3)
    assert row.room.ram_bytes >= STACK_BYTES
    assert row.energy_mj == pytest.approx(row.latency.middle * 68 * 3.3 / 1e3)


@pytest.mark.slow
def test_rows_that_are_fed_leave_more_memory() -> None:
    by_rows = Settings(native=NativeOptions(feed_rows=True), emulated_samples=1)
    whole, fed = (
        edgeq.fit(by_hand(), boards=["nano-33-ble"], settings=settings)
        for settings in (None, by_rows)
    )
    assert fed.arena_bytes < whole.arena_bytes
    assert fed.macs == whole.macs
    assert [row.fits for row in (*fed.boards, *whole.boards)] == [True, True]


def test_memory_is_told_by_region() -> None:
    (row,) = edgeq.fit(small_model(), boards=["esp32-devkitc"], name="small").boards
    used = {region.name: region.used_bytes for region in row.regions}
    assert used == {
        "flash": row.room.flash_bytes,
        "dram-static": row.room.ram_bytes,
        "dram-heap": 0,
        "iram": 0,
    }


def test_a_model_too_large_for_a_board_is_compiled_for_none_and_told_by_how_much(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "wide.tflite"
    path.write_bytes(write_tflite(dense_model((64, 900, 300))))
    assert run(["fit", str(path), "--board", "mega-2560", "--json"]) == 1
    (board,) = json.loads(capsys.readouterr().out)["boards"]
    assert board["why"].startswith(f"flash needs {board['flash_bytes']} bytes, ")
    assert (board["fits"], board["toolchain"]) == (False, None)
    with pytest.raises(DoesNotFitError):
        edgeq.generate(path, tmp_path / "out", framework="arduino", board="mega-2560")


@pytest.mark.parametrize("sort", SORTS)
def test_boards_come_in_the_order_asked_for(sort: str) -> None:
    names = ("esp32-devkitc", "esp32-s3-devkitc", "esp32-s2-saola", "nano-esp32", "xiao-esp32s3")
    rows = edgeq.fit(small_model(), boards=names, sort=sort, name="small").boards
    keys = [SORTS[sort](row) for row in rows]
    assert keys == sorted(keys)
    assert {row.name for row in rows} == set(names)


def test_boards_that_do_not_fit_come_last() -> None:
    result = edgeq.fit(small_model(), boards=XTENSA, max_energy_mj=0.025, name="small")
    assert [row.name for row in result.boards] == [
        "esp32-s3-devkitc",
        "nano-esp32",
        "esp32-devkitc",
    ]
    assert [row.why[-14:] for row in result.boards] == ["", "", "ore than 0.025"]
    assert result.ok
    assert not edgeq.fit(small_model(), boards=XTENSA, max_latency_ms=0.001, name="small").ok


def test_the_command_prints_the_stated_keys(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["fit", str(small), "--board", "esp32-devkitc", "--json"]) == 0
    (board,) = json.loads(capsys.readouterr().out)["boards"]
    assert set(board) >= FLOOR
    arguments = ["fit", str(small), "--board", "esp32-devkitc", "--max-latency", "0.001"]
    assert run([*arguments, "--json"]) == 1
    (board,) = json.loads(capsys.readouterr().out)["boards"]
    assert board["why"].endswith("more than 0.001")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--board", "esp32-devkit"], "error: board 'esp32-devkit' — not among"),
        (["--sort", "price"], "error: sort 'price' — boards have no such order — use cheapest,"),
        (["--max-latency", "0"], "error: --max-latency 0 — it is not positive"),
        (["--max-energy", "-2"], "error: --max-energy -2 — it is not positive"),
    ],
)
def test_wrong_use_is_one_line(
    small: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert run(["fit", str(small), *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith(message)
    assert (printed.err.count("\n"), printed.out) == (1, "")


def test_the_table_is_no_wider_than_80_columns(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    boards = [option for name in XTENSA for option in ("--board", name)]
    assert run(["fit", str(small), *boards]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert any(line.startswith("  esp32-s3-devkitc  ~") for line in lines)
    assert any(line.startswith("estimate: ") for line in lines)


@pytest.mark.slow
def test_milliseconds_are_those_of_bench() -> None:
    needed(find_target("cortex-m4"), "arm-none-eabi-gcc")
    boards = ("nucleo-l4r5zi", "nrf52840-dk", "pico")
    found = {row.name: row for row in edgeq.fit(small_model(), boards=boards, name="m").boards}
    for name in boards:
        (row,) = bench(small_model(), boards=[name], compilers=["gcc"], name="m").targets
        assert found[name].latency_ms == pytest.approx(row.milliseconds)
        assert found[name].code_bytes == row.result.code_bytes
        assert found[name].room.ram_bytes == row.result.ram_bytes


@pytest.mark.slow
def test_all_boards_of_the_published_kind_within_seconds(shared_models: Path) -> None:
    """49 boards on 7 emulated cores; ten seconds on two cores that do nothing else."""
    for name in EMULATED:
        needed(find_target(name))
    began = time.process_time()
    result = edgeq.fit(shared_models / "kws_ref_model.tflite")
    assert time.process_time() - began < 10
    assert len(result.boards) == len(load_boards())
    fitting = {row.name: row for row in result.boards if row.fits}
    assert set(fitting) == {board.name for board in load_boards()} - {"mega-2560"}
    measured = {name for name, row in fitting.items() if row.code == "measured"}
    assert measured == {b.name for b in load_boards() if b.emulated} - {"mega-2560"}
    assert not result.notes


def test_layers_that_compute_reals_are_told_apart() -> None:
    m = FloatModel()
    real = m.model(m.dense(m.conv(m.input(1, 6, 5, 3), 4, **RELU), 10))
    assert work_of(render_native(real, "m")).floats
    assert not work_of(render_native(small_model(), "m")).floats


def test_a_broken_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "broken.tflite"
    path.write_bytes(b"TFL3")
    with pytest.raises(EdgeqError):
        edgeq.fit(path)
