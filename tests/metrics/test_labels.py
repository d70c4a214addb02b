"""Labels that are no class numbers of the model are refused with the remedy."""

from __future__ import annotations

import numpy as np
import pytest

from edgeq import metrics
from edgeq.errors import EdgeqError


@pytest.mark.parametrize(
    ("y", "said"),
    [
        (
            np.array([1, 2, 3]),
            "labels go from 1 to 3, the model has 3 classes — they count from 1: subtract 1",
        ),
        (
            np.array([0, 1, 3]),
            "labels go from 0 to 3, the model has 3 classes — give class numbers from 0 to 2",
        ),
        (
            np.array([-1, 1, 0]),
            "labels go from -1 to 1, the model has 3 classes — give 0 in place of -1",
        ),
        (np.array([0, 1, 1 << 60]), "labels go from 0 to 1152921504606846976"),
        (
            np.array([0, 1, 0.5], np.float32),
            "0.5 is no class number — give whole numbers from 0 to 2",
        ),
        (np.array([0, 1, 1e30], np.float32), "1e+30 is no class number"),
        (
            np.eye(3, dtype=np.float32),
            "they are one-hot rows, not class numbers — give class numbers, y.argmax(axis=1)",
        ),
    ],
)
def test_labels_of_no_class_are_refused_with_the_remedy(y: np.ndarray, said: str) -> None:
    for metric in (
        metrics.default_metric,
        lambda x, outputs, y: metrics.score("accuracy", x, outputs, y),
    ):
        with pytest.raises(EdgeqError) as error:
            metric(np.zeros((3, 8)), np.eye(3), y)
        assert said in str(error.value)
