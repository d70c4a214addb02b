"""What `edgeq fit` found: one row for each board, and what they have in common."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from edgeq.boards import Board, Fit
from edgeq.boards.model import CurrentBasis
from edgeq.html import result_html
from edgeq.verify.latency import Latency, latency_fields
from edgeq.verify.result import TargetResult

Code = Literal["measured", "estimated"]


@dataclass(frozen=True)
class RegionUse:
    """A region of a board's memory, in bytes: how much it has, and how much the model takes of it."""

    name: str
    kind: str
    bytes: int
    used_bytes: int


@dataclass(frozen=True)
class BoardFit:
    """A model on a board. Sizes in bytes; what is not known is None, never a guess.

    room: flash (code and constants) and RAM (arena, state and stack) against the board's.
    why: by how much memory or a limit that was asked for does not suffice, empty where it fits.
    doubt: what of that may turn out otherwise, since a limit lies within the range.
    code: whether code and stack were measured, compiled for the core by toolchain, or estimated.
    energy_mj: of an inference, at the current that energy_basis states.
    frameworks: those of the board under whose own limits the model fits.
    run: what the core that stands for the board did, None where nothing did; boards of a core share
        it, so waits for flash in it may be another board's.
    """

    board: Board
    room: Fit
    why: str
    doubt: str
    code_bytes: int
    code: Code
    toolchain: str | None
    regions: tuple[RegionUse, ...]
    frameworks: tuple[str, ...]
    latency: Latency | None
    energy_mj: float | None
    energy_basis: str
    run: TargetResult | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        return self.board.name

    @property
    def fits(self) -> bool:
        return not self.why

    @property
    def latency_ms(self) -> float | None:
        return None if self.latency is None else self.latency.middle

    @property
    def flash_mark(self) -> str:
        """The mark in front of milliseconds for the waits for flash: `>` without them, as the board's
        flash is not on file, `~` with an estimate of it; none otherwise.
        """
        if self.latency is None or self.latency.rests not in ("cycles", "pipeline"):
            return ""
        flash = self.board.flash_timing
        if flash is None:
            return ">"
        return "~" if flash.basis == "estimate" else ""

    @property
    def energy_rests(self) -> CurrentBasis | None:
        """How the board's file has the current that the energy is computed by, None without one."""
        return None if self.board.run_current is None else self.board.run_current.basis

    @property
    def memory_bytes(self) -> int:
        """The board's flash and RAM together, by which the cheapest one is found: prices are not known."""
        return self.board.flash_bytes + self.board.ram_bytes

    def to_json(self) -> dict[str, Any]:
        """The board as `--json` prints it."""
        return {
            "name": self.name,
            "title": self.board.title,
            "core": self.board.core,
            "clock_hz": self.board.clock_hz,
            "fits": self.fits,
            "why": self.why,
            "doubt": self.doubt,
            **asdict(self.room),
            "code_bytes": self.code_bytes,
            "code": self.code,
            "toolchain": self.toolchain,
            "regions": [asdict(region) for region in self.regions],
            "frameworks": list(self.frameworks),
            **latency_fields(self.latency),
            "energy_mj": self.energy_mj,
            "energy_rests": self.energy_rests,
            "energy_basis": self.energy_basis,
        }


@dataclass(frozen=True)
class FitResult:
    """How a model fits boards, in the order that was asked for. macs: multiply-accumulates of an inference.

    notes: what could not be measured on this machine, and what to install; and how many steps loops
        took where that depends on data.
    """

    model: str
    macs: int
    model_bytes: int
    arena_bytes: int
    state_bytes: int
    sort: str
    boards: tuple[BoardFit, ...]
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the model fits at least one board."""
        return any(board.fits for board in self.boards)

    def to_json(self) -> dict[str, Any]:
        """The result as `--json` prints it."""
        return {
            "model": self.model,
            "macs": self.macs,
            "model_bytes": self.model_bytes,
            "arena_bytes": self.arena_bytes,
            "state_bytes": self.state_bytes,
            "sort": self.sort,
            "boards": [board.to_json() for board in self.boards],
            "notes": list(self.notes),
        }

    _repr_html_ = result_html
