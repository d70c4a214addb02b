"""Changed data files end in samples or in one line; `tools/fuzz.py data` runs for a given time."""

from __future__ import annotations

import numpy as np
import pytest
from fuzzing.corpus import CHANGED
from fuzzing.data_files import SUFFIXES, data_files
from fuzzing.limits import within
from fuzzing.targets import COMPUTED, REFUSED, data


def test_the_files_themselves_are_read() -> None:
    ends = {(SUFFIXES[content[0]], data(content)) for content in data_files()}
    assert {suffix for suffix, end in ends if end == COMPUTED} == {*SUFFIXES}


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 10))]
)
def test_changed_files_end_in_samples_or_in_one_line(seed: int) -> None:
    rng, ends = np.random.default_rng(seed), set()
    for content in data_files() * 8:
        with within(60):
            ends.add(data(CHANGED["data"](content, rng)))
    assert ends == {REFUSED, COMPUTED}
