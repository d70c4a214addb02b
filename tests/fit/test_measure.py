"""One run for each core: which boards share it, and what a missing tool leaves."""

from __future__ import annotations

import numpy as np
import pytest
from verify.graphs import small_model

from edgeq.boards import find_board, load_boards
from edgeq.codegen.native import render_native
from edgeq.fit import measure as module
from edgeq.fit.measure import CoreRun, measure, runs_of
from edgeq.verify.job import Settings, prepare
from edgeq.verify.timed import Timed
from edgeq.verify.toolchain import MissingToolError


def test_boards_of_a_core_share_a_run() -> None:
    runs = runs_of(load_boards())
    flash = find_board("nucleo-l4r5zi").flash_timing
    assert flash is not None
    assert (
        runs["nucleo-l4r5zi"]
        == runs["nano-33-ble"]
        == CoreRun("cortex-m4", Timed("cortex-m4", flash))
    )
    assert runs["pico"] == CoreRun("cortex-m0", Timed("cortex-m0plus"))
    assert runs["teensy-41"] == runs["portenta-h7"] == CoreRun("cortex-m7", Timed("cortex-m7"))
    assert runs["esp32-c3-devkitm"] == runs["pico-2-riscv"] == CoreRun("rv32imc", Timed("hazard3"))
    assert runs["stm32n6570-dk"] == runs["ek-ra8d1"] == CoreRun("cortex-m55", Timed("cortex-m55"))
    assert "esp32-devkitc" not in runs
    timed = [b for b in load_boards() if b.flash_timing is not None]
    cores = {b.emulated for b in load_boards() if b.emulated}
    assert len(set(runs.values())) == len(cores) + len(timed) - 1


def test_a_board_with_a_flash_of_its_own_has_its_own_run() -> None:
    runs = runs_of(load_boards())
    own = find_board("b-l475e-iot01a").flash_timing
    assert own is not None
    assert runs["b-l475e-iot01a"] == CoreRun("cortex-m4", Timed("cortex-m4", own))


def test_a_board_alone_waits_for_no_other_boards_flash() -> None:
    runs = runs_of([find_board("nano-33-ble")])
    assert runs == {"nano-33-ble": CoreRun("cortex-m4", Timed("cortex-m4"))}


def test_a_missing_tool_is_told_and_what_is_there_is_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(*_: object, **__: object) -> None:
        raise MissingToolError("no emulator", "it is not installed", "install it")

    monkeypatch.setattr(module, "verify_target", missing)
    model = small_model()
    inputs = (np.zeros((1, 1, 6, 5, 3), np.int8),)
    job = prepare(model, render_native(model, "m"), inputs)
    told: list[tuple[str, int, int]] = []
    runs = [CoreRun("cortex-m7", None), CoreRun("cortex-m4", Timed("cortex-m4"))] * 2
    found = measure(job, runs, Settings(), lambda *step: told.append(step))
    assert {run.target: outcome.missing for run, outcome in found.items()} == dict.fromkeys(
        ("cortex-m4", "cortex-m7"), "no emulator — it is not installed — install it"
    )
    assert told == [("cores", 1, 2), ("cores", 2, 2)]
