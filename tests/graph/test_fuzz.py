"""A short, deterministic run of the fuzzer; `fuzz.py` itself runs for a given time."""

import numpy as np
import pytest

from graph.fuzz import attempt, seeds, within
from graph.mutants import mutant


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 20))]
)
def test_mutants_end_in_a_result_or_in_one_line(seed: int) -> None:
    generator, files, ends = np.random.default_rng(seed), seeds(40), set()
    for data in files:
        with within(60):
            ends.add(attempt(mutant(data, generator)))
    assert ends == {"refused", "computed"}, "mutants that all come to the same try nothing"


def test_the_same_seed_makes_the_same_mutants() -> None:
    (data, *_) = seeds(1)
    once, again = (
        [mutant(data, np.random.default_rng(seed)) for seed in range(20)] for _ in range(2)
    )
    assert once == again
    assert len(set(once) - {data}) > 10
