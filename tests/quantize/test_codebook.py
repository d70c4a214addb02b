"""Codebooks: optimal by brute force, shared by channels, and never worse than uniform weights of
equal width.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from quantize.models import calibrated, residual, samples

from edgeq.graph import read_tflite
from edgeq.quantize.assemble import assemble
from edgeq.quantize.codebook import best_values, codebook_count, fit_codebooks, nearest
from edgeq.quantize.quantization_state import by_channel, layers
from edgeq.quantize.quantize import content
from edgeq.simulate import simulate


def distance(x: np.ndarray, weight: np.ndarray, book: np.ndarray) -> float:  # type: ignore[type-arg]
    return float((weight * (nearest(x, book) - x) ** 2).sum())


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_no_other_integers_are_nearer(count: int) -> None:
    """Few values with very different importance, so that neighbouring integers have to be divided
    between entries.
    """
    random = np.random.default_rng(count)
    books = np.array(list(combinations(range(-5, 6), count)))
    for _ in range(30):
        x = random.uniform(-5.4, 5.4, random.integers(count + 1, 25))
        weight = random.lognormal(0, 1, len(x))
        least = (weight * ((x[:, None] - books[:, None, :]) ** 2).min(axis=2)).sum(axis=1).min()
        found = best_values(x, weight, count)
        assert len(found) <= count
        assert distance(x, weight, found) == pytest.approx(least, rel=1e-9, abs=1e-12)


def test_integers_at_and_beyond_the_ends_of_the_grid_are_the_nearest_too() -> None:
    x = np.array([-200.0, -127.5, -127.0, -126.9, 126.4, 127.0, 130.0])
    assert best_values(x, np.ones(7), 2).tolist() == [-127, 127]
    assert best_values(x, np.ones(7), 3).tolist() == [-127, 126, 127]
    assert best_values(x, np.ones(7), 1).tolist() == [round(float(x.mean()))]


def test_few_values_are_kept_as_they_are() -> None:
    assert best_values(np.array([3.0, -2.0, 3.0]), np.ones(3), 4).tolist() == [-2, 3]


def test_important_weights_are_hit() -> None:
    x = np.concatenate([np.random.default_rng(3).uniform(-100, 100, 500), [77.0]])
    weight = np.concatenate([np.ones(500), [1e6]])
    assert 77 in best_values(x, weight, 4)


def test_codebooks_take_no_more_than_their_share() -> None:
    assert codebook_count(64, 64, 4, 0.5) == 64
    assert codebook_count(64, 64, 4, 0.25) == 32
    assert codebook_count(64, 9, 4, 0.5) == 8
    assert codebook_count(7, 9, 4, 0.0) == 1


@pytest.mark.parametrize("overhead", [0.0, 1.0])
def test_weights_come_from_their_codebooks_and_survive_the_file(overhead: float) -> None:
    model = residual()
    state = fit_codebooks(calibrated(model), 3, overhead=overhead)
    made = read_tflite(content(assemble(state)))
    weights = [t for t in made.main.tensors if t.codebook is not None]
    assert len(weights) == len(list(layers(state.graph)))
    assert all(t.codebook.holds(t.array) and t.codebook.bits == 3 for t in weights)  # type: ignore[union-attr,arg-type]
    assert simulate.simulate(made, samples(model)).samples == 32


def test_codebooks_of_channels_are_nearer_than_uniform_steps() -> None:
    state, uniform = calibrated(residual()), calibrated(residual(), bits=4)
    fitted = fit_codebooks(state, 4, overhead=8.0)
    for layer in layers(state.graph):
        rows = by_channel(state.graph.tensors[layer.weights].array, layer.axis)
        scale, settings = uniform.weights[layer.index].scale[:, None], fitted.weights[layer.index]
        assert settings.values is not None
        coded = by_channel(settings.values, layer.axis) * settings.scale[:, None]
        stepped = np.clip(np.round(rows / scale), -7, 7) * scale
        assert ((coded - rows) ** 2).sum() <= ((stepped - rows) ** 2).sum()
