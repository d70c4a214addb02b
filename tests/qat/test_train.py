"""How training is laid out, and what an epoch shows: samples, half of them mixed, and labels likewise."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from edgeq.qat.train import Training, _lessons

X = np.random.default_rng(0).normal(size=(400, 2, 3)).astype(np.float32)
Y = np.eye(4, dtype=np.float32)[np.arange(400) % 4]


@pytest.mark.parametrize(("samples", "batch_size", "epochs"), [(64, 64, 1000), (640, 64, 100), (6400, 64, 40),
                                                               (65, 64, 500), (10, 1, 100)])  # fmt: skip
def test_epochs_are_40_or_as_many_as_make_1000_steps(samples: int, batch_size: int, epochs: int) -> None:
    assert Training(batch_size=batch_size).passes(samples) == epochs
    assert Training(epochs=7, batch_size=batch_size).passes(samples) == 7


def test_half_of_the_samples_are_mixtures_and_their_labels_too() -> None:
    first, second = islice(_lessons([X, Y], Training(seed=3)), 2)
    plain = (first[0] == X).all(axis=(1, 2))
    assert 160 < plain.sum() < 240
    for n in np.flatnonzero(~plain)[:20]:
        others = X.reshape(400, -1) - X[n].ravel()
        towards = (first[0][n] - X[n]).ravel()
        shares = (others @ towards) / np.maximum((others**2).sum(axis=1), 1e-9)
        k = int(np.abs(shares[:, None] * others - towards).sum(axis=1).argmin())
        assert 0 <= shares[k] <= 1
        np.testing.assert_allclose(first[0][n], X[n] + shares[k] * (X[k] - X[n]), atol=1e-5)
        np.testing.assert_allclose(first[1][n], Y[n] + shares[k] * (Y[k] - Y[n]), atol=1e-4)
    assert (first[0] != second[0]).any()


def test_the_seed_decides_the_mixtures() -> None:
    one, same, other = (next(_lessons([X], Training(seed=seed)))[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


@pytest.mark.parametrize(("arrays", "training"), [([X], Training(mix=False)), ([X[:1]], Training()),
                                                  ([X, np.arange(400)], Training())])  # fmt: skip
def test_what_cannot_or_shall_not_be_mixed_is_shown_as_it_is(arrays: list[np.ndarray], training: Training) -> None:
    for shown in islice(_lessons(arrays, training), 2):
        for array, given in zip(shown, arrays, strict=True):
            np.testing.assert_array_equal(array, given)
