"""Metrics of the difference of two arrays: mean absolute and mean squared error."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from edgeq.metrics.array import Array


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
    """Mean squared difference of each sample of two arrays [n, ...]: an autoencoder's anomaly
    score.

    >>> sample_errors(np.array([[1.0, 2.0], [0.0, 0.0]]), np.array([[1.0, 4.0], [0.0, 0.0]])).tolist()
    [2.0, 0.0]
    """
    difference = outputs.reshape(len(outputs), -1) - reference.reshape(len(reference), -1).astype(
        np.float64
    )
    return np.asarray(np.mean(np.square(difference), axis=1), np.float64)
