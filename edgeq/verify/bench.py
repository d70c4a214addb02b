"""`edgeq bench`: what a model costs on each target with each compiler, beside TFLM where it was
measured.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from edgeq.boards import NO_WAITING, Board, find_board
from edgeq.cleanup import cleaned
from edgeq.codegen.native import render_native
from edgeq.errors import EdgeqError
from edgeq.graph import ModelSource, stem_of
from edgeq.simulate.execute import random_inputs
from edgeq.verify.emulators import EMULATORS
from edgeq.verify.job import Job, Settings, prepare
from edgeq.verify.result import TargetResult
from edgeq.verify.run import verify_target
from edgeq.verify.targets import Target, select_targets
from edgeq.verify.toolchain import check_level, compiler_command

SAME_CORE = {
    "cortex-m7": "cortex-m4",
    "cortex-m33": "cortex-m4",
}  # executes the same instructions as, near enough


@dataclass(frozen=True)
class Baseline:
    """What another engine needs for the same model. ratio: our instructions to its, arena_ratio:
    our arena to its.
    """

    core: str
    kernels: str
    instructions: int
    arena_bytes: int
    code_bytes: int | None
    ratio: float | None = None
    arena_ratio: float | None = None


@dataclass(frozen=True)
class BenchRow:
    """One target and compiler. board: whose clock and flash make cycles and milliseconds of what
    the target executed, None where none was asked for.
    """

    result: TargetResult
    compiler: str | None
    optimization: str
    baselines: tuple[Baseline, ...]
    board: Board | None = None

    @property
    def milliseconds(self) -> float | None:
        """Of an inference on the board, None where the cycles of its core are not known."""
        cycles = self.result.cycles_per_inference
        return None if cycles is None or self.board is None else 1e3 * cycles / self.board.clock_hz

    @property
    def flash_bytes(self) -> int | None:
        """Code and the model's constants, None where the target cannot tell."""
        code, constants = self.result.code_bytes, self.result.model_bytes
        return None if code is None or constants is None else code + constants

    @property
    def macs(self) -> int:
        """Multiply-accumulates of an inference."""
        return sum(layer.macs or 0 for layer in self.result.layers)

    def to_json(self) -> dict[str, Any]:
        """The target as `--json` prints it."""
        own = {
            "compiler": self.compiler,
            "optimization": self.optimization,
            "flash_bytes": self.flash_bytes,
            "macs": self.macs,
            "baselines": [vars(b) for b in self.baselines],
            "board": self.board and self.board.name,
            "milliseconds_per_inference": self.milliseconds,
        }
        return {
            **self.result.to_json(),
            **own,
            "layers": [vars(layer) for layer in self.result.layers],
        }


@dataclass(frozen=True)
class BenchResult:
    """All targets and compilers. title: of a model with baselines; source: what they are and how
    they were measured.
    """

    targets: tuple[BenchRow, ...]
    title: str | None
    source: str | None

    @property
    def ok(self) -> bool:
        """Whether at least one target ran and none differed or failed."""
        statuses = {row.result.status for row in self.targets}
        return "ok" in statuses and not statuses & {"different", "failed"}

    def to_json(self) -> dict[str, Any]:
        """The result as `--json` prints it; `layers` are those of the first target that ran."""
        first = next((row for row in self.targets if row.result.status == "ok"), None)
        return {
            "targets": [row.to_json() for row in self.targets],
            "layers": [vars(layer) for layer in first.result.layers] if first else [],
            "baselines": {"model": self.title, "source": self.source},
        }


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
    board: str | None = None,
) -> BenchResult:
    """Counts a model's instructions and bytes on targets, and compares every byte of `samples`
    random inputs.

    board: a board's name in place of targets; cycles are computed by the timing of its core and of
    its flash.

    model: as `read_tflite` gives it, or the path or bytes of a .tflite file.
    targets: names from `targets.TARGETS`; `all` means the emulated ones. compilers: names, `gcc`
    for every cross GCC as well, or none for each target's installed ones. strict: raise
    MissingToolError where a tool is missing instead of reporting `unavailable`. Raises EdgeqError
    for unknown names, UnsupportedError for layers that edgeq lacks.
    """
    chosen, known = settings or Settings(), _baselines()
    on = None if board is None else find_board(board)
    if on is not None:
        targets = (_emulated(on),)
        chosen = replace(chosen, flash=on.flash_timing or NO_WAITING)
    rows = [t for t in select_targets(tuple(targets)) if t.runner in EMULATORS or t.name in targets]
    loaded, stem = cleaned(model), name or stem_of(model)
    check_level(chosen.optimization)
    job = prepare(
        loaded,
        render_native(loaded, stem, (), chosen.native),
        random_inputs(loaded.main, samples, seed),
    )
    found = known["models"].get(job.engine.context["hash"])
    pairs = [(target, compiler) for target in rows for compiler in _compilers(target, compilers)]
    if not pairs:
        known = dict.fromkeys(c.name for target in rows for c in target.compilers)
        raise EdgeqError(
            f"no target takes {', '.join(compilers)}",
            f"they take {', '.join(known)}",
            "name one of those",
        )
    table = found["rows"] if found else []
    results = tuple(
        _row(job, target, replace(chosen, compiler=c), table, strict, on) for target, c in pairs
    )
    return BenchResult(
        results, found["title"] if found else None, known["source"] if found else None
    )


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
