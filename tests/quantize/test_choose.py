"""Choosing calibrators: the better proposal wins, luck does not."""

from __future__ import annotations

import numpy as np
from quantize.models import calibrated, residual, samples

from edgeq.quantize.choose import better, choose_for_all, choose_for_each
from edgeq.quantize.quantize import distance
from edgeq.quantize.state import Range


def test_a_proposal_that_clips_everything_loses() -> None:
    model = residual()
    state, data = calibrated(model), samples(model)
    good = dict(state.ranges)
    tiny = {t: Range(r.low / 50, r.high / 50) for t, r in good.items()}
    name, chosen = choose_for_all(state, {"tiny": tiny, "good": good}, data, distance(state.model, data))
    assert name == "good"
    assert chosen.ranges == good


def test_one_bad_tensor_is_found_and_the_others_left() -> None:
    model = residual()
    state, data = calibrated(model), samples(model)
    good, bad = dict(state.ranges), state.graph.ops[0].outputs[0]
    spoiled = state.with_ranges({bad: Range(0.0, good[bad].high / 20)})
    tiny = {t: Range(r.low / 50, r.high / 50) for t, r in good.items()}
    chosen = choose_for_each(spoiled, {"tiny": tiny, "good": good}, data, distance(state.model, data))
    assert chosen.ranges == good


def test_better_asks_for_more_than_luck() -> None:
    noise = np.random.default_rng(1).normal(0, 1, 100)
    assert not better(noise, np.roll(noise, 1))
    assert better(noise - 1, noise + np.random.default_rng(2).normal(0, 1, 100))
