"""A run of differential testing in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from differential.outcome import DIFFERS, EQUAL, FAILED, KNOWN, REFUSED
from differential.session import Finding, Tally

STATUSES = (EQUAL, KNOWN, REFUSED, DIFFERS, FAILED)


def line(tally: Tally, seconds: float, cpu_seconds: float) -> str:
    """How far a run has come; cpu_seconds: of all its processes that have ended, and its own."""
    found = f"{len(tally.findings)} found" if tally.findings else "nothing found"
    rates = (tally.cases / max(count, 1e-9) for count in (seconds, cpu_seconds))
    each = "{:.0f} a second, {:.0f} a second of CPU time".format(*rates)
    return f"{tally.cases:,} cases in {seconds:,.0f} s, {each}, {found}"


def finding_line(finding: Finding) -> str:
    """One case that failed: where, how, and its file."""
    where = "" if finding.path is None else f" {finding.path}"
    said = f"{finding.outcome.computer} {finding.outcome.status}: {finding.outcome.why}"
    return f"FOUND {finding.kinds}: {said}{where}"


def summary(tally: Tally, seconds: float, cpu_seconds: float, reasons: bool = False) -> str:
    """The counts of a run, and what was found. reasons: with why cases were not equal."""
    return "\n".join(_lines(tally, seconds, cpu_seconds, reasons))


def _lines(tally: Tally, seconds: float, cpu_seconds: float, reasons: bool) -> Iterator[str]:
    yield line(tally, seconds, cpu_seconds)
    yield f"{tally.elements:,} elements compared, {len(tally.kinds)} operators"
    yield f"{'':16}" + "".join(f"{status:>12}" for status in STATUSES)
    for computer in sorted({computer for computer, _ in tally.outcomes}):
        counts = (tally.outcomes[computer, status] for status in STATUSES)
        yield f"{computer:16}" + "".join(f"{count:12,}" for count in counts)
    if reasons:
        grouped = Counter[tuple[str, str, str]]()
        for (computer, status, _, why), count in tally.reasons.items():
            grouped[computer, status, why[:160]] += count
        for (computer, status, why), count in grouped.most_common(60):
            yield f"{count:8,} {computer}, {status}: {why}"
    yield from map(finding_line, tally.findings)
    for (computer, kinds), count in sorted(tally.repeated.items()):
        if count > 1:
            yield f"      {count} times {computer} of {kinds}"
