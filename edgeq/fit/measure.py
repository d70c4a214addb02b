"""Runs of a model on the emulated cores that stand for boards: one for each core, shared by its boards,
whose flashes are all simulated beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from edgeq.boards import Board
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
    """What tells of a board: a target, and by what its cycles are computed, None where they are not."""

    target: str
    timed: Timed | None


@dataclass(frozen=True)
class Outcome:
    """A run's result, or the reason why nothing was measured."""

    result: TargetResult | None
    missing: str = ""


def runs_of(boards: Iterable[Board]) -> Mapping[str, CoreRun]:
    """Board's name -> the run that tells of it; boards that nothing executes are left out.

    A board whose core's timing is not public takes any run of its target, since cycles of other cores
    are told apart.
    """
    own = {b.name: CoreRun(b.emulated, timed_by(b)) for b in boards if b.emulated is not None}
    timed = {run.target: run for run in own.values() if run.timed is not None}
    return {
        name: run if run.timed is not None else timed.get(run.target, run)
        for name, run in own.items()
    }


def measure(
    job: Job, runs: Sequence[CoreRun], settings: Settings, progress: Progress | None = None
) -> Mapping[CoreRun, Outcome]:
    """Every run's outcome, a few at a time, those whose cycles are computed first, since they take
    longest. Runs that differ in their flash alone are one. progress: told what, how many are done, and
    how many there are.
    """
    cores: dict[tuple[str, str], list[CoreRun]] = {}
    for run in dict.fromkeys(runs):
        cores.setdefault((run.target, run.timed.core if run.timed else ""), []).append(run)
    ordered = sorted(cores.values(), key=lambda same: (same[0].timed is None, same[0].target))
    outcomes: dict[CoreRun, Outcome] = {}
    with ThreadPoolExecutor(THREADS) as pool:
        together = pool.map(lambda same: _measured(job, _with_all_flashes(same), settings), ordered)
        for done, (same, outcome) in enumerate(zip(ordered, together, strict=True), 1):
            for which, run in enumerate(same):
                result = outcome.result and outcome.result.with_flash(which)
                outcomes[run] = replace(outcome, result=result)
            if progress is not None:
                progress("cores", done, len(ordered))
    return outcomes


def _with_all_flashes(same: Sequence[CoreRun]) -> CoreRun:
    """The run of a core with the flashes of all of them."""
    first, *others = (run.timed for run in same)
    if first is None:
        return same[0]
    flashes = tuple(timed.flash for timed in others if timed is not None)
    return replace(same[0], timed=replace(first, others=flashes))


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
