"""Metrics against scikit-learn, hand-counted corners, and the docstrings' own examples."""

from __future__ import annotations

import doctest

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix as sklearn_confusion
from sklearn.metrics import roc_auc_score

from edgeq import metrics
from edgeq.errors import EdgeqError


def test_docstring_examples() -> None:
    result = doctest.testmod(metrics)
    assert result.attempted >= 10
    assert result.failed == 0


@pytest.mark.parametrize("levels", [2, 5, 1000])
def test_auc_equals_scikit_learn_with_and_without_ties(levels: int) -> None:
    rng = np.random.default_rng(levels)
    scores, labels = rng.integers(0, levels, 200).astype(float), rng.integers(0, 2, 200)
    assert metrics.auc(scores, labels) == pytest.approx(roc_auc_score(labels, scores), abs=1e-12)


def test_confusion_matrix_equals_scikit_learn() -> None:
    rng = np.random.default_rng(1)
    outputs, labels = rng.normal(size=(100, 4)), rng.integers(0, 4, 100)
    expected = sklearn_confusion(labels, outputs.argmax(axis=1), labels=range(4))
    assert np.array_equal(metrics.confusion_matrix(outputs, labels), expected)


def test_autoencoder_scores_a_group_once() -> None:
    x = np.zeros((4, 3), np.float32)
    outputs = np.array([[1, 1, 1], [3, 3, 3], [0, 0, 0], [2, 2, 2]], np.float32)  # scores 1, 9, 0, 4
    y, group = np.array([1, 1, 0, 0]), np.array([5, 5, 6, 6])
    assert metrics.default_metric(x, outputs, y) == ("auc", "")
    assert metrics.score("auc", x, outputs, y, group) == 1.0  # means 5 and 2
    assert metrics.score("auc", x, outputs, y) == 0.75


def test_default_metric_follows_labels_and_output() -> None:
    x, outputs = np.zeros((2, 8)), np.zeros((2, 3))
    assert metrics.default_metric(x, outputs, None) == (None, "")
    assert metrics.default_metric(x, outputs, np.array([0, 1])) == ("accuracy", "")
    assert metrics.default_metric(x, outputs, np.zeros((2, 3))) == ("mean_squared_error", "")
    assert metrics.default_metric(x, np.array([[7.5], [-3.0]]), np.array([7, -3])) == ("mean_squared_error", "")
    assert "auc needs both labels" in metrics.default_metric(x, np.ones((2, 8)), np.array([0, 0]))[1]
    assert "which no metric compares" in metrics.default_metric(x, outputs, np.zeros((2, 5)))[1]


@pytest.mark.parametrize(
    ("y", "said"),
    [
        (np.array([1, 2, 3]), "labels go from 1 to 3, the model has 3 classes — they count from 1: subtract 1"),
        (np.array([0, 1, 3]), "labels go from 0 to 3, the model has 3 classes — give class numbers from 0 to 2"),
        (np.array([-1, 1, 0]), "labels go from -1 to 1, the model has 3 classes — give 0 in place of -1"),
        (np.array([0, 1, 1 << 60]), "labels go from 0 to 1152921504606846976"),
        (np.array([0, 1, 0.5], np.float32), "0.5 is no class number — give whole numbers from 0 to 2"),
        (np.array([0, 1, 1e30], np.float32), "1e+30 is no class number"),
        (
            np.eye(3, dtype=np.float32),
            "they are one-hot rows, not class numbers — give class numbers, y.argmax(axis=1)",
        ),
    ],
)
def test_labels_of_no_class_are_refused_with_the_remedy(y: np.ndarray, said: str) -> None:
    for metric in (metrics.default_metric, lambda x, outputs, y: metrics.score("accuracy", x, outputs, y)):
        with pytest.raises(EdgeqError) as error:
            metric(np.zeros((3, 8)), np.eye(3), y)
        assert said in str(error.value)


@pytest.mark.parametrize("y", [[1, 2, 1], [0, 1, 7], [0, 1, 0.5], [-1, 1, 1], np.eye(3)])
def test_auc_takes_0_and_1_alone(y: list[float]) -> None:
    x, outputs = np.zeros((3, 8)), np.arange(24.0).reshape(3, 8)
    for metric in (metrics.default_metric, lambda x, outputs, y: metrics.score("auc", x, outputs, y)):
        with pytest.raises(EdgeqError, match=r"metric auc|one-hot|no class number"):
            metric(x, outputs, np.asarray(y))


@pytest.mark.parametrize(
    ("metric", "outputs", "y", "message"),
    [
        ("f1", np.zeros((2, 3)), np.array([0, 1]), "metric 'f1'"),
        ("accuracy", np.zeros((2, 3)), None, "no labels"),
        ("accuracy", np.zeros((2, 3)), np.array([0, 3]), "labels go from 0 to 3, the model has 3 classes"),
        ("accuracy", np.zeros((2, 3)), np.array([0, 1, 2]), "give 2 class numbers"),
        ("auc", np.zeros((2, 3)), np.array([0, 1]), "3 outputs"),
        ("auc", np.zeros((2, 1)), np.array([1, 1]), "same label"),
        ("mean_abs_error", np.zeros((2, 3)), np.array([0, 1]), "outputs are (2, 3), y is (2,)"),
    ],
)
def test_a_metric_that_does_not_fit_is_refused(metric: str, outputs: object, y: object, message: str) -> None:
    with pytest.raises(EdgeqError, match=message.replace("(", r"\(").replace(")", r"\)")):
        metrics.score(metric, np.zeros((2, 8)), outputs, y)  # type: ignore[arg-type]


def test_mixed_labels_in_a_group_are_refused() -> None:
    with pytest.raises(EdgeqError, match="both labels"):
        metrics.score("auc", np.zeros((2, 8)), np.zeros((2, 1)), np.array([0, 1]), np.array([0, 0]))
