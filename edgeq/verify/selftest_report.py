"""The report of a firmware's self-test, and what it proves.

A report is these lines, with any others between them:

    EDGEQ SELFTEST BEGIN model <hash of the model> vectors <hash of the vectors> count <n>
    EDGEQ SELFTEST VECTOR 1 same
    ...
    EDGEQ SELFTEST VECTOR <n> different
    EDGEQ SELFTEST END model <hash> vectors <hash> count <n> different <how many>

It counts if it is complete, in order and agrees with itself; it is a proof if it names the model
and the vectors that were asked for. `firmware_templates/common/selftest.c.j2` writes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

_NAMES = r"model ([0-9a-f]{16}) vectors ([0-9a-f]{16}) count ([1-9]\d{0,2})"
_BEGIN = re.compile(rf"EDGEQ SELFTEST BEGIN {_NAMES}")
_VECTOR = re.compile(r"EDGEQ SELFTEST VECTOR (\d{1,3}) (same|different)")
_END = re.compile(rf"EDGEQ SELFTEST END {_NAMES} different (\d{{1,3}})")
_OLDER = re.compile(r"EDGEQ SELFTEST (PASS|FAIL)\b")


@dataclass(frozen=True)
class Report:
    """A complete report. model, vectors: hashes, 16 hex digits. different: numbers of vectors, from
    1.
    """

    model: str
    vectors: str
    count: int
    different: tuple[int, ...]


@dataclass(frozen=True)
class Reading:
    """What the lines so far have said.

    open: the report that is being read, with as many `same` as vectors that were reported in order;
    None outside of
    one. complete: reports, in order. begun: how many there were, broken ones included. whole:
    whether the last that
    began is complete. older: whether a line is that of an older edgeq's firmware, which names no
    model.
    """

    open: Report | None = None
    seen: int = 0
    complete: tuple[Report, ...] = ()
    begun: int = 0
    whole: bool = False
    older: bool = False


@dataclass(frozen=True)
class Wanted:
    """What a report must name. model: its hash. vectors: count -> hash of as many vectors; None for
    any.
    """

    model: str
    vectors: Mapping[int, str] | None = None


@dataclass(frozen=True)
class Verdict:
    """status as in `TargetResult`; reason: None for `ok`."""

    status: Literal["ok", "different", "failed"]
    reason: str | None
    samples: int


def read_line(reading: Reading, line: str) -> Reading:
    """The reading after one more line, without its end. A line that does not fit ends the report
    that is open.
    """
    if begin := _BEGIN.fullmatch(line):
        begun = Report(begin[1], begin[2], int(begin[3]), ())
        return replace(reading, open=begun, seen=0, begun=reading.begun + 1, whole=False)
    if vector := _VECTOR.fullmatch(line):
        return _read_vector(reading, int(vector[1]), vector[2])
    if end := _END.fullmatch(line):
        return _read_end(reading, (end[1], end[2], int(end[3]), int(end[4])))
    return replace(reading, older=True) if _OLDER.search(line) else reading


def _read_vector(reading: Reading, number: int, verdict: str) -> Reading:
    report = reading.open
    if report is None or number != reading.seen + 1 or number > report.count:
        return replace(reading, open=None)
    different = report.different + ((number,) if verdict == "different" else ())
    return replace(reading, open=replace(report, different=different), seen=number)


def _read_end(reading: Reading, said: tuple[str, str, int, int]) -> Reading:
    """The end of a report, which must say the same as its beginning and its vectors."""
    report = reading.open
    if report is None or said != (
        report.model,
        report.vectors,
        reading.seen,
        len(report.different),
    ):
        return replace(reading, open=None)
    if reading.seen != report.count:
        return replace(reading, open=None)
    return replace(reading, open=None, complete=(*reading.complete, report), whole=True)


def judge(reports: Iterable[Report], wanted: Wanted) -> Verdict | None:
    """What complete reports prove: the first that is not as wanted decides, else they are `ok`;
    None without any.
    """
    verdicts = [_judge(report, wanted) for report in reports]
    return next(
        (verdict for verdict in verdicts if verdict.status != "ok"),
        verdicts[-1] if verdicts else None,
    )


def _judge(report: Report, wanted: Wanted) -> Verdict:
    if report.model != wanted.model:
        reason = (
            f"the board runs another model: its hash is {report.model}, this one's {wanted.model}"
        )
        return Verdict(
            "failed", f"{reason} — generate from this file, flash, and verify again", report.count
        )
    if wanted.vectors is not None and wanted.vectors.get(report.count) != report.vectors:
        reason = f"the board checks {report.count} vectors, hash {report.vectors}, that are not those asked for"
        return Verdict(
            "failed",
            f"{reason} — generate with the same --data and --selftest, and flash",
            report.count,
        )
    if report.different:
        listed = ", ".join(map(str, report.different[:8])) + (
            ", ..." if len(report.different) > 8 else ""
        )
        reason = f"{len(report.different)} of {report.count} vectors came out different on the board: {listed}"
        return Verdict("different", reason, report.count)
    return Verdict("ok", None, report.count)


def explain_silence(reading: Reading, seconds: float) -> Verdict:
    """The verdict `failed` for a board that gave no complete report within so many seconds, with
    the likely reason.
    """
    if reading.begun:
        counted = f"{reading.begun} self-test reports began and {len(reading.complete)} ended whole"
        why = f"{counted} within {seconds:g} s: the board restarts, hangs, or lines are lost — look at what it sends"
    elif reading.older:
        why = (
            "the firmware is an older edgeq's, whose report names no model — "
            "generate again, flash, and verify again"
        )
    else:
        what = f"no self-test report within {seconds:g} s"
        why = f"{what} — generate with --selftest or --wire, flash and reset the board"
    return Verdict("failed", why, 0)
