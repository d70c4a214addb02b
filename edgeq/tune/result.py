"""The result of `tune`: every trial, the best one, and a comparison with the defaults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from edgeq.html import result_html
from edgeq.tune.score import best, compare
from edgeq.tune.search_space import Choice, Value, options_of
from edgeq.tune.trial import Outcome


@dataclass(frozen=True)
class Trial:
    """One combination of options and its outcome. number: from 0, in the order proposed."""

    number: int
    choice: Choice
    outcome: Outcome

    def to_json(self) -> dict[str, Any]:
        o = self.outcome
        plain = {
            "number": self.number,
            "status": o.status,
            "options": asdict(options_of(self.choice)),
            "seconds": o.seconds,
        }
        if o.score is None:
            return plain | {"reason": o.reason}
        return plain | o.score.to_json() | {"bytes": o.size, "sha256": o.sha256}


def best_trial(trials: Sequence[Trial]) -> Trial | None:
    """The best trial by `edgeq.tune.score.best`; None if none has a score."""
    scores = {
        trial.number: trial.outcome.score for trial in trials if trial.outcome.score is not None
    }
    if not scores:
        return None
    number = best(scores)
    return next(trial for trial in trials if trial.number == number)


@dataclass(frozen=True)
class TuneResult:
    """The result of `tune`.

    best: the recommended trial.
    model: its integer .tflite, written to `output` unless that is "".
    metric: that decides.
    float_score: the float model's score; None for metrics that compare with the float model.
    searched: the searched fields with their values.
    known: number of trials that were taken from the file `state`.
    baseline: the score of TensorFlow's quantizer on the same data, or `{"status": "unavailable",
        "reason": ...}`; None if not asked for.
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
        """The trial of the default options with the first scheme allowed."""
        return self.trials[0]

    @property
    def versus_default(self) -> dict[str, Any] | None:
        """The gain of the best trial over the defaults with its standard error; None if the
        defaults failed.
        """
        mine, other = self.best.outcome.score, self.default.outcome.score
        return None if mine is None or other is None else compare(mine, other)

    def best_of_schemes(self) -> dict[str, Trial]:
        """The best trial of each scheme that has a successful one."""
        schemes = dict.fromkeys(str(t.choice["scheme"]) for t in self.trials)
        found = {
            s: best_trial([t for t in self.trials if t.choice["scheme"] == s]) for s in schemes
        }
        return {scheme: trial for scheme, trial in found.items() if trial is not None}

    def to_json(self) -> dict[str, Any]:
        """The result as plain values, with the keys that CLI.md names for `tune`."""
        plain = {
            name: value
            for name, value in vars(self).items()
            if name not in ("model", "trials", "best")
        }
        return plain | {
            "trials": [trial.to_json() for trial in self.trials],
            "best": self.best.to_json() | {"versus_default": self.versus_default},
            "default": self.default.to_json(),
            "best_of_schemes": {
                scheme: trial.number for scheme, trial in self.best_of_schemes().items()
            },
        }

    _repr_html_ = result_html
