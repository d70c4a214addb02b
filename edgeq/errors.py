"""The errors that edgeq raises for people: one line, what, why and what to do."""

from __future__ import annotations


class EdgeqError(Exception):
    """Wrong use or bad input (exit status 2). `str()` is `WHAT — WHY — WHAT TO DO`, on one line."""

    exit_status = 2

    def __init__(self, what: str, why: str, remedy: str) -> None:
        self.what, self.why, self.remedy = (" ".join(str(part).split()) for part in (what, why, remedy))
        super().__init__(" — ".join((self.what, self.why, self.remedy)))

    def to_json(self) -> dict[str, str]:
        """The parts apart, as `--json` prints them."""
        return {"what": self.what, "why": self.why, "remedy": self.remedy}


class ModelError(EdgeqError):
    """A model file or graph that cannot be what it claims to be: truncated, corrupted, inconsistent."""


class UnsupportedError(EdgeqError):
    """A legal model that asks for something edgeq does not do; names the layer."""


class DoesNotFitError(EdgeqError):
    """The thing checked does not hold (exit status 1): the model is too large for the board."""

    exit_status = 1
