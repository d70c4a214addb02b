"""Checks that the labels of a data set are classes of a model in the order of its outputs, and
chooses the metric.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.data.class_names import FROM_FILE, listed_names, names_note
from edgeq.data.class_order import MIN_STANDARD_ERRORS, WrongOrderError, check_order
from edgeq.data.samples import Samples
from edgeq.errors import EdgeqError
from edgeq.metrics import Array, auc, auc_scores, default_metric, is_autoencoder, score


@dataclass(frozen=True)
class LabelCheck:
    """The result of `check_labels`.

    metric: that suits the labels; None if none does.
    notes: messages for the user.
    """

    metric: str | None
    notes: tuple[str, ...] = ()


def check_labels(samples: Samples, outputs: Array, metric: str | None = None) -> LabelCheck:
    """Checks labels against outputs [n, ...] of the model, the float model if available.

    metric: asked for by the user; None chooses one that suits the labels.

    Raises EdgeqError for labels that are not classes of the model, and for names in another order
    than its outputs.
    """
    _check_count(samples, outputs, metric)
    try:
        found, why = _metric(samples, outputs, metric)
    except EdgeqError as error:
        raise EdgeqError(f"{samples.origin}: {error.what}", error.why, error.remedy) from error
    notes = [f"no accuracy: {why}"] if why else []
    if found in ("accuracy", "auc"):
        notes.append(names_note(samples))
        notes.append(
            check_order(samples, outputs) if found == "accuracy" else _check_sides(samples, outputs)
        )
    return LabelCheck(found, tuple(filter(None, notes)))


def _metric(samples: Samples, outputs: Array, metric: str | None) -> tuple[str | None, str]:
    """The metric asked for if the labels suit it, else that of `default_metric`."""
    if metric is None:
        return default_metric(samples.x, outputs, samples.y, samples.group)
    score(metric, samples.x, outputs, samples.y, samples.group)
    return metric, ""


def _check_count(samples: Samples, outputs: Array, metric: str | None) -> None:
    """Raises EdgeqError if there are more or fewer sorted names than outputs: then it is unknown
    which name is which output.
    """
    classes = max(outputs[0].size, 2)
    counted = metric == "accuracy" or (metric is None and not is_autoencoder(samples.x, outputs))
    if samples.sorted_names and counted and len(samples.classes) != classes:
        why = f"they name {len(samples.classes)} classes, {listed_names(samples.classes)}; the model has {classes}"
        raise EdgeqError(
            f"labels of {samples.origin}",
            f"{why}, so which output is which is not known",
            FROM_FILE,
        )


def _check_sides(samples: Samples, outputs: Array) -> str:
    """Raises WrongOrderError if class 0 scores significantly above class 1, which should be the one
    to detect.

    Without a difference the AUC has the standard error sqrt((n0 + n1 + 1) / (12 n0 n1)) (Mann and
    Whitney 1947).
    """
    if not samples.classes or samples.y is None:
        return ""
    scores, labels = auc_scores(samples.x, outputs, samples.y, samples.group)
    ones = int(labels.sum())
    zeros = len(labels) - ones
    if not ones or not zeros:
        return ""
    error = np.sqrt((len(labels) + 1) / (12 * ones * zeros))
    if auc(scores, labels) >= 0.5 - MIN_STANDARD_ERRORS * error:
        return ""
    first, second = (listed_names([name]) for name in samples.classes[:2])
    why = f"{first} (class 0) scores above {second} (class 1), which should be the one to detect"
    remedy = f"the order that fits, one name a line in a file for --labels: {second}, {first}"
    raise WrongOrderError(f"class names of {samples.origin}", why, remedy)
