"""Tensors of one scale keep the range that each of them needs."""

from __future__ import annotations

import numpy as np
from quantize.models import FloatModel, calibrated, samples

from edgeq.quantize.calibrator_search import distance
from edgeq.quantize.isolated_range_search import search_isolated_ranges
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
