"""How good outputs are: accuracy, AUC, agreement and error, on plain NumPy arrays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from edgeq.errors import EdgeqError

Array = npt.NDArray[np.generic]
METRICS = ("accuracy", "auc", "mean_abs_error", "mean_squared_error")


def predicted_classes(outputs: Array) -> npt.NDArray[np.int64]:
    """Class of each sample of outputs [n, classes] by arg-max (first of equals), or [n, 1] by threshold 0.5.

    >>> predicted_classes(np.array([[0.1, 0.9], [0.5, 0.5]])).tolist()
    [1, 0]
    >>> predicted_classes(np.array([[0.5], [0.51]])).tolist()
    [0, 1]
    """
    rows: npt.NDArray[np.float64] = outputs.reshape(len(outputs), -1).astype(np.float64)
    classes = rows[:, 0] > 0.5 if rows.shape[1] == 1 else rows.argmax(axis=1)
    return np.asarray(classes, np.int64)


def accuracy(outputs: Array, labels: Array) -> float:
    """Share of samples whose predicted class is the label; outputs [n, classes] or [n, 1], labels int [n].

    >>> accuracy(np.array([[3, 1], [0, 2], [5, 5]]), np.array([0, 1, 1]))  # doctest: +ELLIPSIS
    0.666...
    """
    return float(np.mean(predicted_classes(outputs) == labels))


def agreement(outputs: Array, reference: Array) -> float:
    """Share of samples with the same predicted class in both [n, classes] arrays.

    >>> agreement(np.array([[3, 1], [0, 2]]), np.array([[0.6, 0.4], [0.6, 0.4]]))
    0.5
    """
    return float(np.mean(predicted_classes(outputs) == predicted_classes(reference)))


def confusion_matrix(outputs: Array, labels: Array) -> npt.NDArray[np.int64]:
    """Counts [true class, predicted class], as many classes as outputs or labels name.

    >>> confusion_matrix(np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]]), np.array([0, 1, 1])).tolist()
    [[1, 0], [1, 1]]
    """
    predicted, true = predicted_classes(outputs), np.asarray(labels, np.int64)
    classes = max(int(true.max()) + 1, outputs[0].size, 2)
    counts = np.bincount(true * classes + predicted, minlength=classes * classes)
    return counts.reshape(classes, classes).astype(np.int64)


def mean_abs_error(outputs: Array, reference: Array) -> float:
    """Mean absolute difference of two equally shaped arrays, in their unit.

    >>> mean_abs_error(np.array([[1.0, 2.0]]), np.array([[1.5, 1.0]]))
    0.75
    """
    return float(np.mean(np.abs(outputs.astype(np.float64) - reference.astype(np.float64))))


def mean_squared_error(outputs: Array, reference: Array) -> float:
    """Mean squared difference of two equally shaped arrays.

    >>> mean_squared_error(np.array([[1.0, 2.0]]), np.array([[1.5, 1.0]]))
    0.625
    """
    return float(np.mean(sample_errors(outputs, reference)))


def sample_errors(outputs: Array, reference: Array) -> npt.NDArray[np.float64]:
    """Mean squared difference of each sample of two arrays [n, ...]: an autoencoder's anomaly score.

    >>> sample_errors(np.array([[1.0, 2.0], [0.0, 0.0]]), np.array([[1.0, 4.0], [0.0, 0.0]])).tolist()
    [2.0, 0.0]
    """
    difference = outputs.reshape(len(outputs), -1) - reference.reshape(len(reference), -1).astype(np.float64)
    return np.asarray(np.mean(np.square(difference), axis=1), np.float64)


def group_means(values: Array, group: Array) -> npt.NDArray[np.float64]:
    """Mean of the values [n] in each group, in the order of the sorted group numbers.

    >>> group_means(np.array([1.0, 3.0, 10.0]), np.array([7, 7, 2])).tolist()
    [10.0, 2.0]
    """
    _, position = np.unique(group, return_inverse=True)
    return np.asarray(np.bincount(position, weights=values) / np.bincount(position), np.float64)


def auc(scores: Array, labels: Array) -> float:
    """Area under the ROC curve: the chance that a positive scores above a negative, ties counting half.

    The Mann-Whitney statistic from mid-ranks. scores [n], labels [n] of 0 and 1, both present.

    >>> auc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([0, 0, 1, 1]))
    0.75
    >>> auc(np.array([1.0, 1.0]), np.array([0, 1]))
    0.5
    """
    positive = np.asarray(labels) == 1
    positives, negatives = int(positive.sum()), int((~positive).sum())
    if not positives or not negatives:
        raise EdgeqError("metric auc", "all samples have the same label", "give samples of both classes 0 and 1")
    _, position, counts = np.unique(scores, return_inverse=True, return_counts=True)
    mid_rank = (np.cumsum(counts) - (counts - 1) / 2)[position]
    return float((mid_rank[positive].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def default_metric(x: Array, outputs: Array, y: Array | None, group: Array | None = None) -> tuple[str | None, str]:
    """The metric that a data set calls for, and why there is none; without labels neither.

    auc for an autoencoder (output as large as the input), accuracy for other class numbers, mean_squared_error for
    targets as large as the outputs, and for whole numbers where a single output goes beyond 0 to 1. Raises EdgeqError
    for labels that no such model has: no metric is to hide that they are wrong.
    """
    if y is None:
        return None, ""
    if is_one_hot(y):
        raise _one_hot()
    if not np.issubdtype(y.dtype, np.integer):
        if y.size == outputs.size:
            return "mean_squared_error", ""
        if y.size == len(y):
            check_classes(outputs, y)
        return None, f"y is {list(y.shape)}, the model's output {list(outputs.shape)}, which no metric compares"
    if is_autoencoder(x, outputs):
        _, labels = auc_scores(x, outputs, y, group)
        return (None, "auc needs both labels, all samples have the same") if np.ptp(labels) == 0 else ("auc", "")
    if outputs[0].size == 1 and not np.isin(y, (0, 1)).all() and _beyond_probabilities(outputs):
        return "mean_squared_error", ""
    check_classes(outputs, y)
    return "accuracy", ""


def is_one_hot(y: Array) -> bool:
    """Whether y is [n, classes] of zeros with a single 1 in each row.

    >>> is_one_hot(np.array([[0, 1], [1, 0]])), is_one_hot(np.array([[0.5, 0.5]])), is_one_hot(np.array([0, 1]))
    (True, False, False)
    """
    return bool(y.ndim == 2 and y.shape[1] > 1 and np.isin(y, (0, 1)).all() and (np.sum(y, axis=1) == 1).all())


def is_autoencoder(x: Array, outputs: Array) -> bool:
    """Whether outputs [n, ...] are as large as the inputs x [n, ...] and no distribution over classes.

    >>> is_autoencoder(np.zeros((2, 4)), np.zeros((2, 2, 2))), is_autoencoder(np.zeros((1, 4)), np.full((1, 4), 0.25))
    (True, False)
    """
    if not x[0].size == outputs[0].size > 2:
        return False
    sums = outputs.reshape(len(outputs), -1).sum(axis=1, dtype=np.float64)
    return not bool(np.allclose(sums, 1, atol=0.05))


def score(metric: str, x: Array, outputs: Array, y: Array | None, group: Array | None = None) -> float:
    """One of `METRICS` over a data set: inputs x [n, ...], real-valued outputs [n, ...], labels y, group [n] or None.

    auc scores an autoencoder by squared reconstruction error, a classifier by its output for class 1; with groups,
    the group's mean score counts once. Raises EdgeqError if the metric does not fit the data.
    """
    if metric not in METRICS:
        raise EdgeqError(f"metric {metric!r}", "it is not known", f"choose one of {', '.join(METRICS)}")
    if y is None:
        raise EdgeqError(f"metric {metric}", "the data has no labels", "give a data set with y")
    if metric == "auc":
        return _auc(x, outputs, y, group)
    if metric == "accuracy":
        check_classes(outputs, y)
        return accuracy(outputs, y)
    if y.size != outputs.size:
        raise EdgeqError(f"metric {metric}", f"outputs are {outputs.shape}, y is {y.shape}", "give y as the outputs")
    error = mean_abs_error if metric == "mean_abs_error" else mean_squared_error
    return error(outputs, y.reshape(outputs.shape))


def check_classes(outputs: Array, y: Array, what: str = "labels") -> None:
    """EdgeqError, with the remedy, unless y [n] are class numbers of the outputs [n, classes], or 0 and 1 of [n, 1]."""
    classes = max(outputs[0].size, 2)
    if is_one_hot(y):
        raise _one_hot()
    if y.shape != (len(outputs),):
        raise EdgeqError(what, f"y is {y.dtype} {list(y.shape)}", f"give {len(outputs)} class numbers from 0")
    if not np.issubdtype(y.dtype, np.integer):
        unfit = y[(y != np.floor(y)) | (np.abs(y) > classes)]
        why = f"{unfit[0]:g} is no class number" if unfit.size else f"they are of type {y.dtype}"
        remedy = f"give whole numbers from 0 to {classes - 1}"
        regression = ", or --metric mean_squared_error if they are what the output should be"
        raise EdgeqError(what, why, remedy + (regression if y.size == outputs.size else ""))
    low, high = int(y.min()), int(y.max())
    if low < 0 or high >= classes:
        remedies = {(1, classes): "they count from 1: subtract 1", (-1, 1): "give 0 in place of -1"}
        remedy = remedies.get((low, high), f"give class numbers from 0 to {classes - 1}")
        raise EdgeqError(what, f"labels go from {low} to {high}, the model has {classes} classes", remedy)


def _one_hot() -> EdgeqError:
    remedy = "give class numbers, y.argmax(axis=1); or --metric mean_squared_error if the outputs should be such rows"
    return EdgeqError("labels", "they are one-hot rows, not class numbers", remedy)


def _beyond_probabilities(outputs: Array) -> bool:
    return bool(outputs.min() < -0.01 or outputs.max() > 1.01)


def _auc(x: Array, outputs: Array, y: Array, group: Array | None) -> float:
    return auc(*auc_scores(x, outputs, y, group))


def auc_scores(x: Array, outputs: Array, y: Array,
               group: Array | None = None) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:  # fmt: skip
    """Score and label, 0 or 1, of all that counts once in `score`'s auc: each sample, or each group."""
    if is_autoencoder(x, outputs):
        scores = sample_errors(outputs, x)
    elif outputs[0].size <= 2:
        scores = outputs.reshape(len(outputs), -1)[:, -1].astype(np.float64)
    else:
        raise EdgeqError("metric auc", f"the model has {outputs[0].size} outputs", "use --metric accuracy")
    if is_one_hot(y):
        raise _one_hot()
    if y.shape != (len(outputs),) or not np.isin(y, (0, 1)).all():
        why = f"labels go from {y.min():g} to {y.max():g}" if y.ndim == 1 else f"y is {y.dtype} {list(y.shape)}"
        remedy = "give 1 for the class to detect, such as anomalies, 0 for others; --metric accuracy for a classifier"
        raise EdgeqError("metric auc", why, remedy)
    if group is None:
        return scores, np.asarray(y, np.int64)
    labels = group_means(y.astype(np.float64), group)
    if not np.isin(labels, (0.0, 1.0)).all():
        raise EdgeqError("metric auc", "a group holds samples of both labels", "mend y or group")
    return group_means(scores, group), labels.astype(np.int64)
