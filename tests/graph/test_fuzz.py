"""A short, deterministic run of the fuzzer; `tools/fuzz.py` runs for a given time."""

import itertools

import numpy as np
import pytest
from fuzzing.corpus import model_files
from fuzzing.limits import within
from fuzzing.targets import COMPUTED, REFUSED, TARGETS

from graph.mutants import every_change, mutant


@pytest.fixture(scope="module")
def files() -> list[bytes]:
    """Small files of many operators."""
    return model_files(30)


@pytest.mark.parametrize("target", ["read", "plan", pytest.param("code", marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 20))]
)
def test_mutants_end_in_a_result_or_in_one_line(target: str, seed: int, files: list[bytes]) -> None:
    generator, ends = np.random.default_rng(seed), set()
    for data in files:
        with within(60):
            ends.add(TARGETS[target](mutant(data, generator)))
    assert ends == {REFUSED, COMPUTED}, "mutants that all come to the same try nothing"


@pytest.mark.slow
def test_single_changes_end_in_a_result_or_in_one_line(files: list[bytes]) -> None:
    """Some of those that `tools/fuzz.py plan --every 1` makes."""
    ends = set()
    for number, data in enumerate(files[::7]):
        for changed in itertools.islice(every_change(data), number, None, 11):
            with within(60):
                ends.add(TARGETS["plan"](changed))
    assert ends == {REFUSED, COMPUTED}


def test_the_same_seed_makes_the_same_mutants(files: list[bytes]) -> None:
    once, again = (
        [mutant(files[0], np.random.default_rng(seed)) for seed in range(20)] for _ in range(2)
    )
    assert once == again
    assert len(set(once) - {files[0]}) > 10
