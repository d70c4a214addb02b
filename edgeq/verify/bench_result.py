"""What `edgeq bench` found: targets and compilers, TFLM beside them, and milliseconds on boards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from edgeq.boards import Board, load_boards
from edgeq.html import result_html
from edgeq.verify.latency import Latency, Work, board_latency, latency_fields
from edgeq.verify.result import TargetResult


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
class BoardLatency:
    """A board's milliseconds, by the compiler whose code is fastest there, None where they are
    estimated without it. latency: None where they are not known.
    """

    board: Board
    compiler: str | None
    latency: Latency | None

    def to_json(self) -> dict[str, Any]:
        """The board as `--json` prints it."""
        return {"name": self.board.name, "compiler": self.compiler, **latency_fields(self.latency)}


@dataclass(frozen=True)
class BenchResult:
    """All targets and compilers. title: of a model with baselines; source: what they are and how
    they were measured; work: what an inference computes.
    """

    targets: tuple[BenchRow, ...]
    title: str | None
    source: str | None
    work: Work

    @property
    def boards(self) -> tuple[BoardLatency, ...]:
        """The boards that were asked for; where none were, all whose core a target stands for. Only
        targets that gave the right bytes tell.
        """
        ran = [row for row in self.targets if row.result.status == "ok"]
        asked = {row.board.name: row.board for row in self.targets if row.board is not None}
        found = []
        for board in asked.values() or load_boards():
            rows = [row for row in ran if _stands_for(row, board)]
            if rows:
                found.append(self._latency(board, rows))
        return tuple(found)

    def _latency(self, board: Board, rows: Sequence[BenchRow]) -> BoardLatency:
        """The board's milliseconds by the fastest of the rows, one at least."""
        found = [(board_latency(board, row.result, self.work), row.compiler) for row in rows]
        latency, compiler = min(found, key=lambda f: float("inf") if f[0] is None else f[0].middle)
        measured = latency is not None and latency.rests != "estimate"
        return BoardLatency(board, compiler if measured else None, latency)

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
            "boards": [board.to_json() for board in self.boards],
            "baselines": {"model": self.title, "source": self.source},
        }

    _repr_html_ = result_html


def _stands_for(row: BenchRow, board: Board) -> bool:
    """Whether a row tells of the board: it ran for it, or for none, on the core that stands for it."""
    if row.board is not None:
        return row.board.name == board.name
    return row.result.name == board.emulated
