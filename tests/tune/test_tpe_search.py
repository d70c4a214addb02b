"""Proposals differ, are deterministic by the seed, and improve as results come in."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from edgeq.quantize.options import CALIBRATORS, ROUNDINGS
from edgeq.tune.search_space import Choice, Space, key, space_of
from edgeq.tune.tpe_search import search

SPACE = space_of({"scheme": ("int8",)})


def proposed(trials: int, seed: int = 0, batch: int = 4, space: Space = SPACE) -> list[str]:
    seen: list[str] = []

    def evaluate(choices: Sequence[Choice]) -> list[float | None]:
        seen.extend(map(key, choices))
        return [objective(choice) for choice in choices]

    search(space, evaluate, trials=trials, seed=seed, batch=batch)
    return seen


def objective(choice: Choice) -> float | None:
    """Each field contributes to the error; mse fails."""
    if choice["calibrator"] == "mse":
        return None
    switches = (
        bool(choice["equalize"]),
        not choice["correct_bias"],
        2 * (not choice["per_channel"]),
    )
    return (
        CALIBRATORS.index(str(choice["calibrator"]))
        + sum(switches)
        + (choice["rounding"] == "nearest")
    )


def test_the_defaults_are_first_and_nothing_is_proposed_twice() -> None:
    seen = proposed(24)
    assert seen[0] == key(SPACE.defaults()[0])
    assert len(set(seen)) == len(seen) == 24


def test_the_seed_decides_and_more_trials_begin_with_the_same_ones() -> None:
    once = proposed(16)
    assert once == proposed(16)
    assert once[:10] == proposed(10)
    assert once != proposed(16, seed=1)


def test_a_small_space_is_tried_out() -> None:
    space = space_of(
        {
            "scheme": ("int8",),
            "calibrator": ("mse", "entropy"),
            "rounding": ("nearest",),
            "per_channel": (True,),
        }
    )
    seen = proposed(1000, space=space)
    assert sorted(seen) == sorted(map(key, space.choices()))


@pytest.mark.slow
def test_figures_guide_what_follows() -> None:
    """Of 24 proposals after 8 random ones, more are in the best quarter than by chance."""
    values = {
        "scheme": ("int8",),
        "calibrator": CALIBRATORS[::-1],
        "percentile": (99.99, 99.9),
        "rounding": ROUNDINGS,
    }
    space = Space(
        values | dict.fromkeys(("equalize", "correct_bias", "per_channel"), (False, True))
    )
    known = sorted(value for value in map(objective, space.choices()) if value is not None)
    good = known[len(known) // 4]
    later = [
        objective(json.loads(text))
        for seed in range(3)
        for text in proposed(32, seed, 8, space)[8:]
    ]
    found = sum(value is not None and value <= good for value in later) / len(later)
    chance = sum(value <= good for value in known) / len(space.choices())
    assert found > 1.3 * chance
