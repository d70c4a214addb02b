"""Metrics of class predictions: accuracy, agreement and the confusion matrix."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from edgeq.metrics.array import Array


def predicted_classes(outputs: Array) -> npt.NDArray[np.int64]:
    """Class of each sample of outputs [n, classes] by arg-max (first of equals), or [n, 1] by
    threshold 0.5.

    >>> predicted_classes(np.array([[0.1, 0.9], [0.5, 0.5]])).tolist()
    [1, 0]
    >>> predicted_classes(np.array([[0.5], [0.51]])).tolist()
    [0, 1]
    """
    rows: npt.NDArray[np.float64] = outputs.reshape(len(outputs), -1).astype(np.float64)
    classes = rows[:, 0] > 0.5 if rows.shape[1] == 1 else rows.argmax(axis=1)
    return np.asarray(classes, np.int64)


def accuracy(outputs: Array, labels: Array) -> float:
    """Share of samples whose predicted class is the label; outputs [n, classes] or [n, 1], labels
    int [n].

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
