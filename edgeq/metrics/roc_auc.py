"""The area under the ROC curve, of scores and of model outputs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from edgeq.errors import EdgeqError
from edgeq.metrics.array import Array
from edgeq.metrics.difference import sample_errors
from edgeq.metrics.labels import is_autoencoder, is_one_hot, one_hot_error


def auc(scores: Array, labels: Array) -> float:
    """Area under the ROC curve: the chance that a positive scores above a negative, ties counting
    half.

    The Mann-Whitney statistic from mid-ranks. scores [n], labels [n] of 0 and 1, both present.

    >>> auc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([0, 0, 1, 1]))
    0.75
    >>> auc(np.array([1.0, 1.0]), np.array([0, 1]))
    0.5
    """
    positive = np.asarray(labels) == 1
    positives, negatives = int(positive.sum()), int((~positive).sum())
    if not positives or not negatives:
        raise EdgeqError(
            "metric auc", "all samples have the same label", "give samples of both classes 0 and 1"
        )
    _, position, counts = np.unique(scores, return_inverse=True, return_counts=True)
    mid_rank = (np.cumsum(counts) - (counts - 1) / 2)[position]
    return float(
        (mid_rank[positive].sum() - positives * (positives + 1) / 2) / (positives * negatives)
    )


def auc_scores(
    x: Array, outputs: Array, y: Array, group: Array | None = None
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Scores and labels (0 or 1) from which `score` computes auc: one per sample, or one per group."""
    if is_autoencoder(x, outputs):
        scores = sample_errors(outputs, x)
    elif outputs[0].size <= 2:
        scores = outputs.reshape(len(outputs), -1)[:, -1].astype(np.float64)
    else:
        raise EdgeqError(
            "metric auc", f"the model has {outputs[0].size} outputs", "use --metric accuracy"
        )
    if is_one_hot(y):
        raise one_hot_error()
    if y.shape != (len(outputs),) or not np.isin(y, (0, 1)).all():
        why = (
            f"labels go from {y.min():g} to {y.max():g}"
            if y.ndim == 1
            else f"y is {y.dtype} {list(y.shape)}"
        )
        remedy = "give 1 for the class to detect, such as anomalies, 0 for others; --metric accuracy for a classifier"
        raise EdgeqError("metric auc", why, remedy)
    if group is None:
        return scores, np.asarray(y, np.int64)
    labels = group_means(y.astype(np.float64), group)
    if not np.isin(labels, (0.0, 1.0)).all():
        raise EdgeqError("metric auc", "a group holds samples of both labels", "mend y or group")
    return group_means(scores, group), labels.astype(np.int64)


def group_means(values: npt.NDArray[np.float64], group: Array) -> npt.NDArray[np.float64]:
    """Mean of the values [n] in each group, in the order of the sorted group numbers.

    >>> group_means(np.array([1.0, 3.0, 10.0]), np.array([7, 7, 2])).tolist()
    [10.0, 2.0]
    """
    _, position = np.unique(group, return_inverse=True)
    return np.asarray(np.bincount(position, weights=values) / np.bincount(position), np.float64)
