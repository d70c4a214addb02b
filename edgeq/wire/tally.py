"""How often a board named each class, at what rate, and what it said of them last."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from edgeq.wire.results import Outcome

RECENT_SECONDS = 5.0  # that rates are taken over
MOST_RECENT = 10_000
MOST_CLASSES = 64
MOST_RESULTS = 100
OTHERS = "(others)"


@dataclass
class ClassTally:
    """count: how often the class was the best one. score: what the board said last."""

    count: int = 0
    score: float | None = None


@dataclass
class Tally:
    """All outcomes so far. classes: by name, in the order in which they came, MOST_CLASSES of them and
    the rest together. results: the latest outcomes, MOST_RESULTS of them.
    """

    classes: dict[str, ClassTally] = field(default_factory=dict)
    outcomes: int = 0
    best: str | None = None
    microseconds: float | None = None
    results: deque[Outcome] = field(default_factory=lambda: deque(maxlen=MOST_RESULTS))
    _recent: deque[float] = field(default_factory=lambda: deque(maxlen=MOST_RECENT))

    def add(self, outcome: Outcome, now: float) -> None:
        """Counts one outcome that came at a time in seconds."""
        self.outcomes += 1
        self.microseconds = outcome.microseconds
        self.results.append(outcome)
        self._recent.append(now)
        for name, score in outcome.scores.items():
            self._of(name).score = score
        self._of(outcome.best).count += 1
        self.best = outcome.best if outcome.best in self.classes else OTHERS

    def rate(self, now: float) -> float:
        """Inferences a second, lately."""
        while self._recent and self._recent[0] < now - RECENT_SECONDS:
            self._recent.popleft()
        if len(self._recent) < 2:
            return 0.0
        return (len(self._recent) - 1) / max(self._recent[-1] - self._recent[0], 1e-3)

    def _of(self, name: str) -> ClassTally:
        known = name in self.classes or len(self.classes) < MOST_CLASSES
        return self.classes.setdefault(name if known else OTHERS, ClassTally())

    def to_json(self) -> dict[str, Any]:
        """The tally as `--json` prints it."""
        return {
            "inferences": self.outcomes,
            "microseconds": self.microseconds,
            "classes": {
                name: {"count": of.count, "score": of.score} for name, of in self.classes.items()
            },
            "results": [
                {
                    "class": outcome.best,
                    "score": outcome.scores.get(outcome.best),
                    "microseconds": outcome.microseconds,
                }
                for outcome in self.results
            ],
        }
