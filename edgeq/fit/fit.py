"""`edgeq fit`: a model on every board: does it fit, how fast, at what energy, and why not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from edgeq.boards import Board, Fit, find_board, fits, load_boards
from edgeq.cleanup import cleaned
from edgeq.codegen.native import NativeEngine, estimated_code_bytes, render_native
from edgeq.errors import EdgeqError
from edgeq.fit.energy import board_energy, energy_basis
from edgeq.fit.limits import Limits, judge
from edgeq.fit.measure import CoreRun, Outcome, measure, runs_of
from edgeq.fit.result import BoardFit, FitResult, RegionUse
from edgeq.graph import ModelSource, stem_of
from edgeq.simulate.execute import random_inputs
from edgeq.verify.job import Settings, prepare
from edgeq.verify.latency import Work, board_latency, work_of
from edgeq.verify.open_loops import step_notes
from edgeq.verify.result import TargetResult

STACK_BYTES = 1024
"""An upper estimate of the stack where none was measured; the deepest of docs/performance.md has 616."""
UNKNOWN = float("inf")  # sorts behind every figure

SORTS: Mapping[str, Callable[[BoardFit], tuple[float, ...]]] = {
    "cheapest": lambda b: (b.memory_bytes, b.board.clock_hz),
    "latency": lambda b: (_known(b.latency_ms), b.memory_bytes),
    "energy": lambda b: (_known(b.energy_mj), _known(b.latency_ms)),
    "flash": lambda b: (b.board.flash_bytes, b.board.ram_bytes),
    "ram": lambda b: (b.board.ram_bytes, b.board.flash_bytes),
}
"""Order of boards -> what it compares. `cheapest` is the least flash and RAM together, since prices
are not on file; `flash` and `ram` are the least of each. Boards that do not fit come last.
"""


def fit(
    model: ModelSource,
    *,
    boards: Sequence[str] = (),
    max_latency_ms: float | None = None,
    max_energy_mj: float | None = None,
    sort: str = "cheapest",
    name: str | None = None,
    settings: Settings | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> FitResult:
    """Says of boards whether they hold a model, how many milliseconds and millijoules it takes, and why not.

    model: as `read_tflite` gives it, or the path or bytes of a .tflite file.
    boards: names that `edgeq boards` lists; all of them by default.
    max_latency_ms, max_energy_mj: what an inference may take; a board of which that is not known
        does not fit.
    sort: `cheapest`, `latency`, `energy`, `flash` or `ram`; boards that fit come first.
    name: prefix of the generated names; the file's by default.
    settings: how the C is compiled, as for `verify`.
    progress: told (what, cores done, cores in all).

    Raises EdgeqError for unknown names and impossible limits, UnsupportedError for layers that edgeq lacks.
    """
    limits = Limits(max_latency_ms, max_energy_mj)
    limits.check()
    if sort not in SORTS:
        raise EdgeqError(f"sort {sort!r}", "boards have no such order", f"use {', '.join(SORTS)}")
    chosen = tuple(map(find_board, dict.fromkeys(boards))) if boards else load_boards()
    loaded, stem = cleaned(model), name or stem_of(model)
    how = settings or Settings(emulated_samples=1)
    engine = render_native(loaded, stem, (), how.native)
    job = prepare(loaded, engine, random_inputs(loaded.main, 1, 0))
    wanted = runs_of(board for board in chosen if _has_room(board, engine))
    outcomes = measure(job, list(wanted.values()), how, progress)
    work = work_of(engine)
    rows = [_board(board, engine, work, wanted, outcomes, limits) for board in chosen]
    return FitResult(
        stem,
        work.macs,
        engine.model_bytes,
        engine.arena_bytes,
        engine.state_bytes,
        sort,
        tuple(sorted(rows, key=lambda row: (not row.fits, *SORTS[sort](row), row.name))),
        (*dict.fromkeys(o.missing for o in outcomes.values() if o.missing), *step_notes(job, 1)),
    )


def _has_room(board: Board, engine: NativeEngine) -> bool:
    """Whether the board holds constants, arena and state, without which nothing is compiled for it."""
    return fits(board, engine.model_bytes, engine.arena_bytes + engine.state_bytes).fits


def _board(
    board: Board,
    engine: NativeEngine,
    work: Work,
    wanted: Mapping[str, CoreRun],
    outcomes: Mapping[CoreRun, Outcome],
    limits: Limits,
) -> BoardFit:
    outcome = outcomes[wanted[board.name]] if board.name in wanted else Outcome(None)
    run = outcome.result
    failed = "" if run is None or run.status == "ok" else run.reason or f"bytes are {run.status}"
    measured = None if failed else run
    code, ram = _sizes(engine, measured)
    room = fits(board, code + engine.model_bytes, ram)
    latency = board_latency(board, measured, work)
    energy = board_energy(board, latency)
    why, doubt = judge(limits, latency, energy)
    return BoardFit(
        board,
        room,
        "; ".join(filter(None, (room.why, failed, why))),
        doubt,
        code,
        "estimated" if measured is None else "measured",
        None if measured is None else measured.toolchain,
        _regions(board, room),
        () if failed else _frameworks(board, room),
        latency,
        None if energy is None else energy.middle,
        energy_basis(board),
        run,
    )


def _sizes(engine: NativeEngine, run: TargetResult | None) -> tuple[int, int]:
    """Bytes of code and of RAM: of a run, or estimates from above."""
    if run is not None and run.code_bytes is not None and run.ram_bytes is not None:
        return run.code_bytes, run.ram_bytes
    ram = engine.arena_bytes + engine.state_bytes + STACK_BYTES
    return estimated_code_bytes([engine.program]), ram


def _regions(board: Board, room: Fit) -> tuple[RegionUse, ...]:
    """The regions of memory: the program lies in the first flash, all of its RAM in the largest."""
    first = next((r.name for r in board.memory if r.kind == "flash"), None)
    sizes = {r.name: r.bytes for r in board.memory if r.kind == "ram"}
    largest = max(sizes, key=lambda name: sizes[name], default=None)
    used = {first: room.flash_bytes, largest: room.ram_bytes}
    return tuple(RegionUse(r.name, r.kind, r.bytes, used.get(r.name, 0)) for r in board.memory)


def _frameworks(board: Board, room: Fit) -> tuple[str, ...]:
    """Frameworks under whose own limits, often less than the board's, the model fits."""
    names = board.framework_names
    return tuple(f for f in names if fits(board, room.flash_bytes, room.ram_bytes, f).fits)


def _known(value: float | None) -> float:
    return UNKNOWN if value is None else value
