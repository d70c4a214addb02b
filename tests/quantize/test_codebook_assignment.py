"""Codebook assignment: coordinate descent finds the brute-force optimum of small layers and never
increases an error.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from quantize.models import calibrated, residual, samples

from edgeq.quantize.assemble import assemble
from edgeq.quantize.calibrator_search import distance
from edgeq.quantize.codebook import fit_codebooks
from edgeq.quantize.codebook_assignment import assign_entries, coordinate_descent
from edgeq.quantize.incremental_run import run
from edgeq.quantize.quantization_state import Floats, layers

RANDOM = np.random.default_rng(5)
TABLE = np.array([-5.0, -1.0, 2.0, 6.0])


def problem(n: int) -> tuple[Floats, Floats, Floats]:
    """target [1, 1, n], Hessian [1, n, n] of correlated inputs, start: the nearest entries."""
    x = RANDOM.normal(0, 1, (50, n)) @ RANDOM.normal(0, 1, (n, n))
    target = RANDOM.normal(0, 3, (1, 1, n))
    start = TABLE[np.abs(target[..., None] - TABLE).argmin(axis=-1)]
    return target, (x.T @ x / 50)[None], start


def error(q: Floats, target: Floats, metric: Floats) -> float:
    d = (q - target)[0, 0]
    return float(d @ metric[0] @ d)


@pytest.mark.parametrize(("n", "share"), [(2, 0.75), (4, 0.6), (5, 0.3)])
def test_no_single_change_helps_and_many_reach_the_optimum(n: int, share: float) -> None:
    reached = []
    for _ in range(30):
        target, metric, start = problem(n)
        found = coordinate_descent(start, target, metric, np.ones((1, 1)), TABLE[None, None])
        for j, entry in product(range(n), TABLE):
            other = found.copy()
            other[0, 0, j] = entry
            assert error(other, target, metric) >= error(found, target, metric) - 1e-9
        every = (np.array(q)[None, None] for q in product(TABLE, repeat=n))
        best = min(error(q, target, metric) for q in every)
        assert error(found, target, metric) <= error(start, target, metric)
        reached.append(error(found, target, metric) <= best * 1.001)
    assert np.mean(reached) > share


def test_outputs_come_nearer_and_values_stay_in_their_codebooks() -> None:
    model, data = residual(), samples(residual(), 64)
    before = fit_codebooks(calibrated(model), 3)
    after = assign_entries(before, data)
    cost = distance(before.model, data, before.graph.outputs)
    errors = [cost(run(assemble(state), data).outputs()).mean() for state in (before, after)]
    assert errors[1] < 0.3 * errors[0]
    for layer in layers(after.graph):
        settings = after.weights[layer.index]
        assert settings.codebook == before.weights[layer.index].codebook
        assert settings.values is not None
        assert settings.codebook is not None
        assert settings.codebook.holds(settings.values)
