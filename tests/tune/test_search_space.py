"""The search space follows the fields of the quantizer's options."""

from __future__ import annotations

from dataclasses import fields

import pytest

from edgeq.errors import EdgeqError
from edgeq.quantize.options import CALIBRATORS, Options
from edgeq.tune.search_space import CANDIDATES, RELEVANT_WITH, key, options_of, parse, space_of

INT8 = {"scheme": ("int8",)}


def test_every_candidate_is_an_option_that_the_quantizer_takes() -> None:
    names = {field.name for field in fields(Options)}
    assert {*CANDIDATES, *RELEVANT_WITH, *(other for other, _ in RELEVANT_WITH.values())} <= names
    for choice in space_of(INT8).choices():
        options_of(choice)


def test_the_defaults_come_first_and_whatever_is_on_or_off_is_searched() -> None:
    space = space_of(INT8)
    assert [options_of(choice) for choice in space.defaults()] == [Options()]
    switches = [
        field.name for field in fields(Options) if isinstance(getattr(Options(), field.name), bool)
    ]
    assert {"equalize", "correct_bias", "per_channel"} <= set(switches)
    assert all(set(space.values[name]) == {False, True} for name in switches)
    assert set(space.values["calibrator"]) == set(CALIBRATORS)


def test_choices_that_do_the_same_count_once() -> None:
    """The percentile only affects one calibrator."""
    space = space_of(
        INT8
        | {
            name: (getattr(Options(), name),)
            for name in space_of(INT8).values
            if name not in ("scheme", "calibrator", "percentile")
        }
    )
    choices = space.choices()
    assert len(choices) == len(CALIBRATORS) - 1 + len(CANDIDATES["percentile"])
    assert len({key(choice) for choice in choices}) == len(choices)


def test_what_is_said_of_codebooks_matters_to_them_alone() -> None:
    both = {
        "scheme": ("int8", "codebook"),
        "codebook_bits": (3, 4),
        "codebook_importance": ("equal", "inputs"),
    }
    fixed = {
        name: (getattr(Options(), name),) for name in space_of(INT8).values if name not in both
    }
    assert len(space_of(fixed | both).choices()) == 1 + 2 * 2


def test_each_scheme_has_its_defaults() -> None:
    space = space_of({"scheme": ("int8", "codebook"), "codebook_bits": (3, 5)})
    assert [(c["scheme"], c["codebook_bits"]) for c in space.defaults()] == [
        ("int8", 4),
        ("codebook", 3),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("calibrater=mse", "none of that name"),
        ("calibrator=max", "not known"),
        ("percentile=10", "between 50 and 100"),
        ("percentile=many", "another kind"),
        ("percentile=null", "another kind"),
        ("percentile=[99]", "another kind"),
        ("codebook_bits=2.5", "another kind"),
        ("equalize=1", "another kind"),
        ("equalize=", "no value"),
        ("rounding", "no value"),
        ("scheme=mixed", "follow from a budget"),
    ],
)
def test_what_the_quantizer_does_not_know_is_refused(text: str, message: str) -> None:
    with pytest.raises(EdgeqError, match=message):
        space_of(parse([text]))
