"""Cases on which computers once differed (tools/difftest.py) give the same bytes in all of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from differential.golden import kept
from differential.judge import Computers, judged

FOLDER = Path(__file__).parent / "golden" / "cases"
CASES = sorted(FOLDER.glob("*.tflite"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_interpreters_agree(path: Path) -> None:
    (outcomes,) = judged([kept(path)], Computers(compile=False))
    assert not [outcome for outcome in outcomes if outcome.finding]


@pytest.mark.slow
def test_the_compiled_c_agrees() -> None:
    """All cases with as many samples are one program."""
    cases = [kept(path) for path in CASES]
    for samples in {len(case.inputs[0]) for case in cases}:
        alike = [case for case in cases if len(case.inputs[0]) == samples]
        found = [o for said in judged(alike, Computers(interpreters=())) for o in said if o.finding]
        assert not found
