"""Runs of a model on the emulated cores that stand for boards: one for each core, shared by its boards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from edgeq.boards import NO_WAITING, Board, FlashTiming
from edgeq.cycles import CORES
from edgeq.verify.job import Job, Settings
from edgeq.verify.result import TargetResult
from edgeq.verify.run import verify_target
from edgeq.verify.targets import Target, find_target
from edgeq.verify.toolchain import MissingToolError, compiler_command

Progress = Callable[[str, int, int], None]  # what, done, in all
THREADS = 2  # compilers and emulators run beside Python


@dataclass(frozen=True)
class CoreRun:
    """What is run once: a target with a flash, None where its cycles are not computed."""

    target: str
    flash: FlashTiming | None


@dataclass(frozen=True)
class Outcome:
    """A run's result, or the reason why nothing was measured."""

    result: TargetResult | None
    missing: str = ""


def runs_of(boards: Iterable[Board]) -> Mapping[str, CoreRun]:
    """Board's name -> the run that tells of it; boards that nothing executes are left out.

    A board without a flash of its own takes any run of its core, since cycles that wait for flash are
    told apart.
    """
    known = [board for board in boards if board.emulated is not None]
    timed = {b.emulated: b.flash_timing for b in known if b.flash_timing is not None}
    return {board.name: _run_of(board, timed) for board in known}


def _run_of(board: Board, timed: Mapping[str | None, FlashTiming]) -> CoreRun:
    target = board.emulated or ""
    if target not in CORES:
        return CoreRun(target, None)
    return CoreRun(target, board.flash_timing or timed.get(target, NO_WAITING))


def measure(
    job: Job, runs: Sequence[CoreRun], settings: Settings, progress: Progress | None = None
) -> Mapping[CoreRun, Outcome]:
    """Every run's outcome, a few at a time, those whose cycles are computed first, since they take
    longest. progress: told what, how many are done, and how many there are.
    """
    ordered = sorted(set(runs), key=lambda run: (run.flash is None, run.target))
    outcomes: dict[CoreRun, Outcome] = {}
    with ThreadPoolExecutor(THREADS) as pool:
        for run, outcome in zip(
            ordered, pool.map(lambda run: _measured(job, run, settings), ordered), strict=True
        ):
            outcomes[run] = outcome
            if progress is not None:
                progress("cores", len(outcomes), len(ordered))
    return outcomes


def _measured(job: Job, run: CoreRun, settings: Settings) -> Outcome:
    target = find_target(run.target)
    chosen = replace(settings, compiler=_compiler(target), flash=run.flash)
    try:
        return Outcome(verify_target(job, target, settings=chosen, strict=True))
    except MissingToolError as error:
        return Outcome(None, str(error))


def _compiler(target: Target) -> str | None:
    """GCC for the core where it is installed, since boards' frameworks build with it; else the
    target's first compiler.
    """
    cross = (c.name for c in target.compilers if c.name.endswith("-gcc"))
    return next((name for name in cross if compiler_command(name)), None)
