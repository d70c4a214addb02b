"""Scores of models and their statistical significance."""

from __future__ import annotations

import numpy as np
import pytest

from edgeq.data import Samples
from edgeq.errors import EdgeqError
from edgeq.tune.score import (
    Score,
    auc_parts,
    best,
    choose_metric,
    compare,
    measure,
    overlap,
    standard_error,
)

PROBABILITIES = np.array(
    [[0.9, 0.1, 0.0], [0.2, 0.7, 0.1], [0.3, 0.3, 0.4], [0.8, 0.1, 0.1]], np.float32
)


def data(y: object = None, count: int = 4, features: int = 5) -> Samples:
    return Samples((np.zeros((count, features), np.float32),), None if y is None else np.asarray(y))


def score(parts: object, error: float, metric: str = "accuracy") -> Score:
    values = np.asarray(parts, np.float32)
    return Score(
        metric, float(values.mean()), error, None, values, np.full(len(values), error, np.float32)
    )


def test_the_metric_follows_the_data() -> None:
    assert choose_metric(data([0, 1, 2, 0]), PROBABILITIES) == "accuracy"
    assert choose_metric(data(), PROBABILITIES) == "agreement"
    assert choose_metric(data(features=3), PROBABILITIES * 7) == "output_error", (
        "an autoencoder has no classes"
    )
    assert (
        choose_metric(data(), np.array([[3.0], [-8.0], [0.1], [0.2]], np.float32)) == "output_error"
    )
    assert choose_metric(data([0, 1, 2, 0]), PROBABILITIES, "output_error") == "output_error"
    with pytest.raises(EdgeqError, match="labels go from 0 to 9, the model has 3 classes"):
        choose_metric(data([0, 1, 9, 0]), PROBABILITIES)


@pytest.mark.parametrize(
    ("metric", "y", "message"),
    [
        ("f1", [0, 1, 2, 0], "not known"),
        ("accuracy", None, "no labels"),
        ("auc", [0, 1, 0, 1], "3 outputs"),
    ],
)
def test_a_metric_that_does_not_fit_is_refused(metric: str, y: object, message: str) -> None:
    with pytest.raises(EdgeqError, match=message):
        choose_metric(data(y), PROBABILITIES, metric)


def test_figures_of_a_classifier() -> None:
    outputs = PROBABILITIES.copy()
    outputs[2] = [0.5, 0.3, 0.2]
    found = measure("accuracy", data([0, 1, 2, 1]), outputs, PROBABILITIES)
    assert (found.value, found.agreement) == (0.5, 0.75)
    assert found.parts.tolist() == [1, 1, 0, 0]
    assert found.mean_abs_error == pytest.approx(0.4 / 12)
    assert found.errors.tolist() == pytest.approx([0, 0, 0.4 / 3, 0])


@pytest.mark.parametrize("metric", ["mean_abs_error", "mean_squared_error"])
def test_errors_from_targets_are_losses(metric: str) -> None:
    targets = np.zeros((4, 3), np.float32)
    near, far = (
        measure(metric, data(targets), PROBABILITIES * f, PROBABILITIES) for f in (0.5, 1.0)
    )
    assert near.value < far.value
    assert compare(near, far)["better"]
    assert best({0: far, 1: near}) == 1


def test_auc_and_its_noise_are_those_of_delong() -> None:
    """The mean is scikit-learn's AUC; the standard error of a difference is that of new samples."""
    from sklearn.metrics import roc_auc_score  # half a second of each worker that collects tests

    rng = np.random.default_rng(0)

    def scores() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        labels = np.repeat([0, 1], (150, 50))
        shared = rng.normal(size=200) + labels
        return shared + rng.normal(size=200) / 2, shared + rng.normal(size=200), labels

    a, _, labels = scores()
    assert auc_parts(a.round(1), labels).mean() == pytest.approx(
        roc_auc_score(labels, a.round(1)), abs=1e-12
    )
    differences, predicted = [], []
    for _ in range(600):
        a, b, labels = scores()
        parts = auc_parts(a, labels), auc_parts(b, labels)
        differences.append(parts[0].mean() - parts[1].mean())
        predicted.append(standard_error(parts[0] - parts[1]))
    assert np.mean(predicted) == pytest.approx(np.std(differences), rel=0.1)


def test_within_noise_the_error_decides() -> None:
    """One more correct prediction in a hundred is not significant, ten are."""
    right = np.r_[np.ones(80), np.zeros(20)]
    one, ten = right.copy(), right.copy()
    one[80], ten[80:90] = 1, 1
    assert best({0: score(right, 0.1), 1: score(one, 0.2)}) == 0
    assert best({0: score(right, 0.1), 1: score(ten, 0.2)}) == 1
    assert best({0: score(right, 0.2), 1: score(right, 0.1), 2: score(right, 0.1)}) == 1


def test_a_gain_must_exceed_noise() -> None:
    rng = np.random.default_rng(0)
    base = rng.uniform(0.9, 1.1, 200).astype(np.float32)
    worse, equal = base * 1.1, base + rng.normal(0, 0.1, 200).astype(np.float32)

    def of(errors: np.ndarray) -> Score:
        return Score(
            "output_error", float(errors.mean()), float(errors.mean()), None, errors, errors
        )

    assert compare(of(base), of(worse))["better"]
    assert not compare(of(worse), of(base))["better"]
    assert not compare(of(base), of(equal))["better"]


def test_samples_in_both_sets_are_counted() -> None:
    x = np.arange(12, dtype=np.float32).reshape(6, 2)
    assert overlap(Samples((x[:4],)), Samples((x[3:],))) == 1
    assert overlap(Samples((x[:3],)), Samples((x[3:],))) == 0
    assert overlap(Samples((x, x)), Samples((x, x + 1))) == 0
