"""`edgeq bench`: what a model costs on each target with each compiler, beside TFLM where it was
measured.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from edgeq.boards import Board, find_board
from edgeq.cleanup import cleaned
from edgeq.codegen.native import render_native
from edgeq.errors import EdgeqError
from edgeq.graph import ModelSource, stem_of
from edgeq.simulate.execute import random_inputs
from edgeq.verify.bench_result import Baseline, BenchResult, BenchRow
from edgeq.verify.emulators import EMULATORS
from edgeq.verify.job import Job, Settings, prepare
from edgeq.verify.latency import work_of
from edgeq.verify.library import check_tree
from edgeq.verify.result import TargetResult
from edgeq.verify.run import verify_target
from edgeq.verify.targets import Target, find_target, select_targets
from edgeq.verify.timed import timed_by
from edgeq.verify.toolchain import check_level, compiler_command

SAME_CORE = {
    "cortex-m7": "cortex-m4",
    "cortex-m33": "cortex-m4",
}  # executes the same instructions as, near enough


def bench(
    model: ModelSource,
    *,
    targets: Sequence[str] = ("all",),
    compilers: Sequence[str] = (),
    samples: int = 1,
    seed: int = 0,
    name: str | None = None,
    settings: Settings | None = None,
    strict: bool = False,
    boards: Sequence[str] = (),
) -> BenchResult:
    """Counts a model's instructions and bytes on targets, and compares every byte of `samples`
    random inputs.

    boards: names of boards in place of targets; cycles are computed by the timing of their cores and
    of their flash.

    model: as `read_tflite` gives it, or the path or bytes of a .tflite file.
    targets: names from `targets.TARGETS`; `all` means the emulated ones. compilers: names, `gcc`
    for every cross GCC as well, or none for each target's installed ones. strict: raise
    MissingToolError where a tool is missing instead of reporting `unavailable`. Raises EdgeqError
    for unknown names, UnsupportedError for layers that edgeq lacks.
    """
    chosen, known = settings or Settings(), _baselines()
    asked = [find_board(name) for name in dict.fromkeys(boards)]
    places: list[tuple[Target, Board | None]] = [(find_target(_emulated(b)), b) for b in asked]
    if not asked:
        named = select_targets(tuple(targets))
        places = [(t, None) for t in named if t.runner in EMULATORS or t.name in targets]
    loaded, stem = cleaned(model), name or stem_of(model)
    check_level(chosen.optimization)
    check_tree(chosen.native.library)
    job = prepare(
        loaded,
        render_native(loaded, stem, (), chosen.native),
        random_inputs(loaded.main, samples, seed),
    )
    found = known["models"].get(job.engine.context["hash"])
    runs = [(target, on, c) for target, on in places for c in _compilers(target, compilers)]
    if not runs:
        known = dict.fromkeys(c.name for target, _ in places for c in target.compilers)
        raise EdgeqError(
            f"no target takes {', '.join(compilers)}",
            f"they take {', '.join(known)}",
            "name one of those",
        )
    table = found["rows"] if found else []
    results = tuple(
        _row(job, target, replace(chosen, compiler=c), table, strict, on) for target, on, c in runs
    )
    title, source = (found["title"], known["source"]) if found else (None, None)
    return BenchResult(results, title, source, work_of(job.engine))


def _compilers(target: Target, wanted: Sequence[str]) -> list[str | None]:
    """The names of the target's compilers that are wanted, or of all installed ones; [None], which
    stands for the first, where none is installed.
    """
    names = [c.name for c in target.compilers]
    if wanted:
        return [name for name in names if any(name == w or name.endswith(f"-{w}") for w in wanted)]
    return [name for name in names if compiler_command(name)] or [None]


def _emulated(board: Board) -> str:
    """The target that executes what the board does. Raises EdgeqError where there is none."""
    if board.emulated is None:
        raise EdgeqError(
            f"board {board.name} cannot be benchmarked here",
            f"no emulator of its core {board.core} is known",
            "`edgeq bench` without --board counts instructions of other cores",
        )
    return board.emulated


def _row(
    job: Job,
    target: Target,
    settings: Settings,
    known: Sequence[dict[str, Any]],
    strict: bool,
    board: Board | None,
) -> BenchRow:
    if board is not None:
        settings = replace(settings, timed=timed_by(board))
    result = verify_target(job, target, settings=settings, strict=strict)
    core = SAME_CORE.get(target.name, target.name)
    baselines = tuple(_compare(Baseline(**row), result) for row in known if row["core"] == core)
    return BenchRow(result, settings.compiler, settings.optimization, baselines, board)


def _compare(baseline: Baseline, result: TargetResult) -> Baseline:
    counted, arena = result.instructions_per_inference, result.arena_bytes
    return replace(
        baseline,
        ratio=None if counted is None else round(counted / baseline.instructions, 4),
        arena_ratio=None if arena is None else round(arena / baseline.arena_bytes, 4),
    )


@lru_cache(maxsize=1)
def _baselines() -> dict[str, Any]:
    """The packaged figures: source, and by a model's hash its title and rows."""
    read: dict[str, Any] = json.loads(
        (Path(__file__).parent / "baselines.json").read_text(encoding="utf-8")
    )
    return read
