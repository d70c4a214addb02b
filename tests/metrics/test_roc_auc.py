"""The area under the ROC curve equals scikit-learn's, with and without ties."""

from __future__ import annotations

import numpy as np
import pytest

from edgeq import metrics
from edgeq.errors import EdgeqError


@pytest.mark.parametrize("levels", [2, 5, 1000])
def test_auc_equals_scikit_learn_with_and_without_ties(levels: int) -> None:
    from sklearn.metrics import roc_auc_score  # half a second of each worker that collects tests

    rng = np.random.default_rng(levels)
    scores, labels = rng.integers(0, levels, 200).astype(float), rng.integers(0, 2, 200)
    assert metrics.auc(scores, labels) == pytest.approx(roc_auc_score(labels, scores), abs=1e-12)


def test_mixed_labels_in_a_group_are_refused() -> None:
    with pytest.raises(EdgeqError, match="both labels"):
        metrics.score("auc", np.zeros((2, 8)), np.zeros((2, 1)), np.array([0, 1]), np.array([0, 0]))


@pytest.mark.parametrize("y", [[1, 2, 1], [0, 1, 7], [0, 1, 0.5], [-1, 1, 1], np.eye(3)])
def test_auc_takes_0_and_1_alone(y: list[float]) -> None:
    x, outputs = np.zeros((3, 8)), np.arange(24.0).reshape(3, 8)
    for metric in (
        metrics.default_metric,
        lambda x, outputs, y: metrics.score("auc", x, outputs, y),
    ):
        with pytest.raises(EdgeqError, match=r"metric auc|one-hot|no class number"):
            metric(x, outputs, np.asarray(y))
