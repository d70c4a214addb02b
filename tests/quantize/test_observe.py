"""Calibration statistics equal NumPy's and do not depend on the batch size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from quantize.models import outputs, residual, samples

from edgeq.errors import EdgeqError
from edgeq.quantize import observe as module
from edgeq.quantize.observe import activations, observe


def test_statistics_are_those_of_the_values() -> None:
    model = residual()
    data = samples(model)
    found = observe(model, data)
    x = found[model.main.inputs[0]]
    assert (x.low, x.high, x.counts.sum()) == (data.x.min(), data.x.max(), data.x.size)
    exact = np.histogram(data.x.astype(np.float64), module.BINS, (x.low, x.high))[0]
    apart = np.abs(np.cumsum(x.counts) - np.cumsum(exact))
    assert apart.max() <= 2, "only values on the edge of a bin may fall into its neighbour"
    assert found[model.main.outputs[0]].high == pytest.approx(
        outputs(model, data)[0].max(), rel=1e-5
    )


def test_the_moving_average_of_few_samples_is_their_mean() -> None:
    model = residual()
    data = samples(model, 20)
    low = data.x.reshape(20, -1).min(axis=1).mean()
    assert observe(model, data)[model.main.inputs[0]].average_low == pytest.approx(float(low))


def test_batching_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    model = residual()
    whole = observe(model, samples(model))
    monkeypatch.setattr(module, "BLOCK_BYTES", 1)
    assert len(list(activations(model, samples(model), model.main.inputs))) == 32
    for t, one in observe(model, samples(model)).items():
        np.testing.assert_array_equal(one.counts, whole[t].counts)
        assert (one.low, one.high, one.average_low) == (
            whole[t].low,
            whole[t].high,
            whole[t].average_low,
        )


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_are_named(value: float) -> None:
    model = residual()
    data = samples(model)
    broken = data.x.copy()
    broken[3, 0, 0, 0] = value
    with pytest.raises(EdgeqError, match=r"calibration data.*NaN or infinite"):
        observe(model, replace(data, inputs=(broken,)))
