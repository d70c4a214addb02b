"""The confusion matrix equals scikit-learn's."""

from __future__ import annotations

import numpy as np

from edgeq import metrics


def test_confusion_matrix_equals_scikit_learn() -> None:
    from sklearn.metrics import confusion_matrix as sklearn_confusion

    rng = np.random.default_rng(1)
    outputs, labels = rng.normal(size=(100, 4)), rng.integers(0, 4, 100)
    expected = sklearn_confusion(labels, outputs.argmax(axis=1), labels=range(4))
    assert np.array_equal(metrics.confusion_matrix(outputs, labels), expected)
