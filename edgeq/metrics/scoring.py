"""The metric that suits a data set, and the value of a metric asked for by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from edgeq.errors import EdgeqError
from edgeq.metrics.array import Array
from edgeq.metrics.classification import accuracy
from edgeq.metrics.difference import mean_abs_error, mean_squared_error
from edgeq.metrics.labels import check_classes, is_autoencoder, is_one_hot, one_hot_error
from edgeq.metrics.roc_auc import auc, auc_scores


def default_metric(
    x: Array, outputs: Array, y: Array | None, group: Array | None = None
) -> tuple[str | None, str]:
    """The metric that suits a data set, and if there is none the reason; (None, "") without labels.

    auc for an autoencoder (output as large as the input), accuracy for other class numbers,
    mean_squared_error for targets as large as the outputs, and for whole numbers where a single
    output leaves [0, 1]. Raises EdgeqError for labels that fit no such model.

    x: inputs [n, ...].
    outputs: [n, ...].
    y: labels or targets.
    group: int64 [n], of samples that belong together.
    """
    if y is None:
        return None, ""
    if is_one_hot(y):
        raise one_hot_error()
    if not np.issubdtype(y.dtype, np.integer):
        if y.size == outputs.size:
            return "mean_squared_error", ""
        if y.size == len(y):
            check_classes(outputs, y)
        return (
            None,
            f"y is {list(y.shape)}, the model's output {list(outputs.shape)}, which no metric compares",
        )
    if is_autoencoder(x, outputs):
        _, labels = auc_scores(x, outputs, y, group)
        return (
            (None, "auc needs both labels, all samples have the same")
            if np.ptp(labels) == 0
            else ("auc", "")
        )
    if outputs[0].size == 1 and not np.isin(y, (0, 1)).all() and _beyond_probabilities(outputs):
        return "mean_squared_error", ""
    check_classes(outputs, y)
    return "accuracy", ""


def score(
    metric: str, x: Array, outputs: Array, y: Array | None, group: Array | None = None
) -> float:
    """The value of one of `METRICS`.

    auc scores an autoencoder by its squared reconstruction error, a classifier by its output for
    class 1; with groups, the mean score of each group counts once.

    x: inputs [n, ...].
    outputs: real, [n, ...].
    y: labels or targets.
    group: int64 [n], or None.

    Raises EdgeqError if the metric does not suit the data.
    """
    if metric not in METRICS:
        raise EdgeqError(
            f"metric {metric!r}", "it is not known", f"choose one of {', '.join(METRICS)}"
        )
    if y is None:
        raise EdgeqError(f"metric {metric}", "the data has no labels", "give a data set with y")
    return _VALUES[metric](x, outputs, y, group)


def _beyond_probabilities(outputs: Array) -> bool:
    return float(outputs.min()) < -0.01 or float(outputs.max()) > 1.01


def _accuracy(x: Array, outputs: Array, y: Array, group: Array | None) -> float:
    check_classes(outputs, y)
    return accuracy(outputs, y)


def _auc(x: Array, outputs: Array, y: Array, group: Array | None) -> float:
    return auc(*auc_scores(x, outputs, y, group))


def _mean_abs_error(x: Array, outputs: Array, y: Array, group: Array | None) -> float:
    return mean_abs_error(outputs, _targets("mean_abs_error", outputs, y))


def _mean_squared_error(x: Array, outputs: Array, y: Array, group: Array | None) -> float:
    return mean_squared_error(outputs, _targets("mean_squared_error", outputs, y))


def _targets(metric: str, outputs: Array, y: Array) -> Array:
    """y in the shape of the outputs; raises EdgeqError if it has another size."""
    if y.size != outputs.size:
        why = f"outputs are {outputs.shape}, y is {y.shape}"
        raise EdgeqError(f"metric {metric}", why, "give y as the outputs")
    return y.reshape(outputs.shape)


_VALUES: Mapping[str, Callable[[Array, Array, Array, Array | None], float]] = {
    "accuracy": _accuracy,
    "auc": _auc,
    "mean_abs_error": _mean_abs_error,
    "mean_squared_error": _mean_squared_error,
}

METRICS = tuple(_VALUES)
"""The metrics that `score` knows by name."""
