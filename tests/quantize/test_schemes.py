"""Schemes are rows: every row names steps, schemes and runtimes that exist, and a row that is added
is a scheme with nothing else said of it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from quantize.models import residual, samples

from edgeq.graph import read_tflite, write_tflite
from edgeq.quantize import schemes
from edgeq.quantize.options import IMPORTANCES, ROUNDINGS, Options
from edgeq.quantize.quantize import quantize
from edgeq.quantize.schemes import RUNTIMES, SCHEMES, Scheme, scheme_of
from edgeq.quantize.weight_steps import IMPORTANCE, ROUNDING, STEPS

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)
def test_a_row_names_only_what_there_is(scheme: Scheme) -> None:
    assert set(scheme.steps) <= STEPS.keys()
    assert {each.scheme for each in scheme.alternatives} <= SCHEMES.keys() - {scheme.name}
    assert set(scheme.runtimes) <= set(RUNTIMES)
    assert Options(scheme=scheme.name).scheme == scheme.name


def test_every_step_belongs_to_a_scheme_and_every_rounding_has_its_row() -> None:
    assert {step for scheme in SCHEMES.values() for step in scheme.steps} == STEPS.keys()
    assert tuple(ROUNDING) == ROUNDINGS
    assert {"auto", *IMPORTANCE} == set(IMPORTANCES)
    assert {row.importance for row in ROUNDING.values()} <= IMPORTANCE.keys()


def test_a_scheme_of_known_steps_is_one_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """int16 activations and int4 weights, which nothing but the row speaks of."""
    row = replace(SCHEMES["int16x8"], name="int16x4", weight_bits=4, fills_ranges=False)
    monkeypatch.setitem(schemes.SCHEMES, row.name, row)  # type: ignore[arg-type]
    options = Options(scheme="int16x4", calibrator="min-max", rounding="nearest")
    graph = read_tflite(quantize(write_tflite(residual()), samples(residual()), options).content)
    tensors = graph.main.tensors
    assert {tensors[t].dtype for t in graph.main.outputs} == {"int16"}
    assert "int4" in {t.dtype for t in tensors if t.constant}
    assert scheme_of("int16", 4) == row


def test_the_scheme_of_a_trained_model_holds_its_weights() -> None:
    for activations in ("int8", "int16"):
        for bits in range(2, 9):
            found = scheme_of(activations, bits)
            assert (found.activations, found.weight_bits >= bits) == (activations, True)


def test_no_name_of_a_scheme_is_compared_in_the_package() -> None:
    """Schemes are asked for what they are, so that a new one needs no other line."""
    names = "|".join(name for name in SCHEMES if name not in ("int8", "int4"))  # types as well
    compared = re.compile(rf"(==|!=|\bin) *\(?\"({names})\"|scheme *(==|!=) *\"")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted((ROOT / "edgeq").rglob("*.py"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if compared.search(line)
    ]
    assert found == []


def test_the_documents_name_every_scheme() -> None:
    text = (ROOT / "docs" / "quantization.md").read_text()
    assert [name for name in SCHEMES if f"| `{name}` |" not in text] == []
