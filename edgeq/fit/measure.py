"""Runs of a model on the emulated cores that stand for boards: one for each core, shared by its boards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from edgeq.boards import NO_WAITING, Board
from edgeq.verify.job import Job, Settings
from edgeq.verify.result import TargetResult
from edgeq.verify.run import verify_target
from edgeq.verify.targets import Target, find_target
from edgeq.verify.timed import Timed, timed_by
from edgeq.verify.toolchain import MissingToolError, compiler_command

Progress = Callable[[str, int, int], None]  # what, done, in all
THREADS = 2  # compilers and emulators run beside Python


@dataclass(frozen=True)
class CoreRun:
    """What is run once: a target, and by what its cycles are computed, None where they are not."""

    target: str
    timed: Timed | None


@dataclass(frozen=True)
class Outcome:
    """A run's result, or the reason why nothing was measured."""

    result: TargetResult | None
    missing: str = ""


def runs_of(boards: Iterable[Board]) -> Mapping[str, CoreRun]:
    """Board's name -> the run that tells of it; boards that nothing executes are left out.

    A board without a flash of its own, or whose core's timing is not public, takes any run of its
    target, since cycles that wait for flash, and those of other cores, are told apart.
    """
    own = {b.name: CoreRun(b.emulated, timed_by(b)) for b in boards if b.emulated is not None}
    shared = {run.target: run for run in sorted(own.values(), key=_knows)}
    return {name: _shared(run, shared[run.target]) for name, run in own.items()}


def _knows(run: CoreRun) -> tuple[bool, bool]:
    """Order of runs of a target: the last tells most."""
    return run.timed is not None, run.timed is not None and run.timed.flash != NO_WAITING


def _shared(own: CoreRun, shared: CoreRun) -> CoreRun:
    """The run that tells of a board: the shared one if it has the board's core and the board no flash."""
    if own.timed is None or shared.timed is None:
        return shared
    same = own.timed.core == shared.timed.core and own.timed.flash == NO_WAITING
    return shared if same else own


def measure(
    job: Job, runs: Sequence[CoreRun], settings: Settings, progress: Progress | None = None
) -> Mapping[CoreRun, Outcome]:
    """Every run's outcome, a few at a time, those whose cycles are computed first, since they take
    longest. progress: told what, how many are done, and how many there are.
    """
    ordered = sorted(set(runs), key=lambda run: (run.timed is None, run.target))
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
    chosen = replace(settings, compiler=_compiler(target), timed=run.timed)
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
