"""A run of differential testing: batches until the time or the number of cases is up, with counts
of every outcome and a small file for each fault.
"""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from differential.attempt import UnexpectedError
from differential.case import Case, as_read, draw_inputs, make_case
from differential.chain import draw_model
from differential.golden import keep, keep_file
from differential.judge import Computers, judged, outcome_in, simulated
from differential.outcome import FAILED, Outcome
from differential.shrink import shrunk
from edgeq.graph import Model, write_tflite

SAMPLES = 6  # of each case
KINDS = 6  # operators of a batch, so that few kernels are compiled for many cases


@dataclass(frozen=True)
class Finding:
    """A case that failed: the outcome, the operators, and the file of the shrunk case."""

    outcome: Outcome
    kinds: str
    path: Path | None


@dataclass
class Tally:
    """What a run has seen. outcomes: (computer, status) -> cases; reasons: (computer, status,
    operators of the case, why) -> cases; kinds: operator -> cases with it.
    """

    cases: int = 0
    elements: int = 0
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    reasons: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    repeated: Counter[tuple[str, str]] = field(default_factory=Counter)


@dataclass(frozen=True)
class Settings:
    """seed: of everything that is random. cases, seconds: whichever is reached first ends the run.
    batch: cases of one program. keep: the folder of shrunk cases, None to keep none. only: the
    operators, all by default. shrink_seconds: for each finding.
    """

    seed: int
    seconds: float
    cases: int
    batch: int
    computers: Computers
    keep: Path | None = None
    only: tuple[str, ...] = ()
    shrink_seconds: float = 60


def run(
    settings: Settings,
    seeds: Mapping[str, Sequence[Model]],
    progress: Callable[[Tally], None] = lambda tally: None,
) -> Tally:
    """Runs batches. The cases of batch k depend on the seed and on k alone."""
    tally, end, number = Tally(), time.monotonic() + settings.seconds, 0
    kinds = [kind for kind in seeds if not settings.only or kind in settings.only]
    while time.monotonic() < end and tally.cases < settings.cases:
        rng = np.random.default_rng([settings.seed, number])
        count = min(settings.batch, settings.cases - tally.cases)
        cases = _drawn(tally, seeds, kinds, count, rng, end, settings.keep)
        _add(tally, cases, settings)
        progress(tally)
        number += 1
    return tally


def _drawn(
    tally: Tally,
    seeds: Mapping[str, Sequence[Model]],
    kinds: Sequence[str],
    count: int,
    rng: np.random.Generator,
    end: float,
    folder: Path | None,
) -> list[Case]:
    """The cases of a batch; fewer where drawing takes longer than there is time."""
    few = [str(k) for k in rng.choice(kinds, min(KINDS, len(kinds)), replace=False)]
    cases: list[Case] = []
    for _ in range(count):
        tally.cases += 1
        try:
            data, model = _read_back(draw_model(seeds, few, rng))
        except UnexpectedError as error:
            _count(tally, Outcome("checks", FAILED, error.why), error.model.main.ops[0].kind)
            _add_unexpected(tally, error, folder)
            continue
        case = simulated(
            lambda model=model, data=data: make_case(
                model, draw_inputs(model.main, SAMPLES, rng), data
            )
        )
        if isinstance(case, Outcome):
            _count(tally, case, "+".join(op.kind for op in model.main.ops))
            if case.finding:
                tally.findings.append(Finding(case, model.main.ops[0].kind, None))
        else:
            cases.append(case)
        if time.monotonic() > end:
            break
    return cases


def _read_back(model: Model) -> tuple[bytes, Model]:
    """The file of a model, and the model that is read from it. Raises UnexpectedError if the model was
    accepted but its file is not.
    """
    try:
        data = write_tflite(model)
        return data, as_read(data)
    except Exception as error:
        raise UnexpectedError(model, f"its file: {type(error).__name__}: {error}") from error


def _add_unexpected(tally: Tally, error: UnexpectedError, folder: Path | None) -> None:
    """Counts a model whose check raised what is no EdgeqError, and keeps its file; the first of each
    operator.
    """
    kind = error.model.main.ops[0].kind
    tally.repeated["checks", kind] += 1
    if tally.repeated["checks", kind] > 1:
        return
    path = None
    with contextlib.suppress(Exception):  # such a model may be none that can be written
        data = write_tflite(error.model)
        path = keep_file(data, folder, f"{kind.lower()}-checks") if folder else None
    tally.findings.append(Finding(Outcome("checks", FAILED, error.why), kind, path))


def _add(tally: Tally, cases: Sequence[Case], settings: Settings) -> None:
    for case, outcomes in zip(cases, judged(cases, settings.computers), strict=True):
        tally.kinds.update({op.kind for op in case.model.main.ops})
        tally.elements += sum(outcome.elements for outcome in outcomes)
        for outcome in outcomes:
            _count(tally, outcome, case.kinds)
        found = [outcome for outcome in outcomes if outcome.finding]
        if found:
            _found(tally, case, found[0], settings)


def _count(tally: Tally, outcome: Outcome, kinds: str) -> None:
    tally.outcomes[outcome.computer, outcome.status] += 1
    if outcome.why:
        tally.reasons[outcome.computer, outcome.status, kinds, outcome.why] += 1


def _found(tally: Tally, case: Case, outcome: Outcome, settings: Settings) -> None:
    """Shrinks and keeps a case, unless its like has been found: the computer and the operators of
    the shrunk case are the same.
    """
    single = outcome.computer, case.kinds
    tally.repeated[single] += 1
    if tally.repeated[single] > 1:
        return

    def fails(smaller: Case) -> bool:
        said = outcome_in(outcome.computer, smaller, settings.computers)
        return said is not None and said.status == outcome.status

    small = shrunk(case, fails, settings.shrink_seconds)
    like = outcome.computer, small.kinds
    tally.repeated[like] += like != single
    if like != single and tally.repeated[like] > 1:
        return
    now = outcome_in(outcome.computer, small, settings.computers) or outcome
    name = f"{small.kinds.lower().replace('+', '-')[:60]}-{outcome.computer.replace(', ', '-').lower()}"
    path = keep(small, settings.keep, name) if settings.keep is not None else None
    tally.findings.append(Finding(now, small.kinds, path))
