"""docs/keras.md says of every layer and function what happens to it: exact and near, or refused."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from keras_sweep import function_cases, layer_cases
from keras_sweep.case import Case
from keras_sweep.sweep import Outcome, classes, try_case, wrong_in_c
from keras_sweep.table import row, rows_of

from edgeq.convert.backend import tensorflow

PAGE = Path(__file__).resolve().parents[2] / "docs" / "keras.md"
PARTS = 8
HELD = "2.19."  # releases of TensorFlow whose converter the page's operators are of
ROWS = rows_of(PAGE.read_text())


def test_the_page_has_a_row_for_every_case() -> None:
    known = {*layer_cases.CASES, *layer_cases.NO_MODEL, *function_cases.CASES}
    assert {*ROWS} == known
    assert not [line for line in ROWS.values() if line.endswith("| | | | |")]


@pytest.mark.slow
def test_every_class_of_keras_has_a_case(keras: Any) -> None:
    assert {*classes(keras)} <= {*layer_cases.CASES, *layer_cases.NO_MODEL}


def part(cases: Mapping[str, Case], number: int) -> dict[str, Case]:
    return {name: case for k, (name, case) in enumerate(cases.items()) if k % PARTS == number}


def faults(name: str, case: Case, outcome: Outcome, others: tuple[str, ...]) -> list[str]:
    """What is wrong with a row of the page, or with the outcome that it is of."""
    found = list(outcome.wrong)
    if outcome.error is None and outcome.nearness < case.least:
        found.append(f"{outcome.nearness:.1f} dB")
    if outcome.error is not None and not outcome.error.remedy:
        found.append("refused without a remedy")
    shown = ROWS.get(name, "").replace(", int16 ", " ")
    if tensorflow().__version__.startswith(HELD) and row(name, outcome, others) != shown:
        found.append(f"{row(name, outcome, others)!r}, the page says {shown!r}")
    return [f"{name}: {text}" for text in found]


@pytest.mark.slow
@pytest.mark.parametrize("number", range(PARTS))
@pytest.mark.parametrize("kind", ["layers", "functions"])
def test_rows_are_what_happens(kind: str, number: int, keras: Any) -> None:
    """If it fails: python tools/keras_tables.py NAME ..."""
    cases = {"layers": layer_cases.CASES, "functions": function_cases.CASES}[kind]
    aliases = {name: tuple(others) for name, others in classes(keras).items()}
    chosen = part(cases, number)
    outcomes = {name: try_case(keras, case, wide=False) for name, case in chosen.items()}
    found = [
        fault
        for name, outcome in outcomes.items()
        for fault in faults(name, chosen[name], outcome, aliases.get(name, ()))
    ]
    assert found + [f"{name}: {why}" for name, why in wrong_in_c(outcomes).items()] == []
