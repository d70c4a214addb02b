"""What an inference may take, and whether a board keeps to it."""

from __future__ import annotations

from dataclasses import dataclass

from edgeq.errors import EdgeqError
from edgeq.fit.energy import Energy
from edgeq.fit.figures import three_digits
from edgeq.verify.latency import Latency


@dataclass(frozen=True)
class Limits:
    """The most milliseconds and millijoules of an inference, None for as many as it takes."""

    latency_ms: float | None = None
    energy_mj: float | None = None

    def check(self) -> None:
        """Raises EdgeqError for a limit that is not a positive number."""
        stated = (("--max-latency", self.latency_ms), ("--max-energy", self.energy_mj))
        for option, limit in stated:
            if limit is not None and not 0 < limit < float("inf"):
                raise EdgeqError(f"{option} {limit:g}", "it is not positive", "state more than 0")


def judge(limits: Limits, latency: Latency | None, energy: Energy | None) -> tuple[str, str]:
    """(why the limits are not kept, what of that is in doubt); empty where there is nothing to say.

    The middle decides; a limit inside of the range is a doubt.
    """
    found = [
        _against(limit, figure, unit)
        for limit, figure, unit in (
            (limits.latency_ms, latency, "ms"),
            (limits.energy_mj, energy, "mJ"),
        )
        if limit is not None
    ]
    whys, doubts = [why for why, _ in found], [doubt for _, doubt in found]
    return "; ".join(filter(None, whys)), "; ".join(filter(None, doubts))


def _against(limit: float, figure: Latency | Energy | None, unit: str) -> tuple[str, str]:
    """(why a figure is above a limit, whether it may be otherwise)."""
    if figure is None:
        return f"{unit} not known", ""
    low, middle = three_digits(figure.low), three_digits(figure.middle)
    unknown = figure.high == float("inf")
    high = f"more than {middle}" if unknown else three_digits(figure.high)
    if figure.middle > limit:
        why = f"{middle} {unit}, {three_digits(figure.middle - limit)} more than {limit:g}"
        return why, f"perhaps {low} {unit}" if figure.low <= limit else ""
    return "", f"perhaps {high} {unit}" if figure.high > limit else ""
