"""What labels and outputs are, and whether labels are class numbers of a model."""

from __future__ import annotations

import numpy as np

from edgeq.errors import EdgeqError
from edgeq.metrics.array import Array


def is_one_hot(y: Array) -> bool:
    """Whether y is [n, classes] of zeros with a single 1 in each row.

    >>> is_one_hot(np.array([[0, 1], [1, 0]])), is_one_hot(np.array([[0.5, 0.5]])), is_one_hot(np.array([0, 1]))
    (True, False, False)
    """
    return bool(
        y.ndim == 2
        and y.shape[1] > 1
        and np.isin(y, (0, 1)).all()
        and (np.count_nonzero(y, axis=1) == 1).all()
    )


def is_autoencoder(x: Array, outputs: Array) -> bool:
    """Whether outputs [n, ...] are as large as the inputs x [n, ...] and no distribution over
    classes.

    >>> is_autoencoder(np.zeros((2, 4)), np.zeros((2, 2, 2))), is_autoencoder(np.zeros((1, 4)), np.full((1, 4), 0.25))
    (True, False)
    """
    if not x[0].size == outputs[0].size > 2:
        return False
    sums = outputs.reshape(len(outputs), -1).astype(np.float64).sum(axis=1)
    return not bool(np.allclose(sums, 1, atol=0.05))


def check_classes(outputs: Array, y: Array, what: str = "labels") -> None:
    """Raises EdgeqError, with the remedy, unless y [n] are class numbers of the outputs [n,
    classes], or 0 and 1 for outputs [n, 1].
    """
    classes = max(outputs[0].size, 2)
    if is_one_hot(y):
        raise one_hot_error()
    if y.shape != (len(outputs),):
        raise EdgeqError(
            what, f"y is {y.dtype} {list(y.shape)}", f"give {len(outputs)} class numbers from 0"
        )
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
        raise EdgeqError(
            what, f"labels go from {low} to {high}, the model has {classes} classes", remedy
        )


def one_hot_error() -> EdgeqError:
    """The error for one-hot rows where class numbers are needed, with the remedy."""
    remedy = "give class numbers, y.argmax(axis=1); or --metric mean_squared_error if the outputs should be such rows"
    return EdgeqError("labels", "they are one-hot rows, not class numbers", remedy)
