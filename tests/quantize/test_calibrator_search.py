"""Calibrator search: the better calibrator wins, insignificant gains are rejected."""

from __future__ import annotations

import numpy as np
from quantize.models import FloatModel, calibrated, residual, samples

from edgeq.quantize.calibrator_search import (
    choose_calibrator,
    choose_per_tensor,
    distance,
    output_error,
    significantly_lower,
)
from edgeq.quantize.quantization_state import Range
from edgeq.quantize.scale_groups import compared_tensors


def test_a_proposal_that_clips_everything_loses() -> None:
    model = residual()
    state, data = calibrated(model), samples(model)
    good = dict(state.ranges)
    tiny = {t: Range(r.low / 50, r.high / 50) for t, r in good.items()}
    chosen = choose_calibrator(
        state, {"tiny": tiny, "good": good}, data, distance(state.model, data)
    )
    assert chosen.name == "good"
    assert chosen.state.ranges == good


def test_one_bad_tensor_is_found_and_the_others_left() -> None:
    model = residual()
    state, data = calibrated(model), samples(model)
    good, bad = dict(state.ranges), state.graph.ops[0].outputs[0]
    spoiled = state.with_ranges({bad: Range(0.0, good[bad].high / 20)})
    tiny = {t: Range(r.low / 50, r.high / 50) for t, r in good.items()}
    chosen = choose_per_tensor(
        spoiled, {"tiny": tiny, "good": good}, data, distance(state.model, data)
    )
    assert chosen.ranges == good


def test_a_gain_must_be_significant() -> None:
    noise = np.random.default_rng(1).normal(0, 1, 100)
    assert not significantly_lower(noise, np.roll(noise, 1))
    assert significantly_lower(noise - 1, noise + np.random.default_rng(2).normal(0, 1, 100))


def test_what_a_softmax_is_made_of_tells_as_well() -> None:
    m = FloatModel()
    logits = m.dense(m.input(1, 6), 4)
    probabilities = m.op("SOFTMAX", (logits,), (1, 4), "SoftmaxOptions", beta=1.0)
    model = m.model(probabilities)
    assert compared_tensors(model.main) == (probabilities, logits)


def test_an_output_that_saturates_does_not_hide_a_clipped_range() -> None:
    """The probabilities of all samples saturate, so they equal the float model's for any range."""
    m = FloatModel()
    logits = m.dense(m.input(1, 6), 4)
    model = m.model(m.op("SOFTMAX", (logits,), (1, 4), "SoftmaxOptions", beta=40.0))
    state, data = calibrated(model), samples(model)
    good = dict(state.ranges)
    clipped = good | {logits: Range(good[logits].low * 0.6, good[logits].high * 0.6)}
    chosen = choose_calibrator(
        state, {"clipped": clipped, "good": good}, data, distance(state.model, data)
    )
    assert chosen.name == "good"


def test_clipped_values_count_as_in_the_sqnr_but_where_an_operator_saturates() -> None:
    m = FloatModel()
    sums = m.dense(m.input(1, 6), 100)
    real = m.model(sums)
    probabilities = m.model(m.op("SOFTMAX", (sums,), (1, 100), "SoftmaxOptions", beta=1.0))
    expected = np.random.default_rng(0).normal(size=(4, 100)).astype(np.float32)
    clipped, rounded = expected.copy(), expected + np.float32(0.1)
    clipped[:, 0] += 5.0  # a mean difference of 0.05, a root mean square of 0.5
    cost = output_error(real.main, [sums], [expected])
    assert np.all(cost([rounded]) < cost([clipped]))
    cost = output_error(probabilities.main, [sums], [expected])
    assert np.all(cost([clipped]) < cost([rounded]))
