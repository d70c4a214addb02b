"""Ranges in front of operators that saturate are chosen in the integer model."""

from __future__ import annotations

import numpy as np
import pytest
from quantize.models import FloatModel, calibrated, samples

from edgeq.data import Samples
from edgeq.graph import Model
from edgeq.quantize.assemble import assemble
from edgeq.quantize.calibrator_search import distance
from edgeq.quantize.incremental_run import run
from edgeq.quantize.last_range_search import search_last_ranges
from edgeq.quantize.quantization_state import QuantizationState, Range
from edgeq.quantize.scale_groups import compared_tensors


def classifier(seed: int) -> tuple[Model, int]:
    """A dense layer behind which a LOGISTIC ends the model, and the tensor between."""
    m = FloatModel(random=np.random.default_rng(seed))
    logits = m.dense(m.input(1, 12), 16)
    return m.model(m.op("LOGISTIC", (logits,), (1, 16))), logits


def cost_of(state: QuantizationState, data: Samples) -> float:
    compared = compared_tensors(state.graph)
    return float(distance(state.model, data)(run(assemble(state), data).real(compared)).mean())


@pytest.mark.parametrize("seed", range(4))
def test_a_range_that_cuts_off_gives_way_to_the_proposed_one_or_a_nearer(seed: int) -> None:
    model, logits = classifier(seed)
    data = samples(model, 64)
    good = calibrated(model, data)
    narrow = Range(good.ranges[logits].low / 2, good.ranges[logits].high / 2)
    found = search_last_ranges(
        good.with_ranges({logits: narrow}), good.ranges, data, distance(model, data)
    )
    assert found.ranges[logits] != narrow
    assert cost_of(found, data) <= cost_of(good, data)


@pytest.mark.parametrize("seed", range(4))
def test_no_search_leaves_the_integer_model_farther_away(seed: int) -> None:
    model, logits = classifier(seed)
    data = samples(model, 64)
    good = calibrated(model, data)
    found = search_last_ranges(good, {}, data, distance(model, data))
    assert cost_of(found, data) <= cost_of(good, data)
    assert {t for t in good.ranges if found.ranges[t] != good.ranges[t]} <= {logits}


def test_a_model_that_ends_without_saturation_keeps_its_ranges() -> None:
    m = FloatModel()
    model = m.model(m.dense(m.input(1, 6), 4))
    data = samples(model, 16)
    state = calibrated(model, data)
    assert search_last_ranges(state, {}, data, distance(model, data)) is state
