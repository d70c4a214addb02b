"""Integer least squares compared with all possible integer vectors."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from edgeq.quantize.quantization_state import Floats
from edgeq.quantize.second_order import (
    coordinate_descent,
    quadratic_errors,
    quadratic_minimum,
    round_sequentially,
)

LIMIT = 1


def problem(n: int, rows: int, groups: int = 2, seed: int = 0) -> tuple[Floats, Floats, Floats]:
    """target, Hessian and scale, for inputs that are correlated like neighbouring pixels."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(groups, 200, n)) + 2 * random.normal(size=(groups, 200, 1))
    target = random.normal(0, 0.7, (groups, rows, n))
    return target, x.transpose(0, 2, 1) @ x / 200, random.uniform(0.5, 1, (groups, rows))


def nearest(target: Floats, scale: Floats) -> Floats:
    return np.clip(np.round(target / scale[:, :, None]), -LIMIT, LIMIT)


def least(target: Floats, hessian: Floats, scale: Floats) -> Floats:
    """The least error of each row, by trying all 3 ** n integer vectors."""
    n = target.shape[2]
    every = np.array(list(product(range(-LIMIT, LIMIT + 1), repeat=n)), np.float64)
    found = np.empty(scale.shape)
    for g, r in np.ndindex(scale.shape):
        difference = scale[g, r] * every - target[g, r]
        found[g, r] = ((difference @ hessian[g]) * difference).sum(axis=1).min()
    return found


@pytest.mark.parametrize(("n", "share"), [(1, 1.0), (2, 0.9), (4, 0.75), (7, 0.5)])
def test_no_vector_is_better_than_the_best_and_the_result_is_seldom_worse(
    n: int, share: float
) -> None:
    target, hessian, scale = problem(n, rows=50)
    found = coordinate_descent(
        round_sequentially(target, hessian, scale, LIMIT), target, hessian, scale, LIMIT
    )
    reached, best = quadratic_errors(found, target, hessian, scale), least(target, hessian, scale)
    assert (reached >= best - 1e-9).all()
    assert (np.abs(found) <= LIMIT).all()
    assert np.mean(reached < best + 1e-9) >= share
    assert reached.mean() < 1.2 * best.mean()


@pytest.mark.parametrize("seed", range(5))
def test_no_single_change_helps_and_none_made_it_worse(seed: int) -> None:
    target, hessian, scale = problem(6, rows=8, seed=seed)
    start = nearest(target, scale)
    found = coordinate_descent(start, target, hessian, scale, LIMIT)
    reached = quadratic_errors(found, target, hessian, scale)
    assert (reached <= quadratic_errors(start, target, hessian, scale) + 1e-9).all()
    for j, value in product(range(6), range(-LIMIT, LIMIT + 1)):
        changed = found.copy()
        changed[:, :, j] = value
        assert (quadratic_errors(changed, target, hessian, scale) >= reached - 1e-9).all()


def test_successive_rounding_beats_the_nearest_where_inputs_go_together() -> None:
    target, hessian, scale = problem(20, rows=100, seed=3)
    found = round_sequentially(target, hessian, scale, 7)
    plain = np.clip(np.round(target / scale[:, :, None]), -7, 7)
    assert (
        quadratic_errors(found, target, hessian, scale).mean()
        < 0.35 * quadratic_errors(plain, target, hessian, scale).mean()
    )


def test_a_diagonal_hessian_gives_the_nearest_integers() -> None:
    target, _, scale = problem(5, rows=20)
    hessian = np.stack([np.diag([1.0, 5, 2, 9, 0.1])] * 2)
    for found in (
        round_sequentially(target, hessian, scale, LIMIT),
        coordinate_descent(np.zeros_like(target), target, hessian, scale, LIMIT),
    ):
        np.testing.assert_array_equal(found, nearest(target, scale))


def test_the_real_minimum_solves_the_equations() -> None:
    target, hessian, _ = problem(9, rows=4)
    np.testing.assert_allclose(
        quadratic_minimum(hessian, target @ hessian), target, rtol=1e-8, atol=1e-9
    )


def test_sequential_rounding_is_gptq() -> None:
    """GPTQ as in its paper: with the Cholesky factor of the inverse Hessian, updating the weights
    that are still to be rounded.
    """
    target, hessian, scale = problem(6, rows=10, groups=1, seed=4)
    order = np.argsort(-np.diag(hessian[0]), kind="stable")
    upper = np.linalg.cholesky(np.linalg.inv(hessian[0][np.ix_(order, order)])).T
    left, expected = target[0][:, order].copy(), np.empty((10, 6))
    for j in range(6):
        rounded = np.clip(np.round(left[:, j] / scale[0]), -7, 7)
        expected[:, order[j]] = rounded
        left[:, j:] -= np.outer((left[:, j] - rounded * scale[0]) / upper[j, j], upper[j, j:])
    np.testing.assert_array_equal(round_sequentially(target, hessian, scale, 7)[0], expected)
