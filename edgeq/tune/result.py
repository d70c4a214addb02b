"""What `tune` ends with: every trial, the best of them, and what stands beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from edgeq.tune.score import best, compare
from edgeq.tune.space import Choice, Value, options_of
from edgeq.tune.trial import Outcome


@dataclass(frozen=True)
class Trial:
    """One way to quantize, and what came of it. number: from 0, in the order proposed."""

    number: int
    choice: Choice
    outcome: Outcome

    def to_json(self) -> dict[str, Any]:
        o = self.outcome
        plain = {"number": self.number, "status": o.status, "options": asdict(options_of(self.choice)),
                 "seconds": o.seconds}  # fmt: skip
        if o.score is None:
            return plain | {"reason": o.reason}
        return plain | o.score.to_json() | {"bytes": o.size, "sha256": o.sha256}


def best_trial(trials: Sequence[Trial]) -> Trial | None:
    """The trial that `edgeq.tune.score.best` takes; None if none has a score."""
    scores = {trial.number: trial.outcome.score for trial in trials if trial.outcome.score is not None}
    if not scores:
        return None
    number = best(scores)
    return next(trial for trial in trials if trial.number == number)


@dataclass(frozen=True)
class TuneResult:
    """What `tune` found. best: the trial to take. model: its integer .tflite, written to `output` if that is no "".

    metric: that decides. float_score: the float model's, None for metrics against itself. searched: the fields that
    were chosen from, with their values. baseline: what TensorFlow's quantizer gives on the same data, or
    `{"status": "unavailable", "reason": …}`; None if not asked for. known: trials that the file `state` had.
    """

    trials: tuple[Trial, ...]
    best: Trial
    metric: str
    float_score: float | None
    searched: Mapping[str, tuple[Value, ...]]
    calibration_samples: int
    evaluation_samples: int
    seed: int
    known: int
    state: str
    baseline: Mapping[str, Any] | None
    warnings: tuple[str, ...]
    output: str
    model: bytes = field(repr=False)

    @property
    def default(self) -> Trial:
        """The trial of the defaults, with the first scheme allowed."""
        return self.trials[0]

    @property
    def versus_default(self) -> dict[str, Any] | None:
        """What the best gains over the defaults, with the noise of that; None if the defaults failed."""
        mine, other = self.best.outcome.score, self.default.outcome.score
        return None if mine is None or other is None else compare(mine, other)

    def best_of_schemes(self) -> dict[str, Trial]:
        """The best trial of each scheme that has one."""
        schemes = dict.fromkeys(str(t.choice["scheme"]) for t in self.trials)
        found = {s: best_trial([t for t in self.trials if t.choice["scheme"] == s]) for s in schemes}
        return {scheme: trial for scheme, trial in found.items() if trial is not None}

    def to_json(self) -> dict[str, Any]:
        """The keys of CLI.md's `tune`, as plain values."""
        plain = {name: value for name, value in vars(self).items() if name not in ("model", "trials", "best")}
        return plain | {
            "trials": [trial.to_json() for trial in self.trials],
            "best": self.best.to_json() | {"versus_default": self.versus_default},
            "default": self.default.to_json(),
            "best_of_schemes": {scheme: trial.number for scheme, trial in self.best_of_schemes().items()},
        }
