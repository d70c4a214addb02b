"""Blockwise rounding gives the integers of rounding with the whole Hessian, without computing it."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from quantize.models import FloatModel, calibrated, outputs, samples

from edgeq.data import Samples
from edgeq.graph import Model
from edgeq.quantize.assemble import assemble
from edgeq.quantize.blockwise_rounding import (
    HESSIAN_BYTES,
    round_in_blocks,
    scale_by_importance,
    too_wide,
)
from edgeq.quantize.quantization_state import Floats, QuantizationState, Reals
from edgeq.quantize.reconstruct import reconstruct
from edgeq.quantize.second_order import quadratic_minimum, round_sequentially
from edgeq.simulate.execute import real_outputs

WIDE = 3000  # inputs, whose second moments are 72 MB


def problem(
    positions: int, n: int, rows: int = 3, seed: int = 0
) -> tuple[Reals, Floats, Floats, Floats]:
    """Correlated inputs of decreasing magnitude, real weights, noisy outputs, and scales."""
    random = np.random.default_rng(seed)
    x = (
        random.normal(size=(positions, n)) + random.normal(size=(positions, 1)) + 0.5
    ) * 0.5 ** np.arange(n)
    x = x[:, np.argsort(-x.var(axis=0))]
    w = random.normal(size=(rows, n))
    return (
        x.astype(np.float32),
        w,
        x @ w.T + random.normal(0, 0.1, (positions, rows)),
        random.uniform(0.2, 0.4, rows),
    )


def by_the_whole_metric(
    x: Reals, w: Floats, z: Floats, scale: Floats, limit: int, damping: float
) -> Floats:
    mean = x.mean(axis=0, dtype=np.float64)
    centred = x - mean
    hessian = centred.T @ centred / len(x)
    extra = damping * np.diagonal(hessian).mean() + 1e-6 * np.square(mean).mean()
    hessian += extra * np.eye(len(mean))
    cross = (z - z.mean(axis=0)).T @ centred / len(x) + extra * w
    target = quadratic_minimum(hessian[None], cross[None])
    return round_sequentially(target, hessian[None], scale[None], limit)[0]


@pytest.mark.parametrize("block", [1, 3, 4, 12])
@pytest.mark.parametrize("positions", [5, 40])
@pytest.mark.parametrize("seed", range(3))
def test_blocks_give_what_the_whole_hessian_gives(block: int, positions: int, seed: int) -> None:
    x, w, z, scale = problem(positions, 12, seed=seed)
    found = round_in_blocks(x, w, z, scale, 7, damping=0.1, block=block)
    np.testing.assert_array_equal(found, by_the_whole_metric(x, w, z, scale, 7, damping=0.1))


def test_later_blocks_make_up_for_earlier_ones() -> None:
    random = np.random.default_rng(1)
    x, w = random.normal(size=(60, 200)).astype(np.float32), random.normal(size=(4, 200))
    scale = np.full(4, 0.5)
    found = round_in_blocks(x, w, x @ w.T, scale, 7, damping=0.02, block=20)
    errors = [
        np.square(x @ (q * 0.5 - w).T).mean() for q in (found, np.clip(np.round(w / 0.5), -7, 7))
    ]
    assert errors[0] < 0.2 * errors[1]


def test_inputs_that_are_always_0_leave_the_nearest() -> None:
    w = np.random.default_rng(0).normal(size=(2, 9))
    found = round_in_blocks(
        np.zeros((4, 9), np.float32), w, np.zeros((4, 2)), np.full(2, 0.5), 7, 0.1, block=4
    )
    np.testing.assert_array_equal(found, np.round(w / 0.5))


def test_scales_fit_weights_with_nonzero_inputs() -> None:
    x = np.array([[1.0, 0.0]], np.float32)
    rows = np.array([[0.3, 7.0]])
    assert scale_by_importance(x, rows, np.array([[1.0, 0.3]]), limit=7).tolist() == [0.3]


def test_the_budget_decides() -> None:
    assert not too_wide(4, budget=8 * 16)
    assert too_wide(5, budget=8 * 16)
    assert too_wide(WIDE)


def wide_dense() -> Model:
    m = FloatModel()
    return m.model(m.dense(m.input(1, WIDE), 5))


@pytest.mark.slow
def test_a_wide_layer_is_rounded_within_the_budget_and_better_than_to_the_nearest() -> None:
    model = wide_dense()
    data, unseen = samples(model, 40), samples(model, 40, seed=1)
    state = calibrated(model, data, 4)
    tracemalloc.start()
    found = reconstruct(state, data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < HESSIAN_BYTES
    assert error(found, model, data) < 0.9 * error(state, model, data)
    assert error(found, model, unseen) < 1.02 * error(state, model, unseen)


def error(state: QuantizationState, model: Model, data: Samples) -> float:
    found, expected = real_outputs(assemble(state).main, data)[0], outputs(model, data)[0]
    return float(np.abs(found - expected.reshape(found.shape)).mean())
