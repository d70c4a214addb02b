"""Runs cases in the reader, clean-up, the interpreters and the compiled C, and tells whether the results are equal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from differential.case import Case, as_read
from differential.compiled import HOST, Lowered, c_name, lowered, run_compiled
from differential.interpreters import interpreted, same
from differential.outcome import DIFFERS, EQUAL, FAILED, REFUSED, Outcome
from edgeq.cleanup import clean_up
from edgeq.errors import EdgeqError
from edgeq.simulate.execute import execute
from edgeq.simulate.oracles import ORACLES

READER, CLEAN = "file", "clean-up"


@dataclass(frozen=True)
class Computers:
    """Where cases run. compile: whether the C is; cores: emulated targets for it as well. compiler:
    of this machine, its first one by default.
    """

    compile: bool = True
    cores: tuple[str, ...] = ()
    compiler: str | None = None
    interpreters: tuple[str, ...] = tuple(ORACLES)

    @property
    def targets(self) -> tuple[str, ...]:
        return ((HOST,) if self.compile else ()) + self.cores


def judged(cases: Sequence[Case], computers: Computers) -> list[list[Outcome]]:
    """Of each case, the outcome in each computer."""
    outcomes = [[_file(case), _cleaned(case)] for case in cases]
    for name in computers.interpreters:
        for case, said in zip(cases, outcomes, strict=True):
            said.append(interpreted(name, case))
    if computers.targets:
        _judge_compiled(cases, computers, outcomes)
    return outcomes


def _judge_compiled(
    cases: Sequence[Case], computers: Computers, outcomes: Sequence[list[Outcome]]
) -> None:
    """Adds the outcomes in C."""
    ready: list[tuple[Lowered, list[Outcome]]] = []
    for case, said in zip(cases, outcomes, strict=True):
        one = lowered(case)
        if isinstance(one, Outcome):
            said.append(one)
        else:
            ready.append((one, said))
    for target in computers.targets:
        level = computers.compiler if target == HOST else None
        for (_, said), outcome in zip(
            ready, run_compiled([one for one, _ in ready], target, level), strict=True
        ):
            said.append(outcome)


def _file(case: Case) -> Outcome:
    """Whether the model comes back from its file, which need not be read twice."""
    return _checked(READER, lambda: case.file == case.read_from or as_read(case.file) == case.model)


def _cleaned(case: Case) -> Outcome:
    """Whether clean-up leaves the outputs as they are."""

    def agrees() -> bool:
        clean = clean_up(case.model).model
        if clean is case.model:
            return True
        got = execute(clean.main, case.inputs)
        return all(
            same(case.expected[t], got[c])
            for t, c in zip(case.model.main.outputs, clean.main.outputs, strict=True)
            if t in case.expected
        )

    return _checked(CLEAN, agrees)


def _checked(name: str, agrees: Callable[[], bool]) -> Outcome:
    try:
        return Outcome(name, EQUAL) if agrees() else Outcome(name, DIFFERS, "another result")
    except Exception as error:  # of a model that was bound and simulated
        return Outcome(name, FAILED, f"{type(error).__name__}: {error}")


def simulated(case: Callable[[], Case]) -> Case | Outcome:
    """A case with the simulator's values, or why there are none."""
    try:
        return case()
    except EdgeqError as error:
        return Outcome("simulator", REFUSED, error.why)
    except Exception as error:  # of simulating a graph that was bound
        return Outcome("simulator", FAILED, f"{type(error).__name__}: {error}")


def outcome_in(computer: str, case: Case, computers: Computers) -> Outcome | None:
    """The outcome of a case in one of the computers, by its name; None where it has none."""
    if computer == READER:
        return _file(case)
    if computer == CLEAN:
        return _cleaned(case)
    if computer in computers.interpreters:
        return interpreted(computer, case)
    outcomes: list[Outcome] = []
    targets = [target for target in computers.targets if c_name(target) == computer]
    for target in targets or computers.targets[:1]:
        _judge_compiled(
            [case],
            replace(computers, compile=target == HOST, cores=() if target == HOST else (target,)),
            [outcomes],
        )
    return next((outcome for outcome in outcomes if outcome.computer == computer), None)
