"""Pruned float models: as many multiply-accumulates as asked for, those channels first that matter
least, and sums that still fit together.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from quantize.models import RELU, FloatModel, residual, samples

from edgeq.data import Samples
from edgeq.errors import EdgeqError
from edgeq.graph import Model
from edgeq.ops import bind, count_macs
from edgeq.prune import prune
from edgeq.quantize.observe import FloatRunner


def macs(model: Model) -> int:
    return sum(count_macs(node) or 0 for node in bind(model.main))


def outputs(model: Model, data: Samples) -> np.ndarray:
    (y,) = model.main.outputs
    return FloatRunner(model, [y])(data)[y]


@pytest.mark.parametrize("fraction", [0.1, 0.3, 0.6])
def test_as_much_goes_as_was_asked_for(fraction: float) -> None:
    model = residual()
    found = prune(model, samples(model), fraction)
    assert found.before == macs(model)
    assert found.macs == macs(found.model) <= (1 - fraction) * found.before
    assert found.macs > (1 - fraction - 0.15) * found.before


def test_tensors_and_operators_keep_their_indices() -> None:
    model = residual()
    before, after = model.main, prune(model, samples(model), 0.4).model.main
    assert [op.outputs for op in before.ops] == [op.outputs for op in after.ops]
    assert len(before.tensors) == len(after.tensors)
    for t in (*before.inputs, *before.outputs):
        assert before.tensors[t] == after.tensors[t]
    sums = next(op for op in after.ops if op.kind == "ADD")
    assert len({after.tensors[t].shape for t in (*sums.inputs, *sums.outputs)}) == 1


def constant_channels() -> Model:
    """Twelve filters, four of which are constant, and a layer that reads them at a border of its own."""
    m = FloatModel()
    first = m.conv(m.input(1, 6, 6, 3), 12, 1, **RELU)
    w = m.ops[0].inputs[1]
    values = m.tensors[w].array.copy()
    values[2:6] = 0
    m.tensors[w] = replace(m.tensors[w], buffer=values.tobytes())
    return m.model(m.conv(first, 5, 1))


def test_constants_go_first_and_cost_nothing() -> None:
    model = constant_channels()
    data = samples(model)
    found = prune(model, data, 0.3)
    (first, _) = model.main.ops
    assert set(range(12)) - set(found.kept[first.outputs[0]]) == {2, 3, 4, 5}
    np.testing.assert_allclose(outputs(found.model, data), outputs(model, data), atol=1e-5)


def test_no_layer_is_emptied() -> None:
    model = residual()
    found = prune(model, samples(model), 0.85)
    assert min(map(len, found.kept.values())) >= 1
    assert np.isfinite(outputs(found.model, samples(model))).all()


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.5, float("nan")])
def test_a_fraction_is_a_share(fraction: float) -> None:
    model = residual()
    with pytest.raises(EdgeqError, match="it is a share of the multiply-accumulates"):
        prune(model, samples(model), fraction)


def test_a_model_without_channels_to_leave_out_is_refused() -> None:
    m = FloatModel()
    model = m.model(m.conv(m.input(1, 6, 6, 3), 4))
    with pytest.raises(EdgeqError, match="so many channels cannot be left out"):
        prune(model, samples(model), 0.5)
