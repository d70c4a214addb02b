"""Only a complete report of the model and the vectors that were asked for is a proof."""

from __future__ import annotations

import random
from functools import reduce

import pytest

from edgeq.verify.selftest_report import (
    Reading,
    Report,
    Verdict,
    Wanted,
    explain_silence,
    judge,
    read_line,
)

MODEL, OTHER = "0123456789abcdef", "fedcba9876543210"
VECTORS = "00112233aabbccdd"


def report(
    model: str = MODEL, vectors: str = VECTORS, count: int = 3, different: tuple[int, ...] = ()
) -> list[str]:
    """The lines that a firmware prints."""
    names = f"model {model} vectors {vectors} count {count}"
    said = {True: "different", False: "same"}
    return [
        f"EDGEQ SELFTEST BEGIN {names}",
        *(f"EDGEQ SELFTEST VECTOR {v} {said[v in different]}" for v in range(1, count + 1)),
        f"EDGEQ SELFTEST END {names} different {len(different)}",
    ]


def read(lines: list[str]) -> Reading:
    return reduce(read_line, lines, Reading())


def verdict(lines: list[str], wanted: Wanted = Wanted(MODEL)) -> Verdict | None:  # noqa: B008
    return judge(read(lines).complete, wanted)


def test_a_complete_report_is_a_proof_with_other_lines_between() -> None:
    lines = [text for line in report() for text in ("I (312) heap: 4096", line, "")]
    assert read(lines).complete == (Report(MODEL, VECTORS, 3, ()),)
    assert verdict(lines) == Verdict("ok", None, 3)


@pytest.mark.parametrize("lost", range(5))
def test_a_report_that_lacks_a_line_is_none(lost: int) -> None:
    lines = report()
    del lines[lost]
    assert read(lines).complete == ()


def test_no_order_of_a_reports_lines_but_the_right_one_is_a_report() -> None:
    lines = report()
    rng = random.Random(0)
    for _ in range(200):
        shuffled = rng.sample(lines, len(lines))
        assert (read(shuffled).complete != ()) == (shuffled == lines)


@pytest.mark.parametrize("line", range(5))
def test_no_character_of_a_report_can_be_another(line: int) -> None:
    lines = report()
    for at, character in enumerate(lines[line]):
        changed = [*lines]
        changed[line] = (
            lines[line][:at] + ("0" if character != "0" else "1") + lines[line][at + 1 :]
        )
        assert verdict(changed) != Verdict("ok", None, 3), changed[line]


PROVE_NOTHING = {
    "bare verdict": ["EDGEQ SELFTEST PASS"],
    "no vectors": ["EDGEQ SELFTEST PASS: 0 vectors"],
    "no vectors in a report": report(count=0),
    "banner": ["firmware 1.0, PASS, EDGEQ SELFTEST PASS: 8 vectors, ready"],
    "report on one line": [" ".join(report())],
    "quoted": [f"> {line}" for line in report()],
    "end alone": report()[-1:],
    "vectors twice": [
        report()[0],
        *(line for line in report()[1:-1] for _ in range(2)),
        report()[-1],
    ],
    "end of another model": [*report()[:-1], report(OTHER)[-1]],
    "end of other vectors": [*report()[:-1], report(vectors=OTHER)[-1]],
    "end that hides a difference": [*report(different=(2,))[:-1], report()[-1]],
    "restart in the middle": [*report()[:3], *report()[2:]],
    "begun alone": report()[:1] * 100,
}


@pytest.mark.parametrize("case", PROVE_NOTHING)
def test_what_is_no_complete_report_proves_nothing(case: str) -> None:
    assert verdict(PROVE_NOTHING[case]) is None
    assert explain_silence(read(PROVE_NOTHING[case]), 60).status == "failed"


def test_vectors_that_came_out_different_are_named() -> None:
    found = verdict(report(count=12, different=(2, 11)))
    assert found == Verdict(
        "different", "2 of 12 vectors came out different on the board: 2, 11", 12
    )


def test_another_model_is_refused_by_its_hash() -> None:
    found = verdict(report(OTHER))
    assert found is not None
    assert (found.status, f"its hash is {OTHER}, this one's {MODEL}" in str(found.reason)) == (
        "failed",
        True,
    )


@pytest.mark.parametrize(
    ("vectors", "status"),
    [
        ({3: VECTORS}, "ok"),
        ({2: OTHER, 3: VECTORS}, "ok"),
        ({3: OTHER}, "failed"),
        ({4: VECTORS}, "failed"),
        ({}, "failed"),
    ],
)
def test_the_vectors_are_those_asked_for(vectors: dict[int, str], status: str) -> None:
    found = verdict(report(), Wanted(MODEL, vectors))
    assert found is not None
    assert found.status == status


@pytest.mark.parametrize("second", [report(different=(1,)), report(OTHER)])
def test_a_later_report_that_says_otherwise_decides(second: list[str]) -> None:
    for lines in (report() + second, second + report()):
        found = verdict(lines)
        assert found is not None
        assert found.status != "ok"


def test_a_report_that_begins_after_a_good_one_is_waited_for() -> None:
    assert read(report()).whole
    assert not read(report() + report()[:2]).whole
    assert not read([*report(), *report()[:2], report()[4]]).whole  # broken, and not begun again
    assert read(report()[:2] + report()).whole


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (
            [],
            "no self-test report within 60 s — generate with --selftest or --wire, flash and reset",
        ),
        (
            ["EDGEQ SELFTEST FAIL: 1 of 8 vectors differ"],
            "an older edgeq's, whose report names no model — generate again",
        ),
        (
            report()[:2] * 7,
            "7 self-test reports began and 0 ended whole within 60 s: the board restarts",
        ),
    ],
)
def test_silence_is_explained(lines: list[str], why: str) -> None:
    assert why in str(explain_silence(read(lines), 60).reason)
