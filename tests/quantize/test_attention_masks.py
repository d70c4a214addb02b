"""Masks of attention move near to the values that they stand among, and attention stays."""

from __future__ import annotations

import numpy as np
import pytest
from quantize.models import FloatModel, calibrated, outputs, samples

from edgeq.graph import Model
from edgeq.quantize.assemble import assemble
from edgeq.quantize.attention_masks import FAR, with_near_masks
from edgeq.quantize.calibrator_search import distance
from edgeq.quantize.isolated_range_search import search_isolated_ranges
from edgeq.quantize.quantization_state import Range
from edgeq.simulate.execute import real_outputs


def masked(kind: str, far: float) -> Model:
    """SOFTMAX of rows of 4, of which the last two are masked by a constant far below."""
    m = FloatModel()
    x = m.input(1, 3, 4)
    if kind == "ADD":
        y = m.binary("ADD", x, m.constant([0, 0, far, far]), fused_activation_function="NONE")
    else:
        chosen = np.array([True, True, False, False])
        condition = m.constant([0])
        m.tensors[condition] = type(m.tensors[x])(
            "condition", (1, 1, 4), "bool", None, chosen.tobytes()
        )
        y = m.op(kind, (condition, x, m.constant(far)), (1, 3, 4), "SelectV2Options")
    return m.model(m.softmax(y))


@pytest.mark.parametrize("kind", ["SELECT_V2", "ADD"])
def test_results_stay_and_the_range_is_that_of_the_values(kind: str) -> None:
    model = masked(kind, -2e38 if kind == "SELECT_V2" else -1e9)
    data = samples(model)
    near = with_near_masks(model, data)
    np.testing.assert_allclose(outputs(near, data)[0], outputs(model, data)[0], atol=2e-7)
    softmax = next(op for op in near.main.ops if op.kind == "SOFTMAX")
    low = calibrated(near, data).ranges[softmax.inputs[0]].low
    assert low > 2 * data.x.min() - data.x.max() - FAR - 1


def test_values_that_are_no_masks_stay() -> None:
    model = masked("ADD", -5.0)
    assert with_near_masks(model, samples(model)) is model


@pytest.mark.parametrize("kind", ["SELECT_V2", "ADD"])
def test_the_search_for_ranges_keeps_room_for_a_mask(kind: str) -> None:
    """A narrower range serves the values that are masked, and gives attention to all of them."""
    model = masked(kind, -2e38 if kind == "SELECT_V2" else -1e9)
    data = samples(model, 64)
    near = with_near_masks(model, data)
    state = calibrated(near, data)
    (x,), (y,) = near.main.inputs, near.main.ops[0].outputs
    own = {x: Range(float(data.x.min()), float(data.x.max())), y: state.ranges[y]}
    found = search_isolated_ranges(state, {"min-max": own}, data, distance(near, data))
    exact = outputs(near, data)[0]
    error = exact - real_outputs(assemble(found).main, data)[0].reshape(exact.shape)
    assert np.abs(error).max() < 0.06
    assert found.ranges[y].low < data.x.min() - FAR / 2
