"""The metric that suits a data set, chosen and computed by name, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from edgeq import metrics
from edgeq.errors import EdgeqError


def test_autoencoder_scores_a_group_once() -> None:
    x = np.zeros((4, 3), np.float32)
    outputs = np.array(
        [[1, 1, 1], [3, 3, 3], [0, 0, 0], [2, 2, 2]], np.float32
    )  # scores 1, 9, 0, 4
    y, group = np.array([1, 1, 0, 0]), np.array([5, 5, 6, 6])
    assert metrics.default_metric(x, outputs, y) == ("auc", "")
    assert metrics.score("auc", x, outputs, y, group) == 1.0  # means 5 and 2
    assert metrics.score("auc", x, outputs, y) == 0.75


def test_default_metric_follows_labels_and_output() -> None:
    x, outputs = np.zeros((2, 8)), np.zeros((2, 3))
    assert metrics.default_metric(x, outputs, None) == (None, "")
    assert metrics.default_metric(x, outputs, np.array([0, 1])) == ("accuracy", "")
    assert metrics.default_metric(x, outputs, np.zeros((2, 3))) == ("mean_squared_error", "")
    assert metrics.default_metric(x, np.array([[7.5], [-3.0]]), np.array([7, -3])) == (
        "mean_squared_error",
        "",
    )
    assert (
        "auc needs both labels" in metrics.default_metric(x, np.ones((2, 8)), np.array([0, 0]))[1]
    )
    assert "which no metric compares" in metrics.default_metric(x, outputs, np.zeros((2, 5)))[1]


@pytest.mark.parametrize(
    ("metric", "outputs", "y", "message"),
    [
        ("f1", np.zeros((2, 3)), np.array([0, 1]), "metric 'f1'"),
        ("accuracy", np.zeros((2, 3)), None, "no labels"),
        (
            "accuracy",
            np.zeros((2, 3)),
            np.array([0, 3]),
            "labels go from 0 to 3, the model has 3 classes",
        ),
        ("accuracy", np.zeros((2, 3)), np.array([0, 1, 2]), "give 2 class numbers"),
        ("auc", np.zeros((2, 3)), np.array([0, 1]), "3 outputs"),
        ("auc", np.zeros((2, 1)), np.array([1, 1]), "same label"),
        ("mean_abs_error", np.zeros((2, 3)), np.array([0, 1]), "outputs are (2, 3), y is (2,)"),
    ],
)
def test_a_metric_that_does_not_fit_is_refused(
    metric: str, outputs: object, y: object, message: str
) -> None:
    with pytest.raises(EdgeqError, match=message.replace("(", r"\(").replace(")", r"\)")):
        metrics.score(metric, np.zeros((2, 8)), outputs, y)  # type: ignore[arg-type]
