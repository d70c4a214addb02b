"""What a fuzzer has found: one file for each place where an error came from."""

from __future__ import annotations

import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from fuzzing.limits import within
from fuzzing.targets import Target


@dataclass
class Findings:
    """counts: `refused`, `computed`, `failed` -> executions; places: the error and where it was
    raised -> how often.
    """

    folder: Path
    suffix: str
    counts: Counter[str] = field(default_factory=Counter)
    places: Counter[str] = field(default_factory=Counter)

    @property
    def executions(self) -> int:
        return self.counts.total()

    def execute(self, target: Target, data: bytes, seconds: int) -> None:
        """Runs a target once, and keeps the input if it fails in a new place."""
        try:
            with within(seconds):
                self.counts[target(data)] += 1
        except Exception as error:
            self.counts["failed"] += 1
            self._keep(error, data)

    def _keep(self, error: Exception, data: bytes) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        own = [f for f in frames if "/edgeq/" in f.filename] or list(frames)
        name = f"{type(error).__name__}-{Path(own[-1].filename).stem}-{own[-1].lineno}"
        self.places[name] += 1
        if self.places[name] == 1:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / f"{name}{self.suffix}").write_bytes(data)
            print(f"FOUND {name}: {str(error)[:200]}", flush=True)

    def line(self, seconds: float) -> str:
        rate = self.executions / max(seconds, 1e-9)
        said = ", ".join(f"{count:,} {end}" for end, count in sorted(self.counts.items()))
        return f"{self.executions:,} executions in {seconds:,.0f} s, {rate:.0f} a second: {said}"
