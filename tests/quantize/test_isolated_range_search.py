"""Tensors of one scale keep the range that each of them needs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from quantize.models import FloatModel, calibrated, samples

from edgeq.quantize.calibrator_search import distance, stages
from edgeq.quantize.isolated_range_search import _search, search_isolated_ranges
from edgeq.quantize.quantization_state import Range


def test_what_is_joined_keeps_the_larger_range() -> None:
    """The first input of the concatenation is 20 times as small as the second."""
    m = FloatModel()
    x = m.input(1, 6)
    small, large = m.dense(x, 4), m.dense(x, 4)
    weights = m.tensors[m.ops[0].inputs[1]]
    m.tensors[m.ops[0].inputs[1]] = type(weights)(
        weights.name, weights.shape, "float32", None, (weights.array / 20).astype("<f4").tobytes()
    )
    y = m.op("CONCATENATION", (small, large), (1, 8), "ConcatenationOptions", axis=1)
    model = m.model(y)
    data = samples(model, 64)
    state = calibrated(model, data)
    own = {t: Range(r.low / 20, r.high / 20) for t, r in state.ranges.items() if t == small}
    found = search_isolated_ranges(state, {"own": own}, data, distance(model, data))
    before, after = state.ranges[large], found.ranges[large]
    assert after.high - after.low > 0.8 * (before.high - before.low)
    assert found.ranges[small] == found.ranges[y] == after
    assert np.isfinite(after.high)


@pytest.mark.parametrize("count", [3, 47, 48, 100, 256])
def test_stages_hold_every_sample_once(count: int) -> None:
    found = stages(count)
    assert sorted(np.concatenate([s.part for s in found])) == list(range(count))
    assert found[-1].certain == 2.0
    assert len(found) == (3 if count >= 48 else 1)
    for stage in found[:-1]:
        assert np.diff(stage.part).max() < 3 * count / len(stage.part), "evenly spaced"


def test_a_range_that_gains_nothing_is_tried_on_few_samples() -> None:
    """One that gains is tried on all, and taken."""
    noise, tried = np.random.default_rng(0).normal(0, 0.1, 90), list[tuple[float, int]]()
    parts = (slice(0, 15), slice(15, 40), slice(40, 90))
    gains = {1.0: 0.0, 0.9: 0.3, 0.8: -0.3, 0.7: 0.02}

    def effect(r: Range, stage: int) -> npt.NDArray[np.float64]:
        tried.append((r.high, stage))
        cost = 1 - gains.get(round(r.high, 2), -1.0) + noise * (2 - r.high)
        return cost[parts[stage]]

    proposed = [Range(0, high) for high in (0.9, 0.8, 0.7)]
    assert _search(effect, Range(0, 1.0), proposed, (-1.0, 0.0, 2.0)) == proposed[0]
    seen = [stage for high, stage in tried if high == 0.9]
    assert seen == [0, 1, 2]
    assert [stage for high, stage in tried if high in (0.8, 0.7)] == [0, 0]
