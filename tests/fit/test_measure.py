"""One run for each core: which boards share it, and what a missing tool leaves."""

from __future__ import annotations

import numpy as np
import pytest
from verify.graphs import small_model

from edgeq.boards import NO_WAITING, FlashTiming, find_board, load_boards
from edgeq.codegen.native import render_native
from edgeq.fit import measure as module
from edgeq.fit.measure import CoreRun, measure, runs_of
from edgeq.verify.job import Job, Settings, prepare
from edgeq.verify.result import FlashWaits, LayerResult, TargetResult
from edgeq.verify.targets import Target
from edgeq.verify.timed import Timed
from edgeq.verify.toolchain import MissingToolError


def test_a_board_is_told_of_by_its_core_and_its_own_flash() -> None:
    runs = runs_of(load_boards())
    for name in ("nucleo-l4r5zi", "b-l475e-iot01a"):
        flash = find_board(name).flash_timing
        assert flash is not None
        assert runs[name] == CoreRun("cortex-m4", Timed("cortex-m4", flash))
    assert runs["esp32-c3-devkitm"] == runs["pico-2-riscv"]  # which has rules of its core
    assert runs["ek-ra8d1"] == runs["stm32n6570-dk"]
    assert "esp32-devkitc" not in runs


def test_boards_of_a_core_share_an_execution(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each gets the waits for its own flash, in its cycles, causes and layers."""
    asked: list[Timed | None] = []

    def verified(job: Job, target: Target, settings: Settings, **_: object) -> TargetResult:
        asked.append(settings.timed)
        waits = tuple(FlashWaits({"flash, code": 10 * k}, (10 * k,)) for k in range(3))
        layer = LayerResult(0, "op", "name", 1, 1, cycles=100)
        causes = {"load": 100}
        return TargetResult(
            target.name, "ok", None, 1, 0, 0, None, 50, 100, layers=(layer,), cycle_causes=causes,
            flash_waits=waits,
        )  # fmt: skip

    monkeypatch.setattr(module, "verify_target", verified)
    flashes = [NO_WAITING, FlashTiming(8, 1, "one"), FlashTiming(8, 2, "two")]
    runs = [CoreRun("cortex-m4", Timed("cortex-m4", flash)) for flash in flashes]
    model = small_model()
    job = prepare(model, render_native(model, "m"), (np.zeros((1, 1, 6, 5, 3), np.int8),))
    outcomes = measure(job, runs, Settings())
    assert asked == [Timed("cortex-m4", flashes[0], (flashes[1], flashes[2]))]
    results = [outcomes[run].result for run in runs]
    assert [r and r.cycles_per_inference for r in results] == [100, 110, 120]
    assert [r and r.layers[0].cycles for r in results] == [100, 110, 120]
    assert [r and dict(r.cycle_causes) for r in results][1] == {"load": 100, "flash, code": 10}


def test_a_board_alone_waits_for_no_other_boards_flash() -> None:
    flash = find_board("nano-33-ble").flash_timing or NO_WAITING
    runs = runs_of([find_board("nano-33-ble")])
    assert runs == {"nano-33-ble": CoreRun("cortex-m4", Timed("cortex-m4", flash))}


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
